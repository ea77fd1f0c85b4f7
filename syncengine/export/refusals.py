"""What a destination did not take, as it stands now: dead letters, rejected items and what is to be tried again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from syncengine.feeds.feed import Feed
from syncengine.lake.tables import table_name

_SQL = Path(__file__).parent / "sql"
GIVEN_UP = ("dead_letter", "rejected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Items of one feed in the same state for the same cause; `message` is one example, `samples` are identities."""

    feed: str
    destination: str
    state: str
    http_status: int | None
    error_code: str | None
    message: str | None
    items: int
    runs: int
    next_attempt_at: datetime | None
    samples: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The group as a JSON object."""
        return {
            "feed": self.feed,
            "destination": self.destination,
            "state": self.state,
            "http_status": self.http_status,
            "code": self.error_code,
            "message": self.message,
            "items": self.items,
            "runs": self.runs,
            "next_attempt_at": None if self.next_attempt_at is None else self.next_attempt_at.isoformat(),
            "samples": list(self.samples),
        }


def list_refusals(
    connection: duckdb.DuckDBPyConnection,
    feeds: Iterable[Feed],
    destination: str,
    *,
    states: Collection[str] = GIVEN_UP,
    samples: int = 5,
) -> list[Refusal]:
    """The groups of `destination` in these states, the largest first. Source: export/sql/refusals.sql"""
    found = [item for feed in feeds for item in _of_feed(connection, feed, destination, samples)]
    return sorted((item for item in found if item.state in states), key=lambda item: -item.items)


def _of_feed(connection: duckdb.DuckDBPyConnection, feed: Feed, destination: str, samples: int) -> Iterator[Refusal]:
    statement = (_SQL / "refusals.sql").read_text("utf-8")
    statement = statement.format(
        delivery=table_name("delivery", feed), identity=", ".join(f'"{name}"' for name in feed.identity_columns)
    )
    rows = connection.execute(statement, {"destination": destination, "samples": samples}).fetchall()
    for state, http_status, error_code, message, items, runs, next_attempt_at, some in rows:
        yield Refusal(
            feed=feed.name,
            destination=destination,
            state=state,
            http_status=http_status,
            error_code=error_code,
            message=message,
            items=items,
            runs=runs,
            next_attempt_at=None if next_attempt_at is None else next_attempt_at.replace(tzinfo=UTC),
            samples=tuple(some),
        )
