"""The control store: one face for the small tables, short transactions, numbered migrations.

SQLite in the data directory: WAL, synchronous FULL, `BEGIN IMMEDIATE` for writers, 5 s of patience. Write
transactions stay short and never surround network or DuckDB work.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from syncengine.control import (  # noqa: F401  (their tables)
    audit,
    batches,
    engine,
    events,
    feed_runs,
    request_budget,
    requests,
    run_steps,
    runs,
    settings,
)
from syncengine.errors import ControlError, DiskFullError

FILE_NAME = "control.sqlite"
BUSY_TIMEOUT_SECONDS = 5.0
_SMALLEST = 512  # bytes: less than any SQLite database but an empty one
_MIGRATIONS = Path(__file__).parent / "migrations"


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
        with (
            _translated(),
            self._database.connect().execution_options(control_write=True) as connection,
            connection.begin(),
        ):
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
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    _refuse_foreign_file(path)
    store = ControlStore(_engine_for(path))
    try:
        _migrate(store, path)
    except BaseException:
        store.close()
        raise
    return store


def _refuse_foreign_file(path: Path) -> None:
    """Look at the file before anything is written to it: it may be another program's.

    By SQLite alone: to open the file by hand and close it again would give up the POSIX locks of every connection that
    this process has, and the next process that closes its last one would take the write-ahead log away under them.
    """
    if not path.exists() or not path.stat().st_size:
        return
    hint = "Restore it from a backup, or point CATALOG_SYNC_DATA_DIR elsewhere; nothing was overwritten."
    if path.stat().st_size < _SMALLEST:
        raise ControlError(f"`{path}` is not a control store.", hint=hint)
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.DatabaseError as error:
        if "not a database" in str(error):
            raise ControlError(f"`{path}` is not a control store.", hint=hint) from error
        raise ControlError(f"The control store `{path}` is damaged: {error}.", hint=hint) from error
    if tables and "alembic_version" not in tables:
        raise ControlError(f"`{path}` is another program's database.", hint=hint)


def _migrate(store: ControlStore, path: Path) -> None:
    script = ScriptDirectory.from_config(_alembic())
    with store.read() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == script.get_current_head():
        return
    if current is not None and current not in {known.revision for known in script.walk_revisions()}:
        raise ControlError(
            f"`{path}` was written by a newer version of Catalog Sync (schema {current}).",
            hint="Install that version, or point CATALOG_SYNC_DATA_DIR elsewhere.",
        )
    with store.write() as connection:
        command.upgrade(_alembic(connection), "head")
