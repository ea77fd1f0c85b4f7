"""`repair`: what can be rebuilt is rebuilt, what is damaged is set aside and never deleted.

The lake's catalog is restored from the newest whole publication, which is a copy of it; a publication is made from the
lake; the runs of a lost control store are made from the lake's history and commits. A file of the lake is made from
nothing: only `start_anew` helps, which sets the lake aside, so that the next sync reads and sends everything.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

from syncengine.control.audit import add_audit
from syncengine.control.rebuild import RememberedRun, add_remembered_runs, copy_tables
from syncengine.control.retention import keep_snapshots_true
from syncengine.control.runs import count_runs
from syncengine.control.store import FILE_NAME, ControlStore, has_control_store, open_control, open_control_store
from syncengine.errors import LakeError
from syncengine.feeds.registry import FEEDS
from syncengine.lake.damage import can_be_attached
from syncengine.lake.lock import hold_engine_lock
from syncengine.lake.memory import remembered_runs
from syncengine.lake.paths import DataDirectory, replace_durably
from syncengine.lake.publication import damage_of, earlier_publications
from syncengine.lake.publish import mend_publication
from syncengine.lake.retention import list_snapshots, remove_files
from syncengine.lake.writer import LakeWriter
from syncengine.settings import Settings
from syncengine.upkeep.maintenance import sweep_folders, unfinished_runs


def repair_data_directory(settings: Settings, *, now: datetime, start_anew: bool = False) -> Iterator[str]:
    """Repair what can be repaired, under the engine lock; yields one sentence for each thing that was done.

    Raises: EngineBusyError, and LakeError when a file of the lake is damaged and `start_anew` was not asked for.
    """
    directory = DataDirectory(settings.data_dir.resolve())
    with hold_engine_lock(directory.engine_lock):
        if start_anew:
            yield from _set_lake_aside(directory, now)
        else:
            yield from _restore_catalog(directory, now)
        had_store = has_control_store(settings)
        with (
            closing(open_control(settings, may_start_anew=True)) as control,
            LakeWriter(directory, memory_limit_mb=settings.engine.memory_limit_mb) as writer,
        ):
            writer.check_files(fully=True)
            yield from _restore_runs(control, writer, had_store=had_store)
            kept = frozenset(item.snapshot_id for item in list_snapshots(writer))
            changed = keep_snapshots_true(control, kept=kept, moved={})
            if changed:
                yield f"{changed:,} runs no longer name a snapshot that is gone."
            removed = remove_files(writer, let_go_before=None, orphans_before=now)
            if removed.files:
                yield f"{removed.files:,} Parquet files that belong to no snapshot were removed."
            swept = sweep_folders(directory, keep=unfinished_runs(control), before=now)
            if swept:
                yield f"{swept:,} working folders of runs that are over were removed."
            mended = mend_publication(writer, [item.destination_id for item in settings.all_destinations().values()])
            if mended:
                yield f"{mended} It was published anew."
            with control.write() as connection:
                details = {"start_anew": start_anew}
                add_audit(connection, actor="command line", action="repair", subject="data directory", details=details)


def _stamp(now: datetime) -> str:
    return f"{now.astimezone(UTC):%Y%m%d-%H%M%S}"


def _set_lake_aside(directory: DataDirectory, now: datetime) -> Iterator[str]:
    for place in (directory.lake, directory.mirror, directory.outboxes):
        if place.exists():
            aside = place.with_name(f"{place.name}.aside-{_stamp(now)}")
            place.rename(aside)
            yield f"`{place}` was set aside as `{aside.name}`; the next sync reads and sends everything."


def _restore_catalog(directory: DataDirectory, now: datetime) -> Iterator[str]:
    """Put the newest whole publication in the place of a catalog that is lost or damaged."""
    catalog = directory.lake_catalog
    exists = catalog.exists() and catalog.stat().st_size > 0
    if exists and can_be_attached(catalog) is None:
        return
    if not exists and not any(directory.lake_files.rglob("*.parquet")):
        return
    whole = next((item for item in earlier_publications(directory) if damage_of(directory, item) is None), None)
    if whole is None:
        raise LakeError(
            f"The lake's catalog `{catalog}` is lost, and no publication is whole.",
            hint="Restore the data directory from a backup, or run `catalog-sync repair --start-anew`.",
        )
    log = catalog.with_name(f"{catalog.name}.wal")
    for place in (catalog, log):
        if place.exists():
            place.rename(place.with_name(f"{place.name}.aside-{_stamp(now)}"))
    temporary = catalog.with_suffix(".tmp")
    shutil.copyfile(directory.published / whole.lake_file, temporary)
    replace_durably(temporary, catalog)
    yield f"The lake's catalog was restored from `{whole.lake_file}`, snapshot {whole.snapshot_id}."


def _restore_runs(control: ControlStore, writer: LakeWriter, *, had_store: bool) -> Iterator[str]:
    with control.read() as connection:
        known = count_runs(connection)
    before = writer.directory.root / FILE_NAME
    if not known and control.kind != "sqlite" and before.exists():
        with closing(open_control_store(writer.directory.root)) as source:
            copied = copy_tables(source, control)
        yield f"The control store was filled from `{before}`: {copied:,} rows."
        return
    feeds = [feed for feed in FEEDS.values() if writer.has_tables(feed)]
    if known or not feeds:
        return
    rows = remembered_runs(writer, feeds).to_dicts()
    runs = [
        RememberedRun(
            **row
            | {
                "started_at": row["started_at"].replace(tzinfo=UTC),
                "finished_at": row["finished_at"].replace(tzinfo=UTC),
            }
        )
        for row in rows
    ]
    with control.write() as connection:
        add_remembered_runs(connection, runs)
    if runs or not had_store:
        yield f"A control store was made, with {len(runs):,} runs that the lake remembers."
