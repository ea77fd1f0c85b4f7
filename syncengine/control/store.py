"""The control store: one face for the small tables, short transactions, numbered migrations.

SQLite in the data directory: WAL, synchronous FULL, `BEGIN IMMEDIATE` for writers, 5 s of patience. Write
transactions stay short and never surround network or DuckDB work.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from syncengine.control import audit, batches, engine, feed_runs, requests, runs, settings  # noqa: F401  (their tables)
from syncengine.errors import ControlError, DiskFullError

FILE_NAME = "control.sqlite"
BUSY_TIMEOUT_SECONDS = 5.0
_MIGRATIONS = Path(__file__).parent / "migrations"
_SQLITE_MAGIC = b"SQLite format 3\x00"


class ControlStore:
    """The control store of one data directory. `read()` and `write()` give a connection in a transaction."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one state and writes nothing."""
        with _translated(), self._database.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection whose changes are durable when the block ends, or undone when it raises."""
        with _translated(), self._database.connect().execution_options(control_write=True) as connection:
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Give the file back."""
        self._database.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        text = str(error.orig)
        if "full" in text:
            raise DiskFullError(
                "The control store could not be written: the disk is full.", hint="Free space."
            ) from None
        raise ControlError(
            f"The control store could not be used: {text}.",
            hint="Run `catalog-sync check`; nothing was overwritten.",
        ) from error


def _engine_for(path: Path) -> Engine:
    database = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_SECONDS})

    @event.listens_for(database, "connect")
    def _prepare(dbapi_connection: sqlite3.Connection, _record: Any) -> None:
        dbapi_connection.isolation_level = None  # we say BEGIN ourselves
        dbapi_connection.execute("PRAGMA journal_mode=WAL")
        dbapi_connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(database, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("control_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return database


def _alembic(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def open_control_store(data_dir: Path) -> ControlStore:
    """The control store below `data_dir`, made or migrated when needed.

    Raises: ControlError when the file is not ours, is damaged, or was written by a newer version.
    """
    path = data_dir / FILE_NAME
    if path.exists() and path.stat().st_size:
        with path.open("rb") as file:
            if file.read(16) != _SQLITE_MAGIC:
                raise ControlError(
                    f"`{path}` is not a control store.",
                    hint="Restore it from a backup; nothing was overwritten.",
                )
    else:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = _engine_for(path)
    store = ControlStore(database)
    head = ScriptDirectory.from_config(_alembic()).get_current_head()
    with store.read() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == head:
        return store
    known = {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}
    if current is not None and current not in known:
        store.close()
        raise ControlError(
            f"`{path}` was written by a newer version of Catalog Sync (schema {current}).",
            hint="Install that version, or point CATALOG_SYNC_DATA_DIR elsewhere.",
        )
    with store.write() as connection:
        command.upgrade(_alembic(connection), "head")
    return store
