"""A scratch DuckDB of its own memory limit and spill space, for work that leaves only files behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import duckdb

from syncengine.catalog import ReadStoppedError
from syncengine.errors import CatalogSyncError
from syncengine.lake.paths import DataDirectory
from syncengine.lake.spill import spill_place
from syncengine.progress import watched

_LOOK_EVERY_SECONDS = 0.2


@contextmanager
def ended_when(connection: duckdb.DuckDBPyConnection, should_stop: Callable[[], bool]) -> Iterator[None]:
    """Statements of `connection` that run long end within a second of a stop.

    Raises: ReadStoppedError instead of whatever the statement that was ended came to.
    """
    stopped = threading.Event()

    def watch(over: threading.Event) -> None:
        while not over.wait(_LOOK_EVERY_SECONDS):
            if should_stop():
                stopped.set()
                connection.interrupt()  # again and again: it ends one statement, and the next may begin

    try:
        with watched(watch, name="scratch-stop"):
            yield
    except (duckdb.Error, CatalogSyncError):
        if stopped.is_set():
            raise ReadStoppedError("The indexing was stopped on request.", hint="The next run begins anew.") from None
        raise


@contextmanager
def scratch_connection(
    directory: DataDirectory, *, memory_limit_mb: int, threads: int
) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB that spills below the data directory and is gone when the block ends."""
    directory.tmp.mkdir(parents=True, exist_ok=True, mode=0o700)
    connection = duckdb.connect(
        config={
            "memory_limit": f"{memory_limit_mb}MB",
            "threads": threads,
            # of its own: two databases that spill into one folder write over each other's files
            "temp_directory": str(spill_place(directory) or directory.tmp),
            "preserve_insertion_order": False,
        }
    )
    try:
        yield connection
    finally:
        connection.close()
