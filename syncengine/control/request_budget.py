"""Requests sent per destination and UTC day: what keeps a daily cap through restarts."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Column, ColumnElement, Connection, Integer, String, Table, delete, insert, select, update

from syncengine.control.schema import METADATA

REQUEST_BUDGET = Table(
    "request_budget",
    METADATA,
    Column("destination", String(80), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("used", Integer, nullable=False),
)


def requests_used(connection: Connection, destination: str, day: date) -> int:
    """How many requests of `day` are sent or reserved."""
    query = select(REQUEST_BUDGET.c.used).where(_row(destination, day))
    return connection.execute(query).scalar() or 0


def reserve_requests(connection: Connection, destination: str, day: date, *, wanted: int, cap: int | None) -> int:
    """Reserve up to `wanted` requests of `day` within `cap`; returns how many were given, 0 when the day is spent.

    Rows of earlier days are dropped: nothing asks for them.
    """
    used = requests_used(connection, destination, day)
    given = wanted if cap is None else max(0, min(wanted, cap - used))
    if given:
        _set(connection, destination, day, used + given)
    return given


def give_back_requests(connection: Connection, destination: str, day: date, count: int) -> None:
    """Return what was reserved and not sent."""
    used = requests_used(connection, destination, day)
    connection.execute(update(REQUEST_BUDGET).where(_row(destination, day)).values(used=max(0, used - count)))


def _set(connection: Connection, destination: str, day: date, used: int) -> None:
    connection.execute(
        delete(REQUEST_BUDGET).where(
            REQUEST_BUDGET.c.destination == destination, REQUEST_BUDGET.c.day <= day.isoformat()
        )
    )
    connection.execute(insert(REQUEST_BUDGET).values(destination=destination, day=day.isoformat(), used=used))


def _row(destination: str, day: date) -> ColumnElement[bool]:
    return (REQUEST_BUDGET.c.destination == destination) & (REQUEST_BUDGET.c.day == day.isoformat())
