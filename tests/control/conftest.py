"""A control store of its own for each test, on SQLite and on PostgreSQL: the same tests hold for both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.postgres import PostgresServer, postgres_server

from syncengine.control.store import ControlStore, open_control_store


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def template(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with the tables made: copying is quicker than making."""
    return postgres.migrated(tmp_path_factory.mktemp("template"))


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest) -> str | None:
    """Where a control store of this test's own is: None for a file, else a database with its tables made."""
    if request.param == "sqlite":
        return None
    template = request.getfixturevalue("template")
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.database(template)


@pytest.fixture
def store(tmp_path: Path, address: str | None) -> Iterator[ControlStore]:
    """An empty control store."""
    opened = open_control_store(tmp_path, url=address)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[ControlStore]:
    """An empty control store in a file, for what only a file can suffer."""
    opened = open_control_store(tmp_path)
    yield opened
    opened.close()
