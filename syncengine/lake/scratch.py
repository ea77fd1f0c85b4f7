"""A scratch DuckDB of its own memory limit and spill space, for work that leaves only files behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from syncengine.lake.paths import DataDirectory
from syncengine.lake.spill import spill_place


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
