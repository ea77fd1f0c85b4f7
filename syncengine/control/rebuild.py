"""A control store filled from elsewhere: from another one, or with the runs that the lake remembers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, func, insert, select, text

from syncengine.control.runs import RUNS, RunStatus
from syncengine.control.schema import METADATA
from syncengine.control.store import ControlStore


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedRun:
    """A run as its lines of history and its commits tell it."""

    sequence: int
    run_id: str
    feeds: list[str]
    started_at: datetime
    finished_at: datetime
    products_updated: int
    catalog_snapshot: int | None
    exported_snapshot: int | None


def add_remembered_runs(connection: Connection, runs: Sequence[RememberedRun]) -> None:
    """Record runs that were lost, as finished: what they sent and had acknowledged is in the lake."""
    if runs:
        connection.execute(
            insert(RUNS),
            [
                asdict(run)
                | {
                    "status": RunStatus.SUCCESS,
                    "trigger": "remembered",
                    "mode": "changes",
                    "dry_run": False,
                    "requested_by": "made from the lake",
                }
                for run in runs
            ],
        )
        _count_on(connection, RUNS)


def copy_tables(source: ControlStore, target: ControlStore) -> int:
    """Copy every row of a store into an empty one of the same schema, in one transaction; returns how many."""
    copied = 0
    with source.read() as reading, target.write() as writing:
        for table in METADATA.sorted_tables:
            rows = [dict(row) for row in reading.execute(select(table)).mappings()]
            if rows:
                writing.execute(insert(table), rows)
                copied += len(rows)
            _count_on(writing, table)
    return copied


def _count_on(connection: Connection, table: Table) -> None:
    """Have numbers that the database gives go on after those that were written; SQLite does so by itself."""
    column = table.autoincrement_column
    if connection.dialect.name != "postgresql" or column is None:
        return
    highest = connection.execute(select(func.max(column))).scalar()
    if isinstance(highest, int):
        statement = text("SELECT setval(pg_get_serial_sequence(:table, :column), :highest)")
        connection.execute(statement, {"table": table.name, "column": column.name, "highest": highest})
