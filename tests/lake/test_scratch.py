"""A statement that runs long ends soon after a stop, and says that it was stopped."""

from __future__ import annotations

import threading
from pathlib import Path

import duckdb
import pytest

from syncengine.catalog import ReadStoppedError
from syncengine.lake.paths import DataDirectory
from syncengine.lake.scratch import ended_when, scratch_connection

LONG = "SELECT max(hash(a.range, b.range)) FROM range(10000000) AS a, range(10000000) AS b"


def test_a_stop_ends_the_statement_that_runs(tmp_path: Path) -> None:
    stop = threading.Event()
    timer = threading.Timer(0.3, stop.set)
    timer.start()
    with (
        scratch_connection(DataDirectory(tmp_path), memory_limit_mb=512, threads=1) as connection,
        pytest.raises(ReadStoppedError, match="stopped on request"),
        ended_when(connection, stop.is_set),
    ):
        connection.execute(LONG).fetchall()
    timer.join()


def test_without_a_stop_an_error_stays_what_it_is(tmp_path: Path) -> None:
    with (
        scratch_connection(DataDirectory(tmp_path), memory_limit_mb=512, threads=1) as connection,
        pytest.raises(duckdb.CatalogException),
        ended_when(connection, lambda: False),
    ):
        connection.execute("SELECT * FROM there_is_none")


def test_what_is_through_before_a_stop_is_through(tmp_path: Path) -> None:
    with (
        scratch_connection(DataDirectory(tmp_path), memory_limit_mb=512, threads=1) as connection,
        ended_when(connection, lambda: False),
    ):
        assert connection.execute("SELECT 1").fetchall() == [(1,)]
