"""Retention: which snapshots stay, what leaves the tables for good, and when files may go.

Nothing goes under a reader's feet: a file is removed only when every publication that may name it was replaced longer
ago than any reader lives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from syncengine.feeds.feed import Feed
from syncengine.lake.compaction import STEP
from syncengine.lake.names import LAKE, METADATA, sql_text
from syncengine.lake.tables import table_name
from syncengine.lake.writer import LakeWriter, translated_errors

DATED_BY = ("snapshot", "acknowledge")  # the steps whose newest commit says how old the catalog and the export are


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSnapshot:
    """A snapshot of the lake: its number, when it was taken (aware, UTC) and the step that made it."""

    snapshot_id: int
    taken_at: datetime
    step: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """What an expiry does: which snapshots go, which stay, and where to look for states that stay under another number.

    `moved`: expired snapshot -> a kept one of the same content (maintenance alone lies between them).
    """

    expired: tuple[int, ...]
    kept: frozenset[int]
    moved: dict[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedFiles:
    """Files that were removed, and their bytes."""

    files: int = 0
    bytes: int = 0

    def __add__(self, other: RemovedFiles) -> RemovedFiles:
        return RemovedFiles(files=self.files + other.files, bytes=self.bytes + other.bytes)


def list_snapshots(writer: LakeWriter) -> list[KeptSnapshot]:
    """The snapshots there are, oldest first."""
    rows = writer.query(sql_text("snapshots_kept.sql").format(metadata=METADATA)).rows()
    return [KeptSnapshot(snapshot_id=number, taken_at=at.replace(tzinfo=UTC), step=step) for number, at, step in rows]


def snapshots_to_expire(
    snapshots: Sequence[KeptSnapshot], *, now: datetime, hourly_days: int, daily_days: int, needed_from: datetime | None
) -> list[int]:
    """The snapshots that may go: all are kept for `hourly_days`, then the last one of each UTC day for `daily_days`.

    Always kept: the newest; the newest of each step of DATED_BY; and all from
    `needed_from` on, where an unfinished run still looks for its own commits.
    """
    last_of_step = {item.step: item.snapshot_id for item in snapshots if item.step in DATED_BY}
    last_of_day = {item.taken_at.date(): item.snapshot_id for item in snapshots}
    always = {*last_of_step.values(), *(item.snapshot_id for item in snapshots[-1:])}
    hourly_from, daily_from = now - timedelta(days=hourly_days), now - timedelta(days=daily_days)
    if needed_from is not None:
        hourly_from = min(hourly_from, needed_from)
    days = set(last_of_day.values())
    return [
        item.snapshot_id
        for item in snapshots
        if item.taken_at < hourly_from
        and item.snapshot_id not in always
        and (item.taken_at < daily_from or item.snapshot_id not in days)
    ]


def where_states_stay(snapshots: Sequence[KeptSnapshot], expiring: Sequence[int]) -> Expiry:
    """What stays when these go, and which kept snapshot holds the same content as one that goes."""
    gone, moved = set(expiring), {}
    successor: int | None = None
    for item in reversed(snapshots):
        if item.snapshot_id not in gone:
            successor = item.snapshot_id
        elif successor is not None:
            moved[item.snapshot_id] = successor
        if item.step != STEP:
            successor = None  # what lies before this commit is another content
    return Expiry(
        expired=tuple(sorted(gone)), kept=frozenset(item.snapshot_id for item in snapshots) - gone, moved=moved
    )


def expire_snapshots(writer: LakeWriter, expiry: Expiry) -> None:
    """Forget snapshots; their files are let go of, and removed later by `remove_files`."""
    if expiry.expired:
        numbers = ", ".join(str(int(number)) for number in expiry.expired)
        with translated_errors("thinned out"):
            writer.connection.execute(f"CALL ducklake_expire_snapshots('{LAKE}', versions => [{numbers}])").fetchall()


def trim_tables(writer: LakeWriter, feeds: Iterable[Feed], *, before: datetime) -> int:
    """Drop lines of history, and tombstones that were acknowledged, from before a time; returns how many rows went."""
    at, gone = before.astimezone(UTC).replace(tzinfo=None), 0
    old = {
        "history": "\"at\" < $before",
        "exported": "is_deleted AND exported_at < $before",
    }  # fmt: skip
    for feed in feeds:
        for schema, condition in old.items():
            table = table_name(schema, feed)
            found = writer.query(f"SELECT count(*) AS rows FROM {table} WHERE {condition}", {"before": at})["rows"][0]
            if found:
                with writer.commit(STEP, run_id=None, task="trim", table=f"{schema}.{feed.name}"):
                    writer.connection.execute(f"DELETE FROM {table} WHERE {condition}", {"before": at})
                gone += int(found)
    return gone


def remove_files(writer: LakeWriter, *, let_go_before: datetime | None, orphans_before: datetime) -> RemovedFiles:
    """Remove lake files that nothing needs: those let go of before a time (None: none), and orphans older than one.

    Orphans are what a killed commit left: Parquet files that no snapshot names.
    """
    with translated_errors("cleaned up"):
        removed = RemovedFiles()
        if let_go_before is not None:
            removed += _remove(writer, "ducklake_cleanup_old_files", let_go_before)
        return removed + _remove(writer, "ducklake_delete_orphaned_files", orphans_before)


def _remove(writer: LakeWriter, function: str, before: datetime) -> RemovedFiles:
    limit = f"TIMESTAMPTZ '{before.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00'"
    listed = writer.connection.execute(
        f"CALL {function}('{LAKE}', older_than => {limit}, dry_run => true)"
    ).fetchall()  # fmt: skip
    if not listed:
        return RemovedFiles()
    paths = [Path(row[0]) for row in listed]
    size = sum(path.stat().st_size for path in paths if path.is_file())
    writer.connection.execute(f"CALL {function}('{LAKE}', older_than => {limit})").fetchall()
    return RemovedFiles(files=len(paths), bytes=size)
