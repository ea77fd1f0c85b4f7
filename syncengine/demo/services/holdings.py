"""What the services hold, in SQLite: items by environment and data space, answers, a log of requests."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

_SCHEMA = Path(__file__).with_name("schema.sql")

_UPSERT = """
INSERT INTO items (space_id, feed, identity, deleted, run_sequence, payload) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (space_id, feed, identity) DO UPDATE
   SET deleted = excluded.deleted, run_sequence = excluded.run_sequence, payload = excluded.payload
 WHERE excluded.run_sequence >= items.run_sequence
"""

_LOG = """
INSERT INTO requests (space_id, feed, idempotency_key, body_sha256, body_bytes, items, run_sequence, outcome,
                      http_status, accepted, rejected, ignored, fault, request_id, received_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

_READ_LOG = """
SELECT id, feed, idempotency_key, body_sha256, body_bytes, items, run_sequence, outcome, http_status,
       accepted, rejected, ignored, fault, request_id, received_at
  FROM requests
 WHERE id > :after AND space_id = :space_id AND (:feed IS NULL OR feed = :feed)
 ORDER BY id LIMIT :limit
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldItem:
    """One item as it is to be stored."""

    identity: str
    deleted: bool
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """What the log says about one POST of a feed."""

    space_id: int | None
    feed: str
    outcome: str
    request_id: str
    http_status: int | None = None
    idempotency_key: str | None = None
    body_sha256: str | None = None
    body_bytes: int | None = None
    items: int | None = None
    run_sequence: int | None = None
    accepted: int | None = None
    rejected: int | None = None
    ignored: int | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """The answer that an idempotency key was given, and the feed and bytes it was given for."""

    feed: str
    body_sha256: str
    answer: bytes


class Holdings:
    """The state of one installation of the demo services; every method may be called from any thread.

    Killed at any moment, it holds all batches that were answered. A power cut may cost it the last ones.
    """

    def __init__(self, path: Path | str = ":memory:") -> None:
        self._lock = threading.RLock()
        self._con = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._con.row_factory = sqlite3.Row
        try:
            self._con.execute("PRAGMA journal_mode = WAL")
            # safe against a kill, not against a power cut, and three times as fast as NORMAL
            self._con.execute("PRAGMA synchronous = OFF")
            self._con.execute("PRAGMA wal_autocheckpoint = 4000")
            self._con.execute("PRAGMA cache_size = -32768")
            self._con.execute("PRAGMA busy_timeout = 5000")
            self._con.executescript(_SCHEMA.read_text("utf-8"))
        except sqlite3.Error:
            self._con.close()
            raise
        self._spaces: dict[tuple[str, str], int] = {}

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._con.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing for what is called inside."""
        with self._lock:
            self._con.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._con.execute("ROLLBACK")
                raise
            self._con.execute("COMMIT")

    def space_id(self, environment_id: str, data_space_id: str) -> int:
        """The number of this environment and data space; made when it is new."""
        key = (environment_id, data_space_id)
        with self._lock:
            if key not in self._spaces:
                self._con.execute("INSERT OR IGNORE INTO spaces (environment_id, data_space_id) VALUES (?, ?)", key)
                select = "SELECT id FROM spaces WHERE environment_id = ? AND data_space_id = ?"
                self._spaces[key] = self._con.execute(select, key).fetchone()["id"]
            return self._spaces[key]

    def answer_for(self, space_id: int, key: str) -> StoredAnswer | None:
        """What this idempotency key was answered, None when it is new."""
        select = "SELECT feed, body_sha256, answer FROM answers WHERE space_id = ? AND idempotency_key = ?"
        with self._lock:
            row = self._con.execute(select, (space_id, key)).fetchone()
        return None if row is None else StoredAnswer(**row)

    def remember_answer(self, space_id: int, key: str, stored: StoredAnswer) -> None:
        """Keep the answer of `key` for its repeats."""
        insert = "INSERT INTO answers VALUES (?, ?, ?, ?, ?)"
        self._con.execute(insert, (space_id, key, stored.feed, stored.body_sha256, stored.answer))

    def apply(self, space_id: int, feed: str, sequence: int, items: Sequence[HeldItem]) -> int:
        """Hold `items`; returns how many were ignored because a higher sequence is held already."""
        ignored = 0
        for item in items:
            row = (space_id, feed, item.identity, item.deleted, sequence, item.payload)
            ignored += self._con.execute(_UPSERT, row).rowcount == 0
        return ignored

    def log(self, entry: LoggedRequest) -> None:
        """Add one line to the request log."""
        e = entry
        row = (
            *(e.space_id, e.feed, e.idempotency_key, e.body_sha256, e.body_bytes, e.items, e.run_sequence),
            *(e.outcome, e.http_status, e.accepted, e.rejected, e.ignored, e.fault, e.request_id),
            datetime.now(UTC).isoformat(timespec="milliseconds"),
        )
        with self._lock:
            self._con.execute(_LOG, row)

    def requests(self, space_id: int, *, feed: str | None, after: int, limit: int) -> list[dict[str, Any]]:
        """The log of one space, oldest first."""
        values = {"space_id": space_id, "feed": feed, "after": after, "limit": limit}
        with self._lock:
            return [dict(row) for row in self._con.execute(_READ_LOG, values)]

    def count(self, space_id: int, feed: str) -> tuple[int, int]:
        """How many items of `feed` are live, and how many tombstones are kept."""
        select = "SELECT deleted, count(*) AS n FROM items WHERE space_id = ? AND feed = ? GROUP BY deleted"
        with self._lock:
            counts = {row["deleted"]: row["n"] for row in self._con.execute(select, (space_id, feed))}
        return counts.get(0, 0), counts.get(1, 0)

    def page(
        self, space_id: int, feed: str, *, after: int, limit: int, deleted: bool | None
    ) -> list[tuple[int, bytes]]:
        """Up to `limit` items behind cursor `after`, in the order in which their identity was first seen."""
        select = (
            "SELECT id, payload FROM items WHERE space_id = ? AND feed = ? AND id > ?"
            " AND (? IS NULL OR deleted = ?) ORDER BY id LIMIT ?"
        )
        with self._lock:
            rows = self._con.execute(select, (space_id, feed, after, deleted, deleted, limit)).fetchall()
        return [(row["id"], row["payload"]) for row in rows]

    def live(self, space_id: int, feed: str, *identity: str) -> dict[str, Any] | None:
        """The live item with this identity, None when there is none."""
        select = "SELECT payload FROM items WHERE space_id = ? AND feed = ? AND identity = ? AND NOT deleted"
        with self._lock:
            row = self._con.execute(select, (space_id, feed, orjson.dumps(identity).decode())).fetchone()
        return None if row is None else orjson.loads(row["payload"])

    def first_live(self, space_id: int, feed: str, leading: str) -> dict[str, Any] | None:
        """The live item with the lowest identity whose first identity value is `leading`."""
        prefix = orjson.dumps([leading]).decode()[:-1] + ","
        select = (
            "SELECT payload FROM items WHERE space_id = ? AND feed = ? AND identity >= ? AND identity < ?"
            " AND NOT deleted ORDER BY identity LIMIT 1"
        )
        with self._lock:
            row = self._con.execute(select, (space_id, feed, prefix, prefix + "\U0010ffff")).fetchone()
        return None if row is None else orjson.loads(row["payload"])
