"""The control store: one face for the small tables, short transactions, numbered migrations.

SQLite in the data directory, or a PostgreSQL database where several machines ask one engine (control/postgres.py): the
same code on both. On SQLite: WAL, synchronous FULL, `BEGIN IMMEDIATE` for writers, some seconds of patience. Write
transactions stay short, come one after the other on either, and never surround network or DuckDB work.
"""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

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
from syncengine.control.postgres import postgres_engine, shown_url
from syncengine.control.versions import MIGRATIONS, applied_revision, known_revisions
from syncengine.errors import ControlError, DiskFullError, LostControlStoreError

FILE_NAME = "control.sqlite"
BUSY_TIMEOUT_SECONDS = 5.0
_SMALLEST = 512  # bytes: less than any SQLite database but an empty one


class ControlStore:
    """The control store of one data directory. `read()` and `write()` give a connection in a transaction."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._watching: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    @property
    def kind(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._database.dialect.name

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

    def version(self) -> int | None:
        """A number that is another one after each change, whoever made it: for what was read to be kept until then.

        None where that cannot be told for next to nothing: on PostgreSQL, or when the file cannot be read.
        """
        if self.kind != "sqlite":
            return None
        with self._lock:
            try:
                if self._watching is None:  # a connection of its own, which sees the writes of all others
                    self._watching = sqlite3.connect(str(self._database.url.database), check_same_thread=False)
                (number,) = self._watching.execute("PRAGMA data_version").fetchone()
            except sqlite3.Error:
                return None
        return int(number)

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            if self._watching is not None:
                self._watching.close()
                self._watching = None
        self._database.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        text = str(error.orig)
        if "full" in text or "No space left" in text:
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
        _use_write_ahead_log(dbapi_connection)
        dbapi_connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(database, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("control_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return database


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Have the file keep a write-ahead log. SQLite does not wait for others with that change: it is tried again."""
    deadline = time.monotonic() + BUSY_TIMEOUT_SECONDS
    while True:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
            if mode != "wal":
                connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(random.uniform(0.005, 0.05))


def file_damage_of(path: Path) -> str | None:
    """What is wrong with a control store's file, read in full and not written to, or None."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            answer = [text for (text,) in connection.execute("PRAGMA integrity_check(5)")]
    except sqlite3.DatabaseError as error:
        answer = [str(error)]
    return None if answer == ["ok"] else f"`{path}` is damaged: {'; '.join(answer)}."


class Installation(Protocol):
    """What says where a control store is; the settings do."""

    @property
    def data_dir(self) -> Path: ...

    @property
    def control_url(self) -> str | None: ...


def open_control(installation: Installation, *, may_start_anew: bool = False) -> ControlStore:
    """The control store of an installation. Raises: as `open_control_store`."""
    return open_control_store(
        installation.data_dir.resolve(), url=installation.control_url, may_start_anew=may_start_anew
    )


def has_control_store(installation: Installation) -> bool:
    """Whether there is one, or a database in which one would be."""
    return installation.control_url is not None or (installation.data_dir / FILE_NAME).exists()


def open_control_store(data_dir: Path, *, url: str | None = None, may_start_anew: bool = False) -> ControlStore:
    """The control store below `data_dir`, or the one at `url`, made or migrated when needed.

    Raises: ControlError when the file is not ours, is damaged, or was written by a newer version; LostControlStoreError
    when there is none although the lake beside it has been published, unless `may_start_anew`.
    """
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = data_dir / FILE_NAME
    if url is None:
        _refuse_foreign_file(path)
        if not path.exists() and not may_start_anew:
            _refuse_lost_store(data_dir, str(path))
        store = ControlStore(_engine_for(path))
    else:
        store = ControlStore(postgres_engine(url))
    try:
        _migrate(store, str(path) if url is None else shown_url(url), data_dir, may_start_anew=may_start_anew)
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


def _refuse_lost_store(data_dir: Path, place: str) -> None:
    """A data directory whose control store is gone is not started anew in silence: runs and receipts were in it."""
    if (data_dir / "lake" / "CURRENT").exists():
        raise LostControlStoreError(
            f"The control store `{place}` is missing or empty, while the lake in `{data_dir}` has been published.",
            hint="Restore it from a backup, or run `catalog-sync repair`: it makes one from what is left.",
        )


def _migrate(store: ControlStore, place: str, data_dir: Path, *, may_start_anew: bool) -> None:
    with store.read() as connection:
        current = applied_revision(connection)
    if current == known_revisions()[-1]:
        return
    if current is None and not may_start_anew:
        _refuse_lost_store(data_dir, place)
    if current is not None and current not in known_revisions():
        raise ControlError(
            f"`{place}` was written by a newer version of Catalog Sync (schema {current}).",
            hint="Install that version, or point CATALOG_SYNC_DATA_DIR elsewhere.",
        )
    if current is not None and (data_dir / FILE_NAME).exists() and store.kind == "sqlite":
        _keep_copy(data_dir / FILE_NAME, current)
    with store.write() as connection:
        _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    from alembic import command  # here, because a store that is up to date does without (control/versions.py)
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _keep_copy(path: Path, revision: str) -> None:
    """Before a migration: the store as it was, beside it; a copy that is there already is the older one, and stays."""
    copy = path.with_name(f"{path.name}.before-upgrade-from-{revision}")
    if copy.exists():
        return
    temporary = copy.with_name(f"{copy.name}.tmp")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(temporary)) as target:
        source.backup(target)
    temporary.replace(copy)
