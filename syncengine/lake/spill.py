"""Where a database beside the writer may put what does not fit into its memory: a folder of its own."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from itertools import count
from pathlib import Path

from syncengine.lake.paths import DataDirectory

SPILL_LIMIT_GB = 8  # of a reader
READERS = "readers"  # the folder of all readers' spill space, below tmp; they sweep it themselves
_LEFT_BEHIND_SECONDS = 24 * 3600
_numbers = count(1)


def spill_place(directory: DataDirectory) -> Path | None:
    """A folder that nobody else uses; DuckDB makes it when it spills, and takes it away when the connection closes.

    None where the data directory cannot be written: the reader then has its memory only. What killed readers left a day
    ago goes.
    """
    readers = directory.tmp / READERS
    try:
        readers.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not os.access(readers, os.W_OK):
            return None
        _sweep(readers)
    except OSError:
        return None
    return readers / f"{os.getpid()}-{next(_numbers)}-{time.time_ns()}"


def _sweep(readers: Path) -> None:
    for place in readers.iterdir():
        with suppress(OSError):  # its reader may be closing at this moment
            if time.time() - place.stat().st_mtime > _LEFT_BEHIND_SECONDS:
                shutil.rmtree(place, ignore_errors=True)
