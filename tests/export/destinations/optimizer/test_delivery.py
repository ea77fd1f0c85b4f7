"""The sender and the destination together, against real demo services."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from syncengine.control.batches import BatchReceipt
from syncengine.export.destinations.base import Destination
from syncengine.export.outbox import Outbox, file_sha256
from syncengine.export.sender import Sending, SendTally, send_outbox
from syncengine.feeds.registry import FEEDS

from .samples import GROUP_3, price, product, product_tombstone
from .wire import demo


def outbox(place: Path, feed: str, *batches: list[dict[str, Any]]) -> Outbox:
    rows = [
        {
            "batch_number": number,
            "idempotency_key": f"key {number}",
            "operation": "delete" if one["deleted"] else "upsert",
            "payload": json.dumps(one),
        }
        for number, batch in enumerate(batches)
        for one in batch
    ]
    path = place / f"{feed}.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path, write_page_checksum=True)
    sha256, items = file_sha256(path), len(rows)
    return Outbox(feed=FEEDS[feed], destination="d", path=path, sha256=sha256, items=items, batches=len(batches))


def deliver(destination: Destination, box: Outbox, receipts: list[BatchReceipt]) -> SendTally:
    return send_outbox(
        Sending(
            outbox=box,
            destination=destination,
            run_id="r",
            sequence=1,
            receipts=list(receipts),
            commit=receipts.append,
            progress=lambda _: None,
            should_stop=lambda: False,
            sleep=lambda _: None,
        )
    )


def products(count: int) -> list[list[dict[str, Any]]]:
    items = [product(f"P{number:03}") for number in range(count)]
    return [items[first : first + 100] for first in range(0, count, 100)]


@pytest.mark.parametrize(
    "fault", ["status-500=0.3", "status-429=0.3", "lost-answer=0.3", "reset-after-read=0.3", "wrong-count=0.3"]
)
def test_all_arrives_through_faults(fault: str, tmp_path: Path) -> None:
    with demo(fault) as shop:
        tally = deliver(shop.destination, outbox(tmp_path, "products", *products(500)), [])
        assert (tally.accepted, tally.rejected) == (500, 0)
        assert len(shop.held("products")) == 500


def test_items_that_are_named_cost_one_request_more_a_batch(tmp_path: Path) -> None:
    with demo("reject-item=0.1") as shop:
        receipts: list[BatchReceipt] = []
        tally = deliver(shop.destination, outbox(tmp_path, "products", *products(300)), receipts)
        held = {one["sku"] for one in shop.held("products")}
        assert len(shop.log()) == 6
        assert (tally.accepted, tally.rejected) == (len(held), 300 - len(held))
        refused = {f"P{r.batch_number * 100 + one['position']:03}" for r in receipts for one in r.rejections}
        assert refused == {f"P{number:03}" for number in range(300)} - held
        assert {one["code"] for receipt in receipts for one in receipt.rejections} == {"fault"}


def test_a_bad_item_that_nobody_names_is_found_by_bisecting(tmp_path: Path) -> None:
    with demo("poison-item=0.02") as shop:
        receipts: list[BatchReceipt] = []
        tally = deliver(shop.destination, outbox(tmp_path, "products", *products(100)), receipts)
        held = len(shop.held("products"))
        assert 0 < tally.rejected < 10
        assert (tally.accepted, tally.accepted + tally.rejected) == (held, 100)


def test_tombstones_go_first(tmp_path: Path) -> None:
    with demo() as shop:
        deliver(shop.destination, outbox(tmp_path, "products", [product("A"), product("B")]), [])
        deliver(shop.destination, outbox(tmp_path, "products", [product_tombstone("A")], [product("C")]), [])
        assert [row["feed"] for row in shop.log()] == ["POST products", "DELETE products", "POST products"]
        assert {one["sku"] for one in shop.held("products")} == {"B", "C"}


def test_two_connections_at_once_lose_no_price(tmp_path: Path) -> None:
    batches = [[price(f"S{batch}-{number}", GROUP_3) for number in range(50)] for batch in range(10)]
    with demo("status-503=0.2") as shop:
        assert deliver(shop.destination, outbox(tmp_path, "prices", *batches), []).accepted == 500
        assert len(shop.held("products/prices")) == 500
        assert {row["ignored"] for row in shop.log() if row["outcome"] == "applied"} == {0}
