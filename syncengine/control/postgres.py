"""The control store on PostgreSQL: what differs from SQLite, so that nothing else has to.

Writers come one after the other, as on SQLite: each takes one advisory lock for the length of its transaction. So no
transaction fails because another one wrote meanwhile, and none has to be tried again.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, String, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.ext.compiler import compiles

from syncengine.errors import ControlError

CONNECT_SECONDS = 5
PATIENCE_SECONDS = 10
_WRITERS = 0x43617453  # one lock for all writers of a database, whatever its number


@compiles(String, "postgresql")
def _any_length(_type: Any, _compiler: Any, **_: Any) -> str:
    """Texts of any length in byte order, as SQLite has them."""
    return 'TEXT COLLATE "C"'


def postgres_engine(url: str) -> Engine:
    """The database at `url`. Raises: ControlError when the address is none, or the driver is not installed."""
    try:
        database = create_engine(
            url,
            pool_pre_ping=True,
            isolation_level="REPEATABLE READ",
            connect_args={
                "connect_timeout": CONNECT_SECONDS,
                "application_name": "catalog-sync",
                "options": f"-c lock_timeout={PATIENCE_SECONDS * 1000} -c timezone=UTC",
            },
        )
    except ModuleNotFoundError:
        raise ControlError(
            "The control store is to be on PostgreSQL, whose driver is not installed.",
            hint="Run `pip install 'catalog-sync[postgres]'`.",
        ) from None
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise ControlError(
            "`control.url` is not the address of a database.",
            hint="It is written postgresql+psycopg://user:password@host/database.",
        ) from None

    @event.listens_for(database, "begin")
    def _one_writer_at_a_time(connection: Connection) -> None:
        if connection.get_execution_options().get("control_write", False):
            # in a transaction that sees what was committed before each statement, thus what the writer before left
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _WRITERS})

    return database


def shown_url(url: str) -> str:
    """An address without its password, for messages."""
    return make_url(url).render_as_string(hide_password=True)
