"""Who holds the data directory, for display: the guard itself is the lock file (lake/lock.py)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Boolean, Column, Connection, Integer, String, Table, delete, insert, select, update

from syncengine.control.schema import METADATA, UtcDateTime, utc_now

ENGINE = Table(
    "engine",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("pid", Integer, nullable=False),
    Column("host", String(200), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("heartbeat_at", UtcDateTime, nullable=False),
    Column("next_sync_at", UtcDateTime),
    Column("running", Boolean, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineState:
    """The last known holder; `kind` is engine (scheduled) or command (one run)."""

    pid: int
    host: str
    kind: str
    started_at: datetime
    heartbeat_at: datetime
    next_sync_at: datetime | None
    running: bool


def take_engine(connection: Connection, *, pid: int, host: str, kind: str) -> None:
    """Name this process as the holder."""
    now = utc_now()
    connection.execute(delete(ENGINE))
    connection.execute(
        insert(ENGINE).values(
            id=1,
            pid=pid,
            host=host,
            kind=kind,
            started_at=now,
            heartbeat_at=now,
            next_sync_at=None,
            running=True,
        )
    )


def beat(connection: Connection, *, next_sync_at: datetime | None = None, pid: int | None = None) -> None:
    """Say that the holder lives; the next sync stays as it was told last unless it is told anew.

    With `pid` only if the holder is still that process.
    """
    values = {"heartbeat_at": utc_now()} | ({} if next_sync_at is None else {"next_sync_at": next_sync_at})
    connection.execute(
        update(ENGINE).values(values) if pid is None else update(ENGINE).where(ENGINE.c.pid == pid).values(values)
    )


def set_next_sync(connection: Connection, at: datetime | None) -> None:
    """Say when the next sync begins by itself; None: not before somebody asks."""
    connection.execute(update(ENGINE).values(next_sync_at=at))


def release_engine(connection: Connection, *, pid: int | None = None) -> None:
    """Say that the holder ended by itself; with `pid` only if the holder is still that process."""
    ended = update(ENGINE).values(running=False, heartbeat_at=utc_now(), next_sync_at=None)
    connection.execute(ended if pid is None else ended.where(ENGINE.c.pid == pid))


def engine_state(connection: Connection) -> EngineState | None:
    """The last known holder, or None when there never was one."""
    row = connection.execute(select(ENGINE)).mappings().first()
    return None if row is None else EngineState(**{key: value for key, value in row.items() if key != "id"})
