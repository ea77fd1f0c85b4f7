"""Steps of runs: when each began, so that a run can be told step by step."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, Integer, String, Table, insert, select

from syncengine.control.schema import METADATA, UtcDateTime, utc_now

RUN_STEPS = Table(
    "run_steps",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", String(40), nullable=False, index=True),
    Column("step", String(16), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStep:
    """A step that a run came into, and when it did so first."""

    step: str
    started_at: datetime


def note_step(connection: Connection, run_id: str, step: str) -> None:
    """Keep that a run is in `step` from now on; a step it is in again, after a restart say, began when it first did."""
    known = select(RUN_STEPS.c.id).where(RUN_STEPS.c.run_id == run_id, RUN_STEPS.c.step == step)
    if connection.execute(known).first() is None:
        connection.execute(insert(RUN_STEPS).values(run_id=run_id, step=step, started_at=utc_now()))


def list_run_steps(connection: Connection, run_id: str) -> list[RunStep]:
    """The steps of a run in the order they began; none for a run of before these were kept."""
    query = select(RUN_STEPS.c.step, RUN_STEPS.c.started_at).where(RUN_STEPS.c.run_id == run_id)
    return [RunStep(**row) for row in connection.execute(query.order_by(RUN_STEPS.c.id)).mappings()]


def list_run_steps_of(connection: Connection, run_ids: Collection[str]) -> dict[str, list[RunStep]]:
    """The steps of several runs, by run, in the order they began."""
    found: dict[str, list[RunStep]] = {}
    query = select(RUN_STEPS.c.run_id, RUN_STEPS.c.step, RUN_STEPS.c.started_at)
    for run_id, step, at in connection.execute(
        query.where(RUN_STEPS.c.run_id.in_(sorted(run_ids))).order_by(RUN_STEPS.c.id)
    ):
        found.setdefault(run_id, []).append(RunStep(step=step, started_at=at))
    return found
