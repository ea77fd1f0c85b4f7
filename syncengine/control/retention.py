"""Retention in the control store: what old runs, answers and requests leave, and the snapshots runs still have.

Rows go some at a time, so that nobody waits behind a long transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, select, update

from syncengine.control.audit import AUDIT
from syncengine.control.batches import OUTBOXES, RECEIPTS
from syncengine.control.feed_runs import FEED_RUNS
from syncengine.control.requests import REQUESTS
from syncengine.control.run_steps import RUN_STEPS
from syncengine.control.runs import FINISHED, RUNS
from syncengine.control.store import ControlStore

_AT_ONCE = 200  # runs or rows in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """How many rows went."""

    runs: int = 0
    receipts: int = 0
    requests: int = 0
    audit: int = 0


def forget_before(control: ControlStore, *, runs: datetime, receipts: datetime) -> Forgotten:
    """Drop finished runs, requests and audit from before `runs`, and the receipts of runs that ended before `receipts`.

    The newest run stays whatever its age, and so does every run that is not finished.
    """
    return Forgotten(
        receipts=_forget_receipts(control, receipts),
        runs=_forget_runs(control, runs),
        requests=_forget_rows(
            control, REQUESTS, REQUESTS.c.status.in_(("done", "cancelled")) & (REQUESTS.c.requested_at < runs)
        ),
        audit=_forget_rows(control, AUDIT, AUDIT.c.at < runs),
    )


def _finished_before(connection: Connection, at: datetime, *more: ColumnElement[bool]) -> list[str]:
    query = select(RUNS.c.run_id).where(RUNS.c.status.in_(sorted(FINISHED)), RUNS.c.finished_at < at, *more)
    return list(connection.execute(query.order_by(RUNS.c.sequence).limit(_AT_ONCE)).scalars())


def _forget_receipts(control: ControlStore, before: datetime) -> int:
    """Outboxes go with their receipts: neither means anything without the other."""
    gone = 0
    while True:
        with control.write() as connection:
            has_any = RUNS.c.run_id.in_(select(RECEIPTS.c.run_id)) | RUNS.c.run_id.in_(select(OUTBOXES.c.run_id))
            chosen = _finished_before(connection, before, has_any)
            for table in (RECEIPTS, OUTBOXES):
                result = connection.execute(delete(table).where(table.c.run_id.in_(chosen)))
                gone += result.rowcount if table is RECEIPTS else 0
        if not chosen:
            return gone


def _forget_runs(control: ControlStore, before: datetime) -> int:
    gone = 0
    while True:
        with control.write() as connection:
            newest = select(RUNS.c.sequence).order_by(RUNS.c.sequence.desc()).limit(1).scalar_subquery()
            chosen = _finished_before(connection, before, RUNS.c.sequence < newest)
            for table in (RECEIPTS, OUTBOXES, FEED_RUNS, RUN_STEPS, RUNS):
                connection.execute(delete(table).where(table.c.run_id.in_(chosen)))
        if not chosen:
            return gone
        gone += len(chosen)


def _forget_rows(control: ControlStore, table: Table, condition: ColumnElement[bool]) -> int:
    gone = 0
    while True:
        with control.write() as connection:
            chosen = list(connection.execute(select(table.c.id).where(condition).limit(_AT_ONCE)).scalars())
            connection.execute(delete(table).where(table.c.id.in_(chosen)))
        if not chosen:
            return gone
        gone += len(chosen)


def keep_snapshots_true(control: ControlStore, *, kept: Collection[int], moved: Mapping[int, int]) -> int:
    """Have each run name only snapshots that are kept: the one its state is kept under, or none. Returns how many runs
    changed."""
    columns = ("catalog_snapshot", "exported_snapshot")
    with control.read() as connection:
        rows = connection.execute(select(RUNS.c.sequence, *(RUNS.c[name] for name in columns))).mappings().all()
    changes: list[dict[str, Any]] = []
    for row in rows:
        now = {name: row[name] if row[name] in kept else moved.get(row[name]) for name in columns}
        if any(now[name] != row[name] for name in columns):
            changes.append({"sequence": row["sequence"], **now})
    for first in range(0, len(changes), _AT_ONCE):
        with control.write() as connection:
            for change in changes[first : first + _AT_ONCE]:
                values = {name: change[name] for name in columns}
                connection.execute(update(RUNS).where(RUNS.c.sequence == change["sequence"]).values(**values))
    return len(changes)
