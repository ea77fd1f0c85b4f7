"""The demo store's made-up catalog, read over its REST: every compiled item against the plain reference."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from syncengine.demo.store.server import StoreOptions, running
from syncengine.feeds.registry import FEEDS, get_feed

from .categories import expected_activity, expected_url_paths
from .permissions import expected_overrides
from .prices import expected_prices
from .records import Records
from .staging import compiled, compiled_feeds
from .status import expected_status
from .store import read_store
from .variants import expected_variants

PRODUCTS = 400
NOW = datetime(2026, 7, 1, 12)
LISTS = ("discounts", "tierPrices", "parents")

Row = dict[str, Any]
Generated = tuple[Records, dict[str, list[Row]]]


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    """The store's records, and the compiled rows of every feed; nothing may be set aside."""
    with running(StoreOptions(products=PRODUCTS)) as address:
        records = read_store(address, "demo-token")
    results = compiled_feeds(records, list(FEEDS), out=tmp_path_factory.mktemp("generated"), now=NOW)
    assert all(result.offered and result.set_aside == 0 for result, _ in results.values())
    return records, {feed: rows for feed, (_, rows) in results.items()}


def test_prices(generated: Generated) -> None:
    records, rows = generated
    assert_prices(records, rows["prices"])


def test_prices_without_look_up_and_admin_scope(generated: Generated, tmp_path: Path) -> None:
    records, _ = generated
    entities = {name: scoped for name, scoped in records.by_entity.items() if name != "tier_prices"}
    products = {scope: found for scope, found in entities["products"].items() if scope != "all"}
    narrow = Records(by_entity={**entities, "products": products})
    _, rows, _ = compiled(narrow, "prices", out=tmp_path, now=NOW)
    assert_prices(narrow, rows)


def assert_prices(records: Records, rows: list[Row]) -> None:
    """Every item is the plain reference's, and there are tiers, group prices and special prices among them."""
    ours = {(r["sku"], r["customer_group_code"], r["website_code"]): r["item"] for r in rows}
    expected = expected_prices(records, NOW)
    codes = {discount["code"] for item in expected.values() for discount in item["discounts"]}
    assert codes >= {"special_price", "group"}
    assert any(item["tierPrices"] for item in expected.values())
    assert set(ours) == set(expected)
    for key, item in expected.items():
        assert {name: ours[key][name] or [] if name in LISTS else ours[key][name] for name in item} == item


def test_variants(generated: Generated) -> None:
    records, rows = generated
    ours = {(row["parent_sku"], row["product_sku"]): row["item"] for row in rows["variants"]}
    expected = expected_variants(records)
    assert set(ours) == set(expected)
    for key, item in expected.items():
        values = sorted(ours[key]["optionValues"], key=lambda value: (value["attributeCode"], value["label"]))
        assert {**{name: ours[key][name] for name in item}, "optionValues": values} == item


def test_status(generated: Generated) -> None:
    records, rows = generated
    for view in {row["store_view_code"] for row in rows["products"]}:
        expected = expected_status(records, view)
        ours = {r["sku"]: r["item"]["status"] for r in rows["products"] if r["store_view_code"] == view}
        assert ours == {sku: expected[sku] for sku in ours}


def test_categories(generated: Generated) -> None:
    records, rows = generated
    ours = {(row["item"]["categoryId"], row["item"]["storeViewCode"]): row["item"] for row in rows["categories"]}
    assert {key: item["urlPath"] or "" for key, item in ours.items()} == expected_url_paths(records)
    assert {key: item["isActive"] for key, item in ours.items()} == expected_activity(records)


def test_product_overrides(generated: Generated) -> None:
    records, rows = generated
    ours = {
        (row["sku"], row["website_code"], row["customer_group_code"]): (
            row["item"]["displayable"],
            row["item"]["priceDisplayable"],
            row["item"]["buyable"],
        )
        for row in rows["productOverrides"]
    }
    assert ours == expected_overrides(records)
    assert ours


@pytest.mark.parametrize("feed", FEEDS)
def test_every_item_fits_the_schema_of_its_feed(feed: str, generated: Generated) -> None:
    validator = Draft202012Validator(get_feed(feed).json_schema())
    rows = generated[1][feed]
    assert rows
    for row in rows:
        assert not [error.message for error in validator.iter_errors(row["item"])], row["payload"]
