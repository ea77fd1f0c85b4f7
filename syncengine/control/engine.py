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
    Column("ended_by", String(40)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineState:
    """The last known holder; `kind` is engine (scheduled) or command (one run).

    `running` False: it ended by itself, at `heartbeat_at`; `ended_by` is then the signal that asked it to, the code of
    the error it ended with, or None.
    """

    pid: int
    host: str
    kind: str
    started_at: datetime
    heartbeat_at: datetime
    next_sync_at: datetime | None
    running: bool
    ended_by: str | None = None

    @property
    def how_it_ended(self) -> str:
        """`The engine was stopped by SIGTERM`; empty while it runs, and when it fell silent instead."""
        if self.running:
            return ""
        who = "The engine" if self.kind == "engine" else "The command that synced"
        if self.ended_by is None:
            return f"{who} ended"
        return f"{who} {'was stopped by' if self.ended_by.startswith('SIG') else 'ended with'} {self.ended_by}"


def how_left(ended: str, at: datetime | None, step: str | None) -> str:
    """How a run was left by the process that was at it: `ended` as `how_it_ended` says it, last heard of at `at`."""
    when = "" if at is None else f" at {at:%Y-%m-%d %H:%M:%S} UTC"
    return f"{ended or 'The engine stopped responding'}{when}, in step {step or 'start'}."


def take_engine(connection: Connection, *, pid: int, host: str, kind: str) -> EngineState | None:
    """Name this process as the holder; returns the one before it, as it was left."""
    now, before = utc_now(), engine_state(connection)
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
    return before


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


def release_engine(connection: Connection, *, pid: int | None = None, ended_by: str | None = None) -> None:
    """Say that the holder ended by itself, and what made it; with `pid` only if the holder is still that process."""
    ended = update(ENGINE).values(running=False, heartbeat_at=utc_now(), next_sync_at=None, ended_by=ended_by)
    connection.execute(ended if pid is None else ended.where(ENGINE.c.pid == pid))


def engine_state(connection: Connection) -> EngineState | None:
    """The last known holder, or None when there never was one."""
    row = connection.execute(select(ENGINE)).mappings().first()
    return None if row is None else EngineState(**{key: value for key, value in row.items() if key != "id"})
