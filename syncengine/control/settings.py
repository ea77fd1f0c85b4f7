"""Facts the engine keeps about itself between runs: the last maintenance, the destination last served, approvals."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Connection, String, Table, delete, insert, select

from syncengine.control.schema import METADATA, JsonText, UtcDateTime, utc_now

SETTINGS = Table(
    "settings",
    METADATA,
    Column("key", String(200), primary_key=True),
    Column("value", JsonText),
    Column("changed_at", UtcDateTime, nullable=False),
)


def put_setting(connection: Connection, key: str, value: Any) -> None:
    """Keep `value` (anything JSON can hold) under `key`."""
    connection.execute(delete(SETTINGS).where(SETTINGS.c.key == key))
    connection.execute(insert(SETTINGS).values(key=key, value=value, changed_at=utc_now()))


def get_setting(connection: Connection, key: str) -> Any:
    """What is kept under `key`, or None."""
    return connection.execute(select(SETTINGS.c.value).where(SETTINGS.c.key == key)).scalar()


def drop_setting(connection: Connection, key: str) -> None:
    """Forget `key`."""
    connection.execute(delete(SETTINGS).where(SETTINGS.c.key == key))
