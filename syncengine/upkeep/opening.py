"""A data directory opened for upkeep: its control store and its lake, under the engine lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from syncengine.control.runs import list_runs
from syncengine.control.store import ControlStore, open_control
from syncengine.errors import LakeError
from syncengine.lake.lock import hold_engine_lock
from syncengine.lake.paths import DataDirectory
from syncengine.lake.writer import LakeWriter
from syncengine.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class UpkeepBench:
    """What upkeep works with."""

    settings: Settings
    directory: DataDirectory
    control: ControlStore
    writer: LakeWriter


def refuse_lost_lake(directory: DataDirectory, control: ControlStore) -> None:
    """A lake that is gone is not begun anew in silence: everything would be sent again. Raises: LakeError."""
    if directory.lake_catalog.exists():
        return
    with control.read() as connection:
        lost = sum(run.exported_snapshot is not None for run in list_runs(connection, limit=1000))
    if lost:
        raise LakeError(
            f"The lake `{directory.lake}` is missing, while the control store knows {lost:,} runs that wrote to it.",
            hint="Restore it from a backup, or run `catalog-sync repair --start-anew`: the next sync sends everything.",
        )


@contextmanager
def open_bench(settings: Settings) -> Iterator[UpkeepBench]:
    """The data directory of `settings`, for this process alone. Raises: EngineBusyError, LakeError, ControlError."""
    directory = DataDirectory(settings.data_dir.resolve())
    with (
        hold_engine_lock(directory.engine_lock),
        closing(open_control(settings)) as control,
    ):
        refuse_lost_lake(directory, control)
        engine = settings.engine
        with LakeWriter(directory, memory_limit_mb=engine.memory_limit_mb, threads=engine.threads) as writer:
            yield UpkeepBench(settings=settings, directory=directory, control=control, writer=writer)
