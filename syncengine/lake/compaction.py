"""Compaction: many small files of a table become few, and rows deleted since they were written leave their files.

Each step is a commit of its own, whose content equals the one before it: `AT (VERSION => n)` answers the same
before and after. Old files stay until the snapshots that need them have expired (lake/retention.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from syncengine.lake.names import LAKE, METADATA, sql_text
from syncengine.lake.writer import LakeWriter

STEP = "maintenance"
_SMALL_SHARE = 0.1  # a file below this share of its table's bytes is gathered with others, a larger one stays


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    """One table that was compacted, with its live data files before and after."""

    table: str
    files_before: int
    files_after: int


def live_files(writer: LakeWriter) -> dict[tuple[str, str], int]:
    """How many live data files each table has, by (schema, table); tables without one are left out."""
    rows = writer.query(sql_text("live_files.sql").format(metadata=METADATA)).rows()
    return {(schema, table): files for schema, table, files in rows}


def compact_tables(
    writer: LakeWriter, *, most_files: int, deleted_percent: float, should_stop: Callable[[], bool] = lambda: False
) -> tuple[Compacted, ...]:
    """Compact every table with more than `most_files` live files; stops between two tables when asked to.

    A file is rewritten once `deleted_percent` of its rows are gone. Small files that still keep each other from being
    merged, because each has lost a few rows, are gathered; a large one stays, so that a year of changes does not
    keep a year of copies of it.
    """
    done = []
    for (schema, table), before in live_files(writer).items():
        if before <= most_files or should_stop():
            continue
        with _commit(writer, "rewrite", schema, table):
            _call(writer, "ducklake_rewrite_data_files", schema, table, delete_threshold=deleted_percent / 100)
        with _commit(writer, "merge", schema, table):
            _call(writer, "ducklake_merge_adjacent_files", schema, table)
        if _count(writer, schema, table) > most_files:
            with _commit(writer, "gather", schema, table):
                _gather(writer, schema, table)
        done.append(
            Compacted(table=f"{schema}.{table}", files_before=before, files_after=_count(writer, schema, table))
        )
    return tuple(done)


def _commit(writer: LakeWriter, task: str, schema: str, table: str) -> Any:
    return writer.commit(STEP, run_id=None, task=task, table=f"{schema}.{table}")


def _count(writer: LakeWriter, schema: str, table: str) -> int:
    return live_files(writer).get((schema, table), 0)


def _call(writer: LakeWriter, function: str, schema: str, table: str, **options: float) -> None:
    named = "".join(f", {name} => {value!r}" for name, value in options.items())
    writer.connection.execute(f"CALL {function}('{LAKE}', ?, schema => ?{named})", [table, schema]).fetchall()


def _gather(writer: LakeWriter, schema: str, table: str) -> None:
    """Write the rows of the small files anew, as one; the rows stream, nothing is sorted."""
    files = writer.connection.execute(
        sql_text("table_files.sql").format(metadata=METADATA), {"schema": schema, "table": table}
    ).fetchall()
    whole = sum(size for _, size in files)
    small = {name for name, size in files if size < whole * _SMALL_SHARE}
    qualified = f'{LAKE}.{schema}."{table}"'
    paths = writer.connection.execute(f"SELECT DISTINCT filename FROM {qualified}").fetchall()
    chosen = [path for (path,) in paths if path.rpartition("/")[2] in small]
    for statement in (f"INSERT INTO {qualified} SELECT * FROM {qualified}", f"DELETE FROM {qualified}"):
        writer.connection.execute(f"{statement} WHERE filename IN (SELECT unnest($chosen))", {"chosen": chosen})
