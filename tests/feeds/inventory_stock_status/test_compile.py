"""inventoryStockStatus: stocks by website, what they hold, and what REST does not say."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from plain_reference.records import Records, read_changed_recording, read_pristine_recording
from plain_reference.reference_items import later_edits, reference_items
from plain_reference.small import product, small_catalog
from plain_reference.staging import compiled

NOW = datetime(2026, 3, 1, 12)


def source(sku: str, quantity: float, *, code: str = "default", status: int = 1) -> dict[str, Any]:
    """A source item."""
    return {"sku": sku, "source_code": code, "quantity": quantity, "status": status}


def index(sku: str, qty: float, *, salable: bool = True) -> dict[str, Any]:
    """A line of a website's stock index."""
    return {"sku": sku, "qty": qty, "is_salable": salable}


def items(records: Records, tmp_path: Path) -> dict[tuple[str, str], Any]:
    """The compiled items by stock and SKU."""
    _, rows, set_aside = compiled(records, "inventoryStockStatus", out=tmp_path, now=NOW)
    assert set_aside == []
    return {(row["stock_id"], row["sku"]): row["item"] for row in rows}


def test_first_website_is_served_by_the_default_stock(tmp_path: Path) -> None:
    records = small_catalog(
        [product(1, "A"), product(2, "B")],
        source_items=[source("a", 5), source("B", 0, status=0)],
        stock_index={"base": [index("A", 5), index("B", 0, salable=False)], "france": [index("A", 2.5)]},
    )
    found = items(records, tmp_path)
    assert set(found) == {("1", "A"), ("1", "B")}
    assert (found["1", "A"]["qty"], found["1", "A"]["qtyForSale"], found["1", "A"]["isSalable"]) == (
        5,
        5,
        True,
    )
    assert found["1", "B"]["isSalable"] is False


def test_stocks_are_told_apart_where_the_source_lists_them(tmp_path: Path) -> None:
    stocks = [
        {"stock_id": number, "extension_attributes": {"sales_channels": [{"type": "website", "code": code}]}}
        for number, code in ((7, "base"), (2, "france"))
    ]
    records = small_catalog(
        [product(1, "A")],
        source_items=[source("A", 5), source("A", 2.5, code="paris")],
        stock_index={"base": [index("A", 5)], "france": [index("A", 2.5)]},
        stocks=stocks,
    )
    found = items(records, tmp_path)
    assert {key: item["qty"] for key, item in found.items()} == {("7", "A"): 5, ("2", "A"): 2.5}


def test_product_without_a_source_has_no_stock_status(tmp_path: Path) -> None:
    records = small_catalog([product(1, "A", type_id="bundle")], source_items=[], stock_index={"base": [index("A", 0)]})
    assert items(records, tmp_path) == {}


def test_leftover_source_of_a_deleted_product_makes_no_item(tmp_path: Path) -> None:
    records = small_catalog([], source_items=[source("GONE", 5)], stock_index={"base": [index("GONE", 5)]})
    assert items(records, tmp_path) == {}


@pytest.mark.parametrize(
    ("manage", "qty", "expected"),
    [(True, 100, (False, False)), (True, 1, (False, True)), (False, 0, (True, False))],
)
def test_stock_item_says_infinite_and_low(
    manage: bool, qty: float, expected: tuple[bool, bool], tmp_path: Path
) -> None:
    stock_item = {"qty": qty, "manage_stock": manage, "notify_stock_qty": 1}
    records = small_catalog(
        [product(1, "A", extension={"stock_item": stock_item})],
        source_items=[source("A", qty)],
        stock_index={"base": [index("A", qty)]},
    )
    item = items(records, tmp_path)["1", "A"]
    assert (item["infiniteStock"], item["lowStock"]) == expected


def test_source_without_sources_does_not_offer_the_feed(tmp_path: Path) -> None:
    result, rows, _ = compiled(small_catalog([product(1)]), "inventoryStockStatus", out=tmp_path, now=NOW)
    assert (result.offered, rows) == (False, [])


# Why an item of the reference is not ours, besides updatedAt (the time of its indexing):
# - infiniteStock: needs the stock item, which the list of products leaves out: null
# - qtyForSale: the reference adds reservations, which REST shows nowhere
KNOWN = {
    "pristine": Counter({"infiniteStock": 983, "qtyForSale": 1}),
    "after": Counter({"infiniteStock": 658}),
}


@pytest.mark.shared
@pytest.mark.parametrize("state", ["pristine", "after"])
def test_items_of_the_reference_differ_only_as_listed(state: str, shared: Path, tmp_path: Path) -> None:
    read = read_pristine_recording if state == "pristine" else read_changed_recording
    found = items(read(shared / "recordings"), tmp_path)
    edited = later_edits(shared) if state == "after" else set()
    differences: Counter[str] = Counter()
    for item in reference_items(shared, state, "inventoryStockStatus"):
        if item["sku"].lower() in edited:
            continue
        mine = found.get((item["stockId"], item["sku"]))
        if mine is None:
            differences[f"no item of stock {item['stockId']}"] += 1
            continue
        differences.update(name for name in item if name != "updatedAt" and item[name] != mine[name])
    assert differences == KNOWN[state]
