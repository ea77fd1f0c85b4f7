"""A data directory opened for upkeep: its control store and its lake, under the engine lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from syncengine.control.store import ControlStore, open_control_store
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


@contextmanager
def open_bench(settings: Settings) -> Iterator[UpkeepBench]:
    """The data directory of `settings`, for this process alone. Raises: EngineBusyError, LakeError, ControlError."""
    directory = DataDirectory(settings.data_dir.resolve())
    with (
        hold_engine_lock(directory.engine_lock),
        closing(open_control_store(directory.root)) as control,
        LakeWriter(
            directory, memory_limit_mb=settings.engine.memory_limit_mb, threads=settings.engine.threads
        ) as writer,
    ):
        yield UpkeepBench(settings=settings, directory=directory, control=control, writer=writer)
