"""`check`: everything in a data directory that is not as it was written, told and not touched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from syncengine.control.batches import list_outboxes
from syncengine.control.runs import RunStatus, list_runs
from syncengine.control.store import FILE_NAME, file_damage_of, has_control_store, open_control
from syncengine.errors import CatalogSyncError, EngineBusyError, LakeError, LakeUnavailableError
from syncengine.lake.damage import can_be_attached, damaged_files, orphans
from syncengine.lake.layout import stored_layout
from syncengine.lake.lock import hold_engine_lock
from syncengine.lake.paths import DataDirectory
from syncengine.lake.publication import (
    current_publication,
    damage_of,
    earlier_publications,
    file_sha256,
    publication_to_read,
)
from syncengine.settings import Settings


class Part(StrEnum):
    """What a problem is with; `leftovers` are told and are no problem: maintenance sweeps them."""

    layout = "layout"
    control_store = "control store"
    catalog = "lake catalog"
    lake_file = "lake file"
    publication = "publication"
    outbox = "outbox"
    leftovers = "leftovers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """One thing that `check` found. `remedy`: what to do about it."""

    part: Part
    sentence: str
    remedy: str

    @property
    def is_problem(self) -> bool:
        """Whether something is wrong, and not only in the way."""
        return self.part is not Part.leftovers


REPAIR = "Run `catalog-sync repair`."
RESTORE = "Restore the data directory from a backup, or run `catalog-sync repair --start-anew`."


def check_data_directory(settings: Settings) -> Iterator[Discovery]:
    """What is wrong with the data directory of `settings`; nothing is written. An engine may run meanwhile.

    Every file that the lake names is read in full, so that it takes about as long as reading the disk.
    """
    directory = DataDirectory(settings.data_dir.resolve())
    if not directory.root.is_dir():
        return
    try:
        stored_layout(directory)
    except CatalogSyncError as error:
        yield Discovery(part=Part.layout, sentence=error.message, remedy=error.hint)
        return
    yield from _check_control_store(settings, directory)
    yield from _check_lake(directory)
    yield from _check_publications(directory)


def _check_control_store(settings: Settings, directory: DataDirectory) -> Iterator[Discovery]:
    if not has_control_store(settings):
        if directory.lake_catalog.exists():
            place = directory.root / FILE_NAME
            yield Discovery(
                part=Part.control_store, sentence=f"`{place}` is missing, while the lake is there.", remedy=REPAIR
            )
        return
    if settings.control_url is None:
        wrong = file_damage_of(directory.root / FILE_NAME)
        if wrong is not None:
            yield Discovery(
                part=Part.control_store,
                sentence=wrong,
                remedy="Restore it from a backup, or move it away and run `catalog-sync repair`.",
            )
            return
    try:
        yield from _check_outboxes(settings, directory)
    except CatalogSyncError as error:
        yield Discovery(part=Part.control_store, sentence=error.message, remedy=error.hint)


def _check_outboxes(settings: Settings, directory: DataDirectory) -> Iterator[Discovery]:
    """The outboxes of unfinished runs are what was written; folders of other runs are left over."""
    with closing(open_control(settings)) as control, control.read() as connection:
        unfinished = list_runs(connection, statuses=frozenset({RunStatus.IN_PROGRESS}), limit=1000)
        boxes = [box for run in unfinished for box in list_outboxes(connection, run.run_id)]
    for box in boxes:
        path = directory.root / box.path
        if box.items and (not path.is_file() or file_sha256(path) != box.sha256):
            yield Discovery(
                part=Part.outbox,
                sentence=f"The outbox `{path}` of run `{box.run_id}` is missing or damaged.",
                remedy="The next start closes that run; the sync after it plans anew.",
            )
    keep = {run.run_id for run in unfinished}
    for place in (directory.stagings, directory.outboxes):
        left = [path for path in place.iterdir() if path.name not in keep] if place.is_dir() else []
        if left:
            yield Discovery(
                part=Part.leftovers,
                sentence=f"`{place}` holds {len(left):,} folders of runs that are over.",
                remedy="Maintenance sweeps them.",
            )


def _check_lake(directory: DataDirectory) -> Iterator[Discovery]:
    """The engine's own catalog while nobody holds it; beside an engine, the newest one that it published."""
    catalog = directory.lake_catalog
    if not catalog.exists() or not catalog.stat().st_size:
        if any(directory.lake_files.rglob("*.parquet")):
            yield Discovery(
                part=Part.catalog, sentence=f"`{catalog}` is missing, while the lake's files are there.", remedy=REPAIR
            )
        return
    try:
        with hold_engine_lock(directory.engine_lock, announce=False):
            wrong = can_be_attached(catalog)
            if wrong is not None:
                yield Discovery(part=Part.catalog, sentence=f"`{catalog}` cannot be used: {wrong}.", remedy=REPAIR)
                return
            yield from _check_files(directory, catalog)
            yield from _tell_orphans(directory, catalog)
    except EngineBusyError:
        with suppress(LakeUnavailableError):
            publication = publication_to_read(directory)
            if publication is not None:
                yield from _check_files(directory, directory.published / publication.lake_file)


def _check_files(directory: DataDirectory, catalog: Path) -> Iterator[Discovery]:
    try:
        for file, wrong in damaged_files(directory, catalog):
            yield Discovery(part=Part.lake_file, sentence=f"`{file.path}` of {file.table} {wrong}.", remedy=RESTORE)
    except LakeError as error:
        yield Discovery(part=Part.catalog, sentence=error.message, remedy=REPAIR)


def _tell_orphans(directory: DataDirectory, catalog: Path) -> Iterator[Discovery]:
    found = orphans(directory, catalog)
    if found:
        size = sum(path.stat().st_size for path in found)
        yield Discovery(
            part=Part.leftovers,
            sentence=f"{len(found):,} Parquet files ({size / 2**20:,.1f} MB) belong to no snapshot.",
            remedy="Maintenance removes them after its grace.",
        )


def _check_publications(directory: DataDirectory) -> Iterator[Discovery]:
    in_force = None
    try:
        in_force = current_publication(directory)
        if in_force is None and any(directory.published.glob("*.ducklake")):
            yield Discovery(
                part=Part.publication, sentence=f"The pointer `{directory.current}` is missing.", remedy=REPAIR
            )
    except LakeUnavailableError as error:
        yield Discovery(part=Part.publication, sentence=error.message, remedy=REPAIR)
    earlier = [publication for publication in earlier_publications(directory) if publication != in_force]
    for publication in [*([in_force] if in_force else []), *earlier]:
        wrong = damage_of(directory, publication)
        if wrong is not None:
            yield Discovery(part=Part.publication, sentence=wrong, remedy=REPAIR)
