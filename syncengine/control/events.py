"""What was said to have changed and no request has been made of yet: one row per event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Integer, String, Table, delete, func, insert, select

from syncengine.control.schema import METADATA, JsonText, UtcDateTime, utc_now

MAX_ROWS = 50_000  # of a store that tells of everything, one by one, while nobody listens

EVENTS = Table(
    "events",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("touched", JsonText, nullable=False),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event: what it names is in `touched` (skus, ids, entities, everything)."""

    id: int
    at: datetime
    actor: str
    touched: dict[str, Any]


def add_event(connection: Connection, *, actor: str, touched: dict[str, Any]) -> int:
    """Keep an event, and return how many wait. Very many become one that says 'everything'."""
    waiting = count_events(connection)
    if waiting >= MAX_ROWS:
        first_at = connection.execute(select(func.min(EVENTS.c.at))).scalar_one()
        connection.execute(delete(EVENTS))
        connection.execute(insert(EVENTS).values(at=first_at, actor=actor[:200], touched={"everything": True}))
        return 1
    connection.execute(insert(EVENTS).values(at=utc_now(), actor=actor[:200], touched=touched))
    return waiting + 1


def count_events(connection: Connection) -> int:
    """How many events wait."""
    return connection.execute(select(func.count()).select_from(EVENTS)).scalar_one()


def first_event_at(connection: Connection) -> datetime | None:
    """When the first event that waits came; None when none does."""
    return connection.execute(select(EVENTS.c.at).order_by(EVENTS.c.id).limit(1)).scalar()


def take_events(connection: Connection) -> list[Event]:
    """The events that wait, oldest first; from now on they wait no more. Make a request of them in the same breath."""
    events = [Event(**row) for row in connection.execute(select(EVENTS).order_by(EVENTS.c.id)).mappings()]
    if events:
        connection.execute(delete(EVENTS).where(EVENTS.c.id <= events[-1].id))
    return events
