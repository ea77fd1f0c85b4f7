"""A real lake and control store in a directory, filled by hand: what a catalog says, what a destination answers."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pyarrow as pa

from syncengine.changes.plan import Selection, plan_export
from syncengine.control.batches import BatchReceipt, OutboxRecord, open_fold, save_outboxes, save_receipt
from syncengine.control.feed_runs import FeedRun, save_feed_run
from syncengine.control.runs import Run, RunStatus, Step, begin_run, finish_run, get_run, set_step
from syncengine.control.store import ControlStore, open_control_store
from syncengine.export.destinations.base import Limits
from syncengine.export.outbox import write_outbox
from syncengine.export.receipts import fold_inputs
from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import FEEDS, get_feed
from syncengine.lake.paths import DataDirectory
from syncengine.lake.publish import publish
from syncengine.lake.tables import SET_ASIDE
from syncengine.lake.writer import LakeWriter
from syncengine.settings import DestinationSettings, Settings

MODIFIED = datetime(2026, 5, 4, 9, 0, 0)
FIRST_SYNC = datetime(2026, 5, 4, 11, 17, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Item:
    """A compiled feed item: its payload and the columns beside it."""

    values: Mapping[str, Any]
    listing: Mapping[str, Any] = field(default_factory=dict)
    modified_at: datetime = MODIFIED


def product(sku: str, *, view: str = "default", modified_at: datetime = MODIFIED, **values: Any) -> Item:
    """A product item; `values` are payload fields and `price`, which stands in the listing only."""
    number = values.pop("productId", int(hashlib.md5(sku.encode()).hexdigest()[:6], 16))
    price = values.pop("price", "10.00")
    payload = {
        "sku": sku,
        "storeViewCode": view,
        "storeCode": "main",
        "websiteCode": "base",
        "name": f"Name of {sku}",
        "productId": number,
        "type": "simple",
        "status": "Enabled",
        "visibility": "Catalog, Search",
        "displayable": True,
        "buyable": True,
        **values,
    }
    listing = {
        "product_id": number,
        "name": payload["name"],
        "type": payload["type"],
        "status": payload["status"],
        "visibility": payload["visibility"],
        "price": price,
        "currency": "USD",
        "website_code": "base",
    }
    return Item(payload, listing, modified_at)


def price(sku: str, regular: float, *, group: str = "0", website: str = "base") -> Item:
    """A prices item."""
    values = {
        "websiteId": 1, "productId": 1, "sku": sku, "type": "SIMPLE", "customerGroupCode": group,
        "websiteCode": website, "regular": regular,
    }  # fmt: skip
    return Item(values)


def variant(parent: str, child: str) -> Item:
    """A variants item."""
    values = {
        "id": f"{parent}/{child}", "optionValues": None, "parentId": "1", "productId": "2", "parentSku": parent,
        "productSku": child,
    }  # fmt: skip
    return Item(values)


def payload_text(feed: Feed, item: Item) -> tuple[str, str]:
    """The hashed content and the whole payload of an item, in canonical form."""
    everything = {name.name: item.values.get(name.name) for name in feed.fields}
    everything["deleted"] = False
    if feed.modified_field:
        everything[feed.modified_field] = f"{item.modified_at:%Y-%m-%d %H:%M:%S}"
    content = {name.name: everything[name.name] for name in feed.fields if name.hashed}
    rest = {name.name: everything[name.name] for name in feed.fields if not name.hashed}
    return orjson.dumps(content).decode(), orjson.dumps(content | rest).decode()


def compiled_row(feed: Feed, item: Item) -> dict[str, Any]:
    """The row that compiling would give."""
    content, payload = payload_text(feed, item)
    identity = [str(item.values[name]) for name in feed.identity]
    return {
        "feed_id": str(uuid.UUID(hashlib.md5(orjson.dumps(identity)).hexdigest())),
        "feed_hash": str(uuid.UUID(hashlib.md5(content.encode()).hexdigest())),
        **dict(zip(feed.identity_columns, identity, strict=True)),
        "source_entity_id": str(item.values.get("productId", "")),
        "modified_at": item.modified_at,
        **{name: item.listing.get(name) for name, _ in feed.listing},
        "payload": payload,
    }


def _write_parquet(path: Path, columns: Sequence[tuple[str, str]], rows: Sequence[Mapping[str, Any]]) -> Path:
    names = [name for name, _ in columns]
    table = pa.table({name: pa.array([row.get(name) for row in rows]) for name in names})
    with duckdb.connect() as connection:
        connection.register("given", table)
        selected = ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in columns)
        connection.execute(f"COPY (SELECT {selected} FROM given) TO '{path}' (FORMAT parquet)")
    return path


@dataclass(frozen=True)
class Answer:
    """How the destination answers an item: rejected, retry or unknown."""

    outcome: str
    code: str | None = None
    message: str | None = None
    http_status: int = 200


class LakeOf:
    """One installation with a folder destination, driven by hand; `synced` makes a run of what the catalog says."""

    def __init__(self, root: Path) -> None:
        self.settings = Settings(
            data_dir=root / "data",
            destination=DestinationSettings(kind="folder", path=root / "out"),
        )
        (self.destination,) = [item.destination_id for item in self.settings.all_destinations().values()]
        self.directory = DataDirectory(self.settings.data_dir)
        self.writer = LakeWriter(self.directory, memory_limit_mb=256, threads=1)
        self.control: ControlStore = open_control_store(self.settings.data_dir)
        self.now = FIRST_SYNC
        self._files = 0

    def close(self) -> None:
        self.writer.close()
        self.control.close()

    def _file(self) -> Path:
        self._files += 1
        return self.directory.root / f"hand-{self._files}.parquet"

    def says(self, *, set_aside: Sequence[Mapping[str, str]] = (), run_id: str, **feeds: Sequence[Item]) -> None:
        """Make the catalog say exactly these items of these feeds."""
        aside = _write_parquet(self._file(), SET_ASIDE, set_aside)
        merges = []
        for name, items in feeds.items():
            feed = get_feed(name)
            rows = [compiled_row(feed, item) for item in items]
            compiled = _write_parquet(self._file(), feed.columns, rows)
            if self.writer.stage_merge(feed, compiled, aside).touched:
                merges.append((feed, compiled))
        self.writer.write_merge(merges, aside, run_id=run_id)

    def begin(self, *, dry_run: bool = False, trigger: str = "cli") -> Run:
        """Start a run."""
        with self.control.write() as connection:
            return begin_run(
                connection, trigger=trigger, mode="changes", dry_run=dry_run, requested_by="a test",
                feeds=tuple(FEEDS),
            )  # fmt: skip

    def synced(
        self,
        *,
        answers: Mapping[str, Answer] | None = None,
        set_aside: Sequence[Mapping[str, str]] = (),
        status: RunStatus = RunStatus.SUCCESS,
        **feeds: Sequence[Item],
    ) -> Run:
        """One whole run: the catalog says `feeds`, all changes are sent, `answers` are by SKU; then it is published."""
        run = self.begin()
        self.writer.ensure_tables(FEEDS.values())
        self.says(set_aside=set_aside, run_id=run.run_id, **feeds)
        counts: dict[str, int] = {}
        for record in set_aside:
            counts[record["feed"]] = counts.get(record["feed"], 0) + 1
        with self.control.write() as connection:
            set_step(
                connection, run.run_id, Step.DIFF, catalog_snapshot=self.writer.snapshot_id(),
                details={"set_aside": counts, "not_offered": ["categoryPermissions", "productOverrides"]},
            )  # fmt: skip
        for name in feeds:
            self._send(run, get_feed(name), answers or {}, counts.get(name, 0))
        self.now += timedelta(hours=1)
        updated = self.writer.query(
            """SELECT count(DISTINCT sku) AS n FROM lake.history.products
               WHERE run_id = $run AND outcome = 'accepted'""",
            {"run": run.run_id},
        )["n"][0]
        with self.control.write() as connection:
            set_step(connection, run.run_id, Step.PUBLISH, exported_snapshot=self.writer.snapshot_id())
        self.publish()
        with self.control.write() as connection:
            finish_run(connection, run.run_id, status, products_updated=int(updated))
        with self.control.read() as connection:
            return get_run(connection, run.run_id)

    def publish(self) -> None:
        """Freeze what there is for readers."""
        publish(self.writer, [self.destination])

    def _send(self, run: Run, feed: Feed, answers: Mapping[str, Answer], set_aside: int) -> None:
        plan = plan_export(self.writer.connection, feed, self.destination, now=self.now, selection=Selection())
        path = self.directory.outbox(run.run_id) / self.destination / f"{feed.name}.parquet"
        box = write_outbox(
            self.writer.connection, plan, path=path, run_id=run.run_id,
            limits=Limits(max_items=1, max_bytes=10**6), at=self.now,
        )  # fmt: skip
        record = OutboxRecord(
            run_id=run.run_id, destination=self.destination, feed=feed.name, sha256=box.sha256, items=box.items,
            path=str(path.relative_to(self.directory.root)), batches=box.batches,
        )  # fmt: skip
        receipts = self._receipts(run, feed, path, answers) if box.items else []
        with self.control.write() as connection:
            save_outboxes(connection, [record])
            for receipt in receipts:
                save_receipt(connection, receipt)
            fold = open_fold(connection, run.run_id)
        if fold is not None:
            inputs = fold_inputs(receipts, [record], self.directory.root)
            self.writer.fold(inputs, run_id=run.run_id, sequence=run.sequence, fold=fold, at=self.now)
        accepted, rejected = sum(r.accepted for r in receipts), sum(r.rejected for r in receipts)
        with self.control.write() as connection:
            save_feed_run(
                connection,
                FeedRun(
                    run_id=run.run_id, feed=feed.name, destination=self.destination, status="success",
                    catalog=plan.catalog, unchanged=plan.unchanged, added=plan.added, changed=plan.changed,
                    skipped=plan.skipped, removed=plan.removed, resent=plan.resent, sent=plan.sent, accepted=accepted,
                    rejected=rejected, waiting=plan.sent - accepted - rejected, requests=len(receipts),
                    set_aside=set_aside,
                ),
            )  # fmt: skip

    def _receipts(self, run: Run, feed: Feed, path: Path, answers: Mapping[str, Answer]) -> list[BatchReceipt]:
        key = next(name for name in (*feed.identity_columns,) if "sku" in name or name == feed.identity_columns[0])
        rows = duckdb.sql(
            f"""SELECT batch_number, idempotency_key, "{key}" FROM read_parquet('{path}') ORDER BY batch_number"""
        ).fetchall()
        found = []
        for number, idempotency_key, sku in rows:
            answer = answers.get(sku)
            rejected = answer is not None and answer.outcome == "rejected"
            answered = answer is None or rejected
            found.append(
                BatchReceipt(
                    run_id=run.run_id, destination=self.destination, feed=feed.name, batch_number=number,
                    first_position=0, end_position=1,
                    outcome="answered" if answer is None or rejected else answer.outcome,
                    accepted=1 if answer is None else 0, rejected=1 if rejected else 0, attempts=1,
                    http_status=200 if answer is None else answer.http_status,
                    request_id=f"req-{feed.name}-{number}",
                    message=None if answered or answer is None else answer.message,
                    rejections=[{"position": 0, "code": answer.code, "message": answer.message}]
                    if answer is not None and rejected
                    else [],
                    idempotency_key=idempotency_key, elapsed_seconds=0.1, answered_at=self.now,
                )
            )  # fmt: skip
        return found
