"""Whether the disk has room for a run, by what the runs before it took.

Measured are the working files, compiled feeds and outboxes; what stays of them in the lake is no more than that.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from syncengine.control.settings import get_setting, put_setting
from syncengine.control.store import ControlStore
from syncengine.errors import DiskFullError
from syncengine.lake.paths import DataDirectory
from syncengine.progress import Moment, SilentObserver

_KEY = "space.needs"
_RUNS_TOLD = 30
_LEAST_BYTES = 32 * 2**20  # of a run that nothing is known of
_MARGIN = 2


def free_bytes(directory: Path) -> int:
    """How many bytes may still be written where `directory` lies."""
    return shutil.disk_usage(directory).free


def refuse_without_space(
    control: ControlStore, directory: DataDirectory, *, free: Callable[[Path], int] = free_bytes
) -> None:
    """Raises: DiskFullError when less than twice the need is free, before any work was done for nothing."""
    with control.read() as connection:
        need = max([_LEAST_BYTES, *(get_setting(connection, _KEY) or ())]) * _MARGIN
    has = free(directory.root)
    if has < need:
        raise DiskFullError(
            f"The disk of `{directory.root}` is too full for a run: it needs {_shown(need)}, and has {_shown(has)}.",
            hint="Free space; the next run tries again. Nothing was begun, and the last good state is untouched.",
        )


class SpaceUse(SilentObserver):
    """Measures how much room a run's working files take, and keeps it for the runs to come."""

    def __init__(self, control: ControlStore, directory: DataDirectory, run_id: str) -> None:
        self._control = control
        self._places = (directory.staging(run_id), directory.outbox(run_id))
        self._most = 0

    def at(self, moment: Moment, detail: str = "") -> None:
        """Look when the working files are largest; keep the number when all are written."""
        if moment in (Moment.INDEXED, Moment.PLANNED):
            self._most = max(self._most, sum(_size(place) for place in self._places))
        if moment is Moment.PLANNED:
            with self._control.write() as connection:
                told = [*(get_setting(connection, _KEY) or ()), self._most]
                put_setting(connection, _KEY, told[-_RUNS_TOLD:])


def _size(place: Path) -> int:
    return sum(path.stat().st_size for path in place.rglob("*") if path.is_file())


def _shown(count: int) -> str:
    return f"{count / 2**30:,.1f} GB" if count >= 2**30 else f"{count / 2**20:,.0f} MB"
