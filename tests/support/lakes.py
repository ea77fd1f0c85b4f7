"""A lake in a temporary directory, and the short way from a catalog to answers folded into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from support.items import PRODUCTS, WEBSITES, Row, write_compiled, write_set_aside
from support.templates import copied, template
from syncengine.changes.plan import ExportPlan, Selection, plan_export
from syncengine.control.batches import BatchReceipt, OutboxRecord
from syncengine.export.destinations.base import Limits
from syncengine.export.outbox import Outbox, write_outbox
from syncengine.export.receipts import fold_inputs
from syncengine.feeds.feed import Feed
from syncengine.lake.paths import DataDirectory
from syncengine.lake.set_aside import set_aside_differs
from syncengine.lake.tables import SCHEMAS, columns_of, create_statement, table_name
from syncengine.lake.writer import FoldInput, LakeWriter, MergeCounts

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
LIMITS = Limits(max_items=100, max_bytes=2**20)
Answer = str  # accepted, rejected, retry or unknown


@dataclass(slots=True, kw_only=True)
class Stand:
    """A lake with the feeds' tables, and numbers for the runs that write to it."""

    directory: DataDirectory
    writer: LakeWriter
    feeds: tuple[Feed, ...]
    numbers: Any = field(default_factory=lambda: count(1))

    def merge(
        self, feed: Feed, rows: Sequence[Row], *, set_aside: Sequence[tuple[Feed, str | None]] = (), run_id: str = "r-1"
    ) -> MergeCounts:
        """Make `rows` the compiled state of `feed`, as a run would; without a difference nothing is committed."""
        place = self.directory.staging("test")
        compiled = write_compiled(place / f"{feed.name}.parquet", feed, rows)
        aside = write_set_aside(place / "set_aside.parquet", set_aside)
        counts = self.writer.stage_merge(feed, compiled, aside)
        differs = set_aside_differs(self.writer, aside, self.feeds)
        if counts.touched or differs:
            self.writer.write_merge(
                [(feed, compiled)] if counts.touched else [], aside if differs else None, run_id=run_id
            )
        return counts

    def plan(
        self,
        feed: Feed = PRODUCTS,
        destination: str = "d",
        *,
        now: datetime = NOW,
        selection: Selection | None = None,
    ) -> ExportPlan:
        """What `destination` is to be sent."""
        return plan_export(self.writer.connection, feed, destination, now=now, selection=selection or Selection())

    def outbox(self, plan: ExportPlan, *, run_id: str = "r-1", limits: Limits = LIMITS, at: datetime = NOW) -> Outbox:
        """The outbox of a plan, written."""
        return write_outbox(
            self.writer.connection,
            plan,
            path=self.directory.outbox(run_id) / plan.destination / f"{plan.feed.name}.parquet",
            run_id=run_id,
            limits=limits,
            at=at,
        )

    def deliver(
        self,
        answers: Mapping[str, Answer] | Answer = "accepted",
        *,
        feed: Feed = PRODUCTS,
        destination: str = "d",
        at: datetime = NOW,
        selection: Selection | None = None,
    ) -> str:
        """Plan, write the outbox, and fold one answer per SKU (or one for all); returns the run's id."""
        number = next(self.numbers)
        run_id = f"run-{number}"
        plan = self.plan(feed, destination, now=at, selection=selection)
        if plan.sent:
            inputs = self.answered(self.outbox(plan, run_id=run_id, at=at), answers, run_id=run_id, at=at)
            self.writer.fold(inputs, run_id=run_id, sequence=number, fold=1, at=at)
        return run_id

    def answered(
        self, outbox: Outbox, answers: Mapping[str, Answer] | Answer, *, run_id: str, at: datetime = NOW
    ) -> list[FoldInput]:
        """The fold of an outbox in which each item (by its first identity column) got its own answer."""
        key = outbox.feed.identity_columns[0]
        rows = pl.read_parquet(outbox.path, columns=["batch_number", "position", key]).rows()
        receipts = [
            receipt(outbox, run_id, number, position, answers if isinstance(answers, str) else answers[name], at)
            for number, position, name in rows
        ]
        record = OutboxRecord(
            run_id=run_id, destination=outbox.destination, feed=outbox.feed.name, sha256=outbox.sha256,
            path=str(outbox.path.relative_to(self.directory.root)), items=outbox.items, batches=outbox.batches,
        )  # fmt: skip
        return fold_inputs(receipts, [record], self.directory.root)

    def rows(self, schema: str, feed: Feed = PRODUCTS, order: str = "feed_id") -> list[dict[str, Any]]:
        """The rows of one lake table, as dictionaries."""
        return self.writer.query(f"SELECT * FROM {table_name(schema, feed)} ORDER BY {order}").to_dicts()

    def by_sku(self, schema: str) -> dict[str, dict[str, Any]]:
        """The rows of one table of products by SKU; each SKU stands once."""
        rows = self.rows(schema)
        found = {row["sku"]: row for row in rows}
        assert len(found) == len(rows)
        return found


def receipt(outbox: Outbox, run_id: str, number: int, position: int, answer: Answer, at: datetime) -> BatchReceipt:
    """The receipt of one position."""
    rejected = answer == "rejected"
    return BatchReceipt(
        run_id=run_id, destination=outbox.destination, feed=outbox.feed.name, batch_number=number,
        first_position=position, end_position=position + 1,
        outcome="answered" if answer in ("accepted", "rejected") else answer,
        accepted=int(answer == "accepted"), rejected=int(rejected), attempts=1 if rejected else 6,
        http_status=200 if answer in ("accepted", "rejected") else 503, request_id=f"req-{run_id}-{number}",
        message=None if answer == "accepted" else f"{answer} it is",
        rejections=[{"position": position, "code": "invalid", "message": "bad value"}] if rejected else [],
        idempotency_key="k" * 64, elapsed_seconds=0.1, answered_at=at,
    )  # fmt: skip


def open_stand(root: Path, *feeds: Feed) -> Stand:
    """A lake below `root` with the tables of `feeds` (products unless named)."""
    directory = DataDirectory(root)
    writer = LakeWriter(directory, memory_limit_mb=256, threads=2)
    wanted = feeds or (PRODUCTS,)
    writer.ensure_tables(wanted)
    return Stand(directory=directory, writer=writer, feeds=wanted)


def open_copy(factory: pytest.TempPathFactory, root: Path) -> Stand:
    """A stand at `root` with the tables of products and scopesWebsite: a copy of one made once in a test session."""

    def make(place: Path) -> None:
        open_stand(place / "data", PRODUCTS, WEBSITES).writer.close()

    return open_stand(copied(template(factory, "empty-lake", make) / "data", root), PRODUCTS, WEBSITES)


def memory_lake(*feeds: Feed) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory with the lake's tables: for what only asks or plans, and many times over."""
    connection = duckdb.connect(config={"threads": 2})
    connection.execute("ATTACH ':memory:' AS lake")
    for schema in SCHEMAS:
        connection.execute(f"CREATE SCHEMA lake.{schema}")
        for feed in feeds or (PRODUCTS,):
            connection.execute(create_statement(table_name(schema, feed), columns_of(schema, feed)))
    return connection


def put(connection: duckdb.DuckDBPyConnection, schema: str, feed: Feed, rows: Sequence[Row], **more: object) -> None:
    """Add `rows` to a table of a lake in memory; `more` are values that all of them share."""
    columns = columns_of(schema, feed)
    marks = ", ".join(f"?::{kind}" for _, kind in columns)
    values = [[{**row, **more}.get(name) for name, _ in columns] for row in rows]
    if values:
        connection.executemany(f"INSERT INTO {table_name(schema, feed)} VALUES ({marks})", values)


def put_exported(
    connection: duckdb.DuckDBPyConnection, rows: Sequence[Row], *, feed: Feed = PRODUCTS, destination: str = "d",
    is_deleted: bool = False,
) -> None:  # fmt: skip
    """Make `rows` acknowledged by `destination`."""
    put(
        connection,
        "exported",
        feed,
        rows,
        destination=destination,
        is_deleted=is_deleted,
        exported_at=NOW.replace(tzinfo=None),
        run_id="r-0",
    )


def put_delivery(
    connection: duckdb.DuckDBPyConnection, rows: Sequence[Row], state: str, *, feed: Feed = PRODUCTS,
    destination: str = "d", due: datetime | None = None,
) -> None:  # fmt: skip
    """Give `rows` a delivery state at `destination`."""
    next_attempt = None if due is None else due.replace(tzinfo=None)
    put(connection, "delivery", feed, rows, destination=destination, state=state, next_attempt_at=next_attempt)
