"""The resync queue: what people asked for and the engine has not finished.

requested -> taken -> done          taken: a run is at it (`run_id`), or about to begin
    |-> cancelled   |-> requested   the engine was stopped or killed before the run was through
    |-> rejected    `reason` says why no run can be made of it
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    RowMapping,
    String,
    Table,
    Text,
    and_,
    func,
    insert,
    select,
    type_coerce,
    update,
)

from syncengine.control.schema import METADATA, JsonText, UtcDateTime, utc_now
from syncengine.errors import QueueFullError

MAX_WAITING = 20_000
MAX_OPTIONS_CHARACTERS = 8 * 2**20
OPEN = ("requested", "taken")
_AT_ONCE = 500

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
    Column("reason", Text),
    Column("finished_at", UtcDateTime),
    Index("ix_requests_status_fingerprint", "status", "fingerprint"),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResyncRequest:
    """One request; `options` is what `run_sync` is asked for. Statuses: requested, taken, done, cancelled, rejected."""

    id: int
    request_id: str
    fingerprint: str
    status: str
    options: dict[str, Any]
    requested_by: str
    requested_at: datetime
    start_now: bool
    run_id: str | None
    reason: str | None = None
    finished_at: datetime | None = None

    @property
    def shown(self) -> str:
        """The status in the words people see."""
        if self.status == "taken":
            return "In Progress" if self.run_id else "Queued"
        return {"requested": "Requested", "done": "Done"}.get(self.status, self.status.title())


def add_request(
    connection: Connection, *, fingerprint: str, options: dict[str, Any], requested_by: str, start_now: bool
) -> ResyncRequest:
    """Queue a request; one that asks for the same and still waits is returned instead of queueing twice.

    Asked to start now, the one that waits for its window starts now. Raises: QueueFullError.
    """
    waiting = _first(connection, REQUESTS.c.status == "requested", REQUESTS.c.fingerprint == fingerprint)
    if waiting is not None:
        if start_now and not waiting.start_now:
            connection.execute(update(REQUESTS).where(REQUESTS.c.id == waiting.id).values(start_now=True))
            return replace(waiting, start_now=True)
        return waiting
    if count_waiting(connection) >= MAX_WAITING:
        raise QueueFullError(f"{MAX_WAITING:,} requests wait already.")
    request_id = f"q-{secrets.token_hex(6)}"
    connection.execute(
        insert(REQUESTS).values(
            request_id=request_id,
            fingerprint=fingerprint,
            status="requested",
            options=options,
            requested_by=requested_by[:200],
            requested_at=utc_now(),
            start_now=start_now,
        )
    )
    added = _first(connection, REQUESTS.c.request_id == request_id)
    assert added is not None
    return added


def count_waiting(connection: Connection) -> int:
    """How many requests no run has taken."""
    return connection.execute(
        select(func.count()).select_from(REQUESTS).where(REQUESTS.c.status == "requested")
    ).scalar_one()


def get_request(connection: Connection, request_id: str) -> ResyncRequest | None:
    """The request of that id, or None."""
    return _first(connection, REQUESTS.c.request_id == request_id)


def waiting_requests(connection: Connection, *, only_now: bool = False) -> list[ResyncRequest]:
    """The requests no run has taken, or those of them that start now, oldest first; one that cannot be read is in
    nobody's way."""
    short = func.length(type_coerce(REQUESTS.c.options, Text)) <= MAX_OPTIONS_CHARACTERS
    wanted = [REQUESTS.c.status == "requested", short, *([REQUESTS.c.start_now.is_(True)] if only_now else [])]
    return [item for _, item in _read(connection, *wanted) if item is not None]


def newest_waiting(connection: Connection) -> int:
    """The number of the newest request that waits, 0 when none does."""
    return connection.execute(select(func.max(REQUESTS.c.id)).where(REQUESTS.c.status == "requested")).scalar() or 0


def newest_requests(connection: Connection, *, limit: int = 50) -> list[ResyncRequest]:
    """The newest requests first, but for those that cannot be read."""
    newest = select(REQUESTS.c.id).order_by(REQUESTS.c.id.desc()).limit(limit).scalar_subquery()
    short = func.length(type_coerce(REQUESTS.c.options, Text)) <= MAX_OPTIONS_CHARACTERS
    return [item for _, item in _read(connection, REQUESTS.c.id.in_(newest), short) if item is not None][::-1]


def reject_unreadable(connection: Connection, *, after: int = 0) -> list[str]:
    """Reject the waiting requests, of those newer than number `after`, that are too long or cannot be read; returns
    their ids, for the log."""
    waiting = and_(REQUESTS.c.status == "requested", REQUESTS.c.id > after)
    length = func.length(type_coerce(REQUESTS.c.options, Text))
    long = select(REQUESTS.c.request_id).where(waiting, length > MAX_OPTIONS_CHARACTERS)
    wrong = dict.fromkeys(connection.execute(long).scalars(), "it is too long")
    for request_id, item in _read(connection, waiting, length <= MAX_OPTIONS_CHARACTERS):
        if item is None:
            wrong[request_id] = "it cannot be read"
    for request_id, why in wrong.items():
        reject_requests(connection, [request_id], f"The request was not understood: {why}.")
    return list(wrong)


def reject_requests(connection: Connection, request_ids: Sequence[str], reason: str) -> None:
    """Say that no run can be made of requests that are not finished, and why."""
    _move(connection, request_ids, OPEN, status="rejected", reason=reason, finished_at=utc_now())


def set_start_now(connection: Connection, request_id: str) -> bool:
    """Let a waiting request start at once; False when none of that id waits."""
    return bool(_move(connection, [request_id], ("requested",), start_now=True))


def set_request(connection: Connection, request_id: str, status: str, *, run_id: str | None = None) -> bool:
    """Move a request that is not finished to `status`; False when it is finished, taken twice or unknown."""
    return bool(set_requests(connection, [request_id], status, run_id=run_id))


def set_requests(
    connection: Connection, request_ids: Sequence[str], status: str, *, run_id: str | None = None
) -> tuple[str, ...]:
    """Move those of the requests that may become `status`; returns which."""
    before = ("requested",) if status in ("taken", "cancelled") else OPEN
    values: dict[str, Any] = {"status": status} | ({"run_id": run_id} if run_id else {})
    if status not in OPEN:
        values["finished_at"] = utc_now()
    return _move(connection, request_ids, before, **values)


def note_run(connection: Connection, request_ids: Sequence[str], run_id: str) -> None:
    """A run has begun that serves these requests."""
    _move(connection, request_ids, ("taken",), run_id=run_id)


def taken_requests(connection: Connection) -> list[ResyncRequest]:
    """What an engine had taken and not finished, oldest first."""
    return [item for _, item in _read(connection, REQUESTS.c.status == "taken") if item is not None]


def requests_of_run(connection: Connection, run_id: str, *, limit: int = 50) -> list[ResyncRequest]:
    """The requests that a run serves or has served, oldest first, at most `limit`."""
    first = select(REQUESTS.c.id).where(REQUESTS.c.run_id == run_id).order_by(REQUESTS.c.id).limit(limit)
    return [item for _, item in _read(connection, REQUESTS.c.id.in_(first.scalar_subquery())) if item is not None]


def requeue(connection: Connection, request_ids: Sequence[str]) -> None:
    """Let taken requests wait again; call it under the engine lock only."""
    _move(connection, request_ids, ("taken",), status="requested", run_id=None)


def _move(
    connection: Connection, request_ids: Sequence[str], before: tuple[str, ...], **values: Any
) -> tuple[str, ...]:
    moved: list[str] = []
    for start in range(0, len(request_ids), _AT_ONCE):
        named = REQUESTS.c.request_id.in_(request_ids[start : start + _AT_ONCE])
        query = select(REQUESTS.c.request_id).where(named, REQUESTS.c.status.in_(before)).with_for_update()
        found = list(connection.execute(query).scalars())
        connection.execute(update(REQUESTS).where(REQUESTS.c.request_id.in_(found)).values(**values))
        moved += found
    there = set(moved)
    return tuple(request_id for request_id in request_ids if request_id in there)


def _first(connection: Connection, *conditions: Any) -> ResyncRequest | None:
    return next((item for _, item in _read(connection, *conditions) if item is not None), None)


def _read(connection: Connection, *conditions: Any) -> Iterator[tuple[str, ResyncRequest | None]]:
    """The requests' ids and what they say, None where that makes no sense: whoever wrote the row is not trusted."""
    plain = {"options", "requested_at", "finished_at"}
    columns = [type_coerce(c, Text).label(c.name) if c.name in plain else c for c in REQUESTS.c]
    query = select(*columns).where(*conditions).order_by(REQUESTS.c.id)
    for row in connection.execute(query).mappings().all():
        yield row["request_id"], _request(row)


def _request(row: RowMapping) -> ResyncRequest | None:
    try:
        options = orjson.loads(row["options"])
        times = {"requested_at": _moment(row["requested_at"]), "finished_at": _moment(row["finished_at"])}
    except (orjson.JSONDecodeError, ValueError, TypeError):
        return None
    if not isinstance(options, dict) or times["requested_at"] is None:
        return None
    return ResyncRequest(**{**row, **times, "options": options})


def _moment(value: Any) -> datetime | None:
    """A time as the database gives it (text on SQLite), aware."""
    if value is None:
        return None
    return (value if isinstance(value, datetime) else datetime.fromisoformat(value)).replace(tzinfo=UTC)
