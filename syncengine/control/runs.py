"""Runs: one row per execution, with the transitions a run may make."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Integer,
    RowMapping,
    String,
    Table,
    Text,
    func,
    insert,
    literal,
    select,
    update,
)

from syncengine.control.run_steps import note_step
from syncengine.control.schema import METADATA, JsonText, UtcDateTime, utc_now
from syncengine.errors import CatalogSyncError, ControlError, UnknownRunError


class RunStatus(StrEnum):
    """What is stored; `shown` is the word people see."""

    REQUESTED = "requested"
    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    SUCCESS = "success"
    FAILED = "failed"
    CANCELLED = "cancelled"
    HELD = "held"
    SKIPPED = "skipped"

    @property
    def shown(self) -> str:
        """The status in the words of the product's own documentation."""
        return "Held for review" if self is RunStatus.HELD else self.value.replace("_", " ").title()


TRANSITIONS: dict[RunStatus, frozenset[RunStatus]] = {
    RunStatus.REQUESTED: frozenset({RunStatus.QUEUED, RunStatus.IN_PROGRESS, RunStatus.CANCELLED, RunStatus.SKIPPED}),
    RunStatus.QUEUED: frozenset({RunStatus.IN_PROGRESS, RunStatus.CANCELLED, RunStatus.SKIPPED}),
    RunStatus.IN_PROGRESS: frozenset({RunStatus.SUCCESS, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.HELD}),
    RunStatus.HELD: frozenset({RunStatus.CANCELLED}),  # what it holds back was refused
}
FINISHED = frozenset({RunStatus.SUCCESS, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.HELD, RunStatus.SKIPPED})


class Step(StrEnum):
    """The steps of a run, in order; a run's row names the one it is in."""

    READ = "read"
    INDEX = "index"
    SNAPSHOT = "snapshot"
    DIFF = "diff"
    EXPORT = "export"
    ACKNOWLEDGE = "acknowledge"
    PUBLISH = "publish"


RUNS = Table(
    "runs",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("run_id", String(40), nullable=False, unique=True),
    Column("status", String(16), nullable=False),
    Column("step", String(16)),
    Column("trigger", String(16), nullable=False),
    Column("mode", String(24), nullable=False),
    Column("dry_run", Boolean, nullable=False),
    Column("requested_by", String(200), nullable=False),
    Column("feeds", JsonText, nullable=False),
    Column("source", String(400)),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("error_code", String(8)),
    Column("error_message", Text),
    Column("error_hint", Text),
    Column("catalog_snapshot", Integer),
    Column("exported_snapshot", Integer),
    Column("products_updated", Integer),
    Column("details", JsonText),
    Column("progress", JsonText),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution as the control store holds it."""

    sequence: int
    run_id: str
    status: RunStatus
    step: Step | None
    trigger: str
    mode: str
    dry_run: bool
    requested_by: str
    feeds: tuple[str, ...]
    source: str | None
    started_at: datetime
    finished_at: datetime | None
    error_code: str | None
    error_message: str | None
    error_hint: str | None
    catalog_snapshot: int | None
    exported_snapshot: int | None
    products_updated: int | None
    details: dict[str, Any]
    progress: dict[str, Any] | None


def run_of(row: RowMapping) -> Run:
    """The run that a row of the table holds."""
    values = dict(row)
    values["status"] = RunStatus(values["status"])
    values["step"] = Step(values["step"]) if values["step"] else None
    values["feeds"] = tuple(values["feeds"])
    values["details"] = values["details"] or {}
    return Run(**values)


def new_run_id(at: datetime) -> str:
    """A run id that sorts by time and is unique without asking anyone."""
    return f"r-{at:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def begin_run(
    connection: Connection,
    *,
    trigger: str,
    mode: str,
    dry_run: bool,
    requested_by: str,
    feeds: tuple[str, ...],
    details: dict[str, Any] | None = None,
) -> Run:
    """Record a run that starts now, In Progress, and return it with its sequence number."""
    now = utc_now()
    run_id = new_run_id(now)
    connection.execute(
        insert(RUNS).values(
            run_id=run_id,
            status=RunStatus.IN_PROGRESS,
            trigger=trigger,
            mode=mode,
            dry_run=dry_run,
            requested_by=requested_by,
            feeds=list(feeds),
            started_at=now,
            details=details,
        )
    )
    return get_run(connection, run_id)


def find_run(connection: Connection, run_id: str) -> Run | None:
    """The run of that id, or None."""
    row = connection.execute(select(RUNS).where(RUNS.c.run_id == run_id)).mappings().first()
    return None if row is None else run_of(row)


def get_run(connection: Connection, run_id: str) -> Run:
    """The run of that id. Raises: UnknownRunError when there is none."""
    row = connection.execute(select(RUNS).where(RUNS.c.run_id == run_id)).mappings().first()
    if row is None:
        raise UnknownRunError(f"There is no run `{run_id}`.", hint="`catalog-sync runs list` shows the runs there are.")
    return run_of(row)


def list_runs(connection: Connection, *, limit: int = 50, statuses: frozenset[RunStatus] | None = None) -> list[Run]:
    """The newest runs first, at most `limit`, of the given statuses if any are named."""
    query = select(RUNS).order_by(RUNS.c.sequence.desc()).limit(limit)
    if statuses is not None:
        query = query.where(RUNS.c.status.in_(sorted(statuses)))
    return [run_of(row) for row in connection.execute(query).mappings()]


def list_runs_after(connection: Connection, sequence: int, *, limit: int, also: Collection[int] = ()) -> list[Run]:
    """The runs that began after the one of that sequence number, oldest first, at most `limit`; and those of `also`."""
    later = select(RUNS).where(RUNS.c.sequence > sequence).order_by(RUNS.c.sequence).limit(limit)
    found = [run_of(row) for row in connection.execute(later).mappings()]
    if also:
        named = select(RUNS).where(RUNS.c.sequence.in_(sorted(also))).order_by(RUNS.c.sequence)
        found = [run_of(row) for row in connection.execute(named).mappings()] + found
    return found


def last_run(connection: Connection, statuses: frozenset[RunStatus], *, dry_run: bool = False) -> Run | None:
    """The newest run in one of these statuses, or None."""
    query = (
        select(RUNS)
        .where(RUNS.c.status.in_(sorted(statuses)), RUNS.c.dry_run.is_(dry_run))
        .order_by(RUNS.c.sequence.desc())
        .limit(1)
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else run_of(row)


def set_step(connection: Connection, run_id: str, step: Step, **values: Any) -> None:
    """Move a run in progress to a step; `values` are further columns known by then. Details are added to."""
    note_step(connection, run_id, step.value)
    if "details" in values:
        kept = connection.execute(select(RUNS.c.details).where(RUNS.c.run_id == run_id)).scalar()
        values["details"] = (kept or {}) | values["details"]
    connection.execute(update(RUNS).where(RUNS.c.run_id == run_id).values(step=step, **values))


def set_progress(connection: Connection, run_id: str, progress: dict[str, Any]) -> None:
    """Keep how far a run in progress is, for other processes: step, subject, done, total, rate, seconds_left, at."""
    running = (RUNS.c.run_id == run_id, RUNS.c.status == RunStatus.IN_PROGRESS)
    connection.execute(update(RUNS).where(*running).values(progress=progress))


def set_details(connection: Connection, run_id: str, details: dict[str, Any]) -> None:
    """Replace what is kept of a run beside its columns."""
    connection.execute(update(RUNS).where(RUNS.c.run_id == run_id).values(details=details))


def finish_run(
    connection: Connection,
    run_id: str,
    status: RunStatus,
    *,
    error: CatalogSyncError | None = None,
    **values: Any,
) -> None:
    """Close a run; one that was held ended when it was held, whenever somebody decides.

    Raises: ControlError when the run is not in a state that may become `status`.
    """
    allowed = sorted(before for before, after in TRANSITIONS.items() if status in after)
    if error is not None:
        values |= {"error_code": error.code, "error_message": error.message, "error_hint": error.hint}
    result = connection.execute(
        update(RUNS)
        .where(RUNS.c.run_id == run_id, RUNS.c.status.in_(allowed))
        .values(status=status, finished_at=func.coalesce(RUNS.c.finished_at, _now()), progress=None, **values)
    )
    if result.rowcount != 1:
        raise ControlError(f"Run `{run_id}` cannot become {status.shown}: it is finished or unknown.")


def _now() -> ColumnElement[Any]:
    return literal(utc_now(), UtcDateTime)


def count_runs(connection: Connection) -> int:
    """How many runs there are in all."""
    return connection.execute(select(func.count()).select_from(RUNS)).scalar_one()
