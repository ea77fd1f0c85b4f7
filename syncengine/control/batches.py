"""Outboxes and receipts: what was planned to be sent, and what the destination answered.

A receipt stands for a range of positions of one batch of one outbox: a batch that was refused without naming the
bad item is split, and its parts have receipts of their own. An item is acknowledged when its receipt is committed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Float, Integer, String, Table, Text, func, insert, select, update

from syncengine.control.schema import METADATA, JsonText, UtcDateTime

OUTBOXES = Table(
    "outboxes",
    METADATA,
    Column("run_id", String(40), primary_key=True),
    Column("destination", String(80), primary_key=True),
    Column("feed", String(64), primary_key=True),
    Column("path", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("items", Integer, nullable=False),
    Column("batches", Integer, nullable=False),
)

RECEIPTS = Table(
    "batches",
    METADATA,
    Column("run_id", String(40), primary_key=True),
    Column("destination", String(80), primary_key=True),
    Column("feed", String(64), primary_key=True),
    Column("batch_number", Integer, primary_key=True),
    Column("first_position", Integer, primary_key=True),
    Column("end_position", Integer, primary_key=True),
    Column("outcome", String(16), nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("http_status", Integer),
    Column("request_id", String(200)),
    Column("message", Text),
    Column("rejections", JsonText),
    Column("idempotency_key", String(64), nullable=False),
    Column("elapsed_seconds", Float, nullable=False),
    Column("answered_at", UtcDateTime, nullable=False),
    Column("fold", Integer),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRecord:
    """An outbox file as the control store knows it; `path` is relative to the data directory."""

    run_id: str
    destination: str
    feed: str
    path: str
    sha256: str
    items: int
    batches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReceipt:
    """The committed answer for positions first..end (exclusive) of a batch.

    `outcome`: answered (per item: accepted but for `rejections`), split (its two halves have receipts of their own),
    retry or unknown (nothing is known to be held; planned again). `rejections`: [{position, code, message}].
    """

    run_id: str
    destination: str
    feed: str
    batch_number: int
    first_position: int
    end_position: int
    outcome: str
    accepted: int
    rejected: int
    attempts: int
    http_status: int | None
    request_id: str | None
    message: str | None
    rejections: list[dict[str, Any]]
    idempotency_key: str
    elapsed_seconds: float
    answered_at: datetime
    fold: int | None = None


def save_outboxes(connection: Connection, records: list[OutboxRecord]) -> None:
    """Record the outboxes of a run, all at once: from here on the run can be resumed from them."""
    if records:
        connection.execute(insert(OUTBOXES), [asdict(record) for record in records])


def list_outboxes(connection: Connection, run_id: str) -> list[OutboxRecord]:
    """The outboxes of a run, in no particular order."""
    rows = connection.execute(select(OUTBOXES).where(OUTBOXES.c.run_id == run_id)).mappings()
    return [OutboxRecord(**row) for row in rows]


def save_receipt(connection: Connection, receipt: BatchReceipt) -> None:
    """Commit a receipt; with the surrounding transaction the items count as acknowledged."""
    connection.execute(insert(RECEIPTS).values(**asdict(receipt)))


def elapsed_by_request(connection: Connection, run_ids: Iterable[str], request_ids: Iterable[str]) -> dict[str, float]:
    """How many seconds the answers to these requests of these runs took, by request id."""
    query = select(RECEIPTS.c.request_id, RECEIPTS.c.elapsed_seconds).where(
        RECEIPTS.c.run_id.in_(sorted(run_ids)), RECEIPTS.c.request_id.in_(sorted(request_ids))
    )
    return {str(request_id): float(seconds) for request_id, seconds in connection.execute(query)}


def list_receipts(
    connection: Connection, run_id: str, *, destination: str | None = None, feed: str | None = None
) -> list[BatchReceipt]:
    """The receipts of a run, by batch and position."""
    query = select(RECEIPTS).where(RECEIPTS.c.run_id == run_id)
    if destination is not None:
        query = query.where(RECEIPTS.c.destination == destination)
    if feed is not None:
        query = query.where(RECEIPTS.c.feed == feed)
    query = query.order_by(RECEIPTS.c.feed, RECEIPTS.c.batch_number, RECEIPTS.c.first_position)
    return [BatchReceipt(**row) for row in connection.execute(query).mappings()]


def open_fold(connection: Connection, run_id: str) -> int | None:
    """Give every receipt that no fold holds yet to the next fold, and return its number; None when there is none."""
    last = connection.execute(select(func.max(RECEIPTS.c.fold)).where(RECEIPTS.c.run_id == run_id)).scalar()
    number = (last or 0) + 1
    result = connection.execute(
        update(RECEIPTS).where(RECEIPTS.c.run_id == run_id, RECEIPTS.c.fold.is_(None)).values(fold=number)
    )
    return number if result.rowcount else None


def list_folds(connection: Connection, run_id: str) -> list[int]:
    """The fold numbers given out in a run."""
    query = select(RECEIPTS.c.fold).where(RECEIPTS.c.run_id == run_id, RECEIPTS.c.fold.is_not(None)).distinct()
    return sorted(connection.execute(query).scalars())


def sum_receipts(connection: Connection, run_id: str, feed: str) -> tuple[int, int, int]:
    """How far a feed's sending is: batches with an answer, items answered for, items accepted."""
    query = select(
        func.count(RECEIPTS.c.batch_number.distinct()),
        func.coalesce(func.sum(RECEIPTS.c.accepted + RECEIPTS.c.rejected), 0),
        func.coalesce(func.sum(RECEIPTS.c.accepted), 0),
    ).where(RECEIPTS.c.run_id == run_id, RECEIPTS.c.feed == feed)
    batches, answered, accepted = connection.execute(query).one()
    return int(batches), int(answered), int(accepted)
