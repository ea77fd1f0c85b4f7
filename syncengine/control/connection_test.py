"""A test of the connections: asked for by people, made by the engine, which alone talks to store and services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from syncengine.control.schema import utc_now
from syncengine.control.settings import get_setting, put_setting

_ASKED, _ANSWER = "connection-test:asked", "connection-test:answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionFinding:
    """What one check found. `seconds`: how long it took."""

    check: str
    verdict: str
    sentence: str
    hint: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionTest:
    """The last test that was asked for. `finished_at` None: it has not been made yet."""

    asked_at: datetime
    asked_by: str
    finished_at: datetime | None
    findings: tuple[ConnectionFinding, ...]


def ask_connection_test(connection: Connection, *, by: str) -> bool:
    """Ask for a test; False when one is asked for already and not made yet."""
    known = last_connection_test(connection)
    if known is not None and known.finished_at is None:
        return False
    put_setting(connection, _ASKED, {"at": utc_now().isoformat(), "by": by})
    return True


def last_connection_test(connection: Connection) -> ConnectionTest | None:
    """The test that was asked for last, with its answer if there is one; None before the first."""
    asked: dict[str, Any] | None = get_setting(connection, _ASKED)
    if asked is None:
        return None
    answer = get_setting(connection, _ANSWER)
    answered = answer if answer is not None and answer["asked_at"] == asked["at"] else None
    return ConnectionTest(
        asked_at=datetime.fromisoformat(asked["at"]),
        asked_by=asked["by"],
        finished_at=None if answered is None else datetime.fromisoformat(answered["finished_at"]),
        findings=() if answered is None else tuple(ConnectionFinding(**item) for item in answered["findings"]),
    )


def keep_answer(connection: Connection, asked_at: datetime, findings: list[dict[str, Any]]) -> None:
    """Keep what the test that was asked for at that time has found."""
    answer = {"asked_at": asked_at.isoformat(), "finished_at": utc_now().isoformat(), "findings": findings}
    put_setting(connection, _ANSWER, answer)
