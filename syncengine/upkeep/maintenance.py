"""Nightly maintenance: what keeps file count and disk use bounded, in an order that a kill may end anywhere.

Files are removed last in their life and first in a night: those that an earlier night let go of, once the publication
that no longer names them is older than any reader. What this night lets go of stays until a later one.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from syncengine.control.audit import add_audit
from syncengine.control.retention import Forgotten, forget_before, keep_snapshots_true
from syncengine.control.runs import RunStatus, list_runs
from syncengine.control.settings import get_setting, put_setting
from syncengine.control.store import ControlStore
from syncengine.feeds.registry import FEEDS
from syncengine.lake.compaction import Compacted, compact_tables
from syncengine.lake.paths import DataDirectory
from syncengine.lake.publish import publish
from syncengine.lake.retention import (
    RemovedFiles,
    expire_snapshots,
    list_snapshots,
    remove_files,
    snapshots_to_expire,
    trim_tables,
    where_states_stay,
)
from syncengine.lake.spill import READERS
from syncengine.lake.writer import LakeWriter
from syncengine.settings import Settings

LAST = "maintenance"
_PUBLISHED_AT = "maintenance_published_at"
_REMEMBERED = 60  # nights whose publication times are kept: more than any grace is long


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceReport:
    """What one maintenance did. `lake_files`, `lake_bytes`: what lies in the lake's folder afterwards."""

    started_at: datetime
    compacted: tuple[Compacted, ...]
    expired_snapshots: int
    oldest_snapshot_at: datetime | None
    trimmed_rows: int
    removed: RemovedFiles
    forgotten: Forgotten
    swept_folders: int
    lake_files: int
    lake_bytes: int

    def as_json(self) -> dict[str, Any]:
        """The report as a JSON object; times in ISO 8601."""
        return asdict(self) | {
            "started_at": self.started_at.isoformat(timespec="seconds"),
            "oldest_snapshot_at": self.oldest_snapshot_at and self.oldest_snapshot_at.isoformat(timespec="seconds"),
        }

    @property
    def sentence(self) -> str:
        """The report in one line."""
        return (
            f"Maintenance: {len(self.compacted)} tables compacted, {self.expired_snapshots:,} snapshots expired, "
            f"{self.removed.files:,} files ({self.removed.bytes / 2**20:,.1f} MB) removed; the lake holds "
            f"{self.lake_files:,} files, {self.lake_bytes / 2**20:,.1f} MB."
        )


def run_maintenance(
    writer: LakeWriter,
    control: ControlStore,
    settings: Settings,
    *,
    now: datetime,
    should_stop: Callable[[], bool] = lambda: False,
) -> MaintenanceReport:
    """Maintain the data directory; call it under the engine lock, between runs. The next makes up for a killed one.

    Publishes at the end, so that readers who come from then on name nothing that was let go of.
    """
    kept, directory, begun = settings.maintenance, writer.directory, time.monotonic()
    grace = timedelta(hours=kept.grace_hours)
    writer.check_files(fully=True)  # once a day: disks forget without touching a file
    removed = remove_files(writer, let_go_before=_last_safe(control, now - grace), orphans_before=now - grace)
    present = [feed for feed in FEEDS.values() if writer.has_tables(feed)]
    trimmed = trim_tables(writer, present, before=now - timedelta(days=kept.history_days))
    compacted = compact_tables(
        writer, most_files=kept.most_files, deleted_percent=kept.deleted_percent, should_stop=should_stop
    )
    unfinished = unfinished_runs(control)
    snapshots = list_snapshots(writer)
    expiry = where_states_stay(
        snapshots,
        snapshots_to_expire(
            snapshots,
            now=now,
            hourly_days=kept.hourly_days,
            daily_days=kept.daily_days,
            needed_from=min(unfinished.values(), default=None),
        ),
    )
    # before the lake forgets them: a run must never name a snapshot that is gone
    keep_snapshots_true(control, kept=expiry.kept, moved=expiry.moved)
    expire_snapshots(writer, expiry)
    forgotten = forget_before(
        control,
        runs=now - timedelta(days=kept.history_days),
        receipts=now - timedelta(days=kept.receipts_days),
    )
    swept = sweep_folders(directory, keep=set(unfinished), before=now - grace)
    publish(writer, [value.destination_id for value in settings.all_destinations().values()], anew=True)
    writer.checksums.forget_removed()
    files, size = _lake_size(directory)
    report = MaintenanceReport(
        started_at=now,
        compacted=compacted,
        expired_snapshots=len(expiry.expired),
        oldest_snapshot_at=min((item.taken_at for item in snapshots if item.snapshot_id in expiry.kept), default=None),
        trimmed_rows=trimmed,
        removed=removed,
        forgotten=forgotten,
        swept_folders=swept,
        lake_files=files,
        lake_bytes=size,
    )
    _remember(control, report, published_at=now + timedelta(seconds=time.monotonic() - begun))
    return report


def unfinished_runs(control: ControlStore) -> dict[str, datetime]:
    """The runs that are not over, and when each began."""
    with control.read() as connection:
        runs = list_runs(connection, statuses=frozenset({RunStatus.IN_PROGRESS}), limit=1000)
    return {run.run_id: run.started_at for run in runs}


def last_maintenance(control: ControlStore) -> dict[str, Any] | None:
    """The report of the last maintenance, as JSON values, or None before the first one."""
    with control.read() as connection:
        found: dict[str, Any] | None = get_setting(connection, LAST)
    return found


def _last_safe(control: ControlStore, before: datetime) -> datetime | None:
    """The newest time up to `before` at which a maintenance had published: who came later names nothing it let go."""
    with control.read() as connection:
        times = [datetime.fromisoformat(text) for text in get_setting(connection, _PUBLISHED_AT) or ()]
    return max((at for at in times if at <= before), default=None)


def _remember(control: ControlStore, report: MaintenanceReport, *, published_at: datetime) -> None:
    with control.write() as connection:
        times = [*(get_setting(connection, _PUBLISHED_AT) or ()), published_at.isoformat()]
        put_setting(connection, _PUBLISHED_AT, times[-_REMEMBERED:])
        put_setting(connection, LAST, report.as_json())
        add_audit(
            connection, actor="maintenance", action="maintain", subject="data directory", details=report.as_json()
        )


def sweep_folders(directory: DataDirectory, *, keep: Collection[str], before: datetime) -> int:
    """Remove working folders of runs that are over, and spilled files, untouched since `before`; returns how many."""
    swept = 0
    for place in (directory.stagings, directory.outboxes, directory.tmp):
        for path in sorted(place.iterdir()) if place.is_dir() else ():
            if path.name in {*keep, READERS} or path.stat().st_mtime >= before.timestamp():
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
            swept += 1
    return swept


def _lake_size(directory: DataDirectory) -> tuple[int, int]:
    """Files and bytes below the lake's folder; a file that goes meanwhile does not count."""
    sizes = []
    for path in Path(directory.lake).rglob("*"):
        try:
            if path.is_file():
                sizes.append(path.stat().st_size)
        except FileNotFoundError:
            continue
    return len(sizes), sum(sizes)
