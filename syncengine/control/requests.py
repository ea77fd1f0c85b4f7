"""The resync queue: what people asked for and the engine has not finished."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Boolean, Column, Connection, Integer, String, Table, Text, insert, select, type_coerce, update

from syncengine.control.schema import METADATA, JsonText, UtcDateTime, utc_now

REQUESTS = Table(
    "requests",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("request_id", String(40), nullable=False, unique=True),
    Column("fingerprint", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("options", JsonText, nullable=False),
    Column("requested_by", String(200), nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("start_now", Boolean, nullable=False),
    Column("run_id", String(40)),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResyncRequest:
    """One request; `options` is what `run_sync` is asked for. Statuses: requested, taken, done, cancelled."""

    id: int
    request_id: str
    fingerprint: str
    status: str
    options: dict[str, Any]
    requested_by: str
    requested_at: datetime
    start_now: bool
    run_id: str | None


def add_request(
    connection: Connection, *, fingerprint: str, options: dict[str, Any], requested_by: str, start_now: bool
) -> ResyncRequest:
    """Queue a request; one that asks for the same and still waits is returned instead of queueing twice.

    Asked to start now, the one that waits for its window starts now.
    """
    waiting = _first(connection, REQUESTS.c.status == "requested", REQUESTS.c.fingerprint == fingerprint)
    if waiting is not None:
        if start_now and not waiting.start_now:
            connection.execute(update(REQUESTS).where(REQUESTS.c.id == waiting.id).values(start_now=True))
            return replace(waiting, start_now=True)
        return waiting
    request_id = f"q-{secrets.token_hex(6)}"
    connection.execute(
        insert(REQUESTS).values(
            request_id=request_id,
            fingerprint=fingerprint,
            status="requested",
            options=options,
            requested_by=requested_by,
            requested_at=utc_now(),
            start_now=start_now,
        )
    )
    added = _first(connection, REQUESTS.c.request_id == request_id)
    assert added is not None
    return added


def get_request(connection: Connection, request_id: str) -> ResyncRequest | None:
    """The request of that id, or None."""
    return _first(connection, REQUESTS.c.request_id == request_id)


def waiting_requests(connection: Connection) -> list[ResyncRequest]:
    """The requests no run has taken, oldest first; one whose options cannot be read is in nobody's way."""
    others = [column for column in REQUESTS.c if column is not REQUESTS.c.options]
    query = select(*others, type_coerce(REQUESTS.c.options, Text).label("options"))
    found = []
    for row in connection.execute(query.where(REQUESTS.c.status == "requested").order_by(REQUESTS.c.id)).mappings():
        options = _readable(row["options"])
        if options is not None:
            found.append(ResyncRequest(**{**row, "options": options}))
    return found


def _readable(options: str) -> dict[str, Any] | None:
    try:
        value = orjson.loads(options)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def set_request(connection: Connection, request_id: str, status: str, *, run_id: str | None = None) -> bool:
    """Move a request that is not finished to `status`; False when it is finished, taken twice or unknown."""
    before = ("requested",) if status == "taken" else ("requested", "taken")
    values: dict[str, Any] = {"status": status} | ({"run_id": run_id} if run_id else {})
    result = connection.execute(
        update(REQUESTS).where(REQUESTS.c.request_id == request_id, REQUESTS.c.status.in_(before)).values(**values)
    )
    return result.rowcount == 1


def _first(connection: Connection, *conditions: Any) -> ResyncRequest | None:
    row = connection.execute(select(REQUESTS).where(*conditions).order_by(REQUESTS.c.id)).mappings().first()
    return None if row is None else ResyncRequest(**row)


def requeue_taken(connection: Connection) -> int:
    """Queue again what a killed engine had taken; call it under the engine lock only. Returns how many."""
    result = connection.execute(update(REQUESTS).where(REQUESTS.c.status == "taken").values(status="requested"))
    return result.rowcount


def newest_requests(connection: Connection, *, limit: int = 50) -> list[ResyncRequest]:
    """The newest requests first, whatever became of them; one whose options cannot be read is left out."""
    others = [column for column in REQUESTS.c if column is not REQUESTS.c.options]
    query = select(*others, type_coerce(REQUESTS.c.options, Text).label("options"))
    found = []
    for row in connection.execute(query.order_by(REQUESTS.c.id.desc()).limit(limit)).mappings():
        options = _readable(row["options"])
        if options is not None:
            found.append(ResyncRequest(**{**row, "options": options}))
    return found
