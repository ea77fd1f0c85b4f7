"""The plain reference against items of the reference system: every difference is one of those listed here."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from .categories import expected_activity, expected_url_paths
from .prices import expected_prices
from .records import Records
from .reference_items import as_set, later_edits, reference_items
from .status import expected_status
from .variants import expected_variants

pytestmark = pytest.mark.shared

COMPILED_AT = datetime(2026, 11, 22, 13, 13, 38)

# Why a price of the reference is not ours:
# - catalog_rule: the reference reads the rule's result from the database; REST shows it nowhere (fact 44)
# - websiteId: the reference drops its utility fields, the contract lists it
KNOWN_MISSING = {("pristine", "catalog_rule"): 384, ("after", "catalog_rule"): 304}


@pytest.fixture(params=["pristine", "after"])
def state(request: pytest.FixtureRequest) -> str:
    """Which of the two recordings."""
    return request.param


@pytest.fixture
def records(state: str, request: pytest.FixtureRequest) -> Records:
    """The records of that recording."""
    return request.getfixturevalue("pristine" if state == "pristine" else "changed")


@pytest.fixture
def edited(state: str, shared: Path) -> set[str]:
    """Products edited between the recording and the reference's items."""
    return later_edits(shared) if state == "after" else set()


def test_prices_differ_only_by_catalog_rules(state: str, records: Records, edited: set[str], shared: Path) -> None:
    ours = expected_prices(records, COMPILED_AT)
    missing: Counter[tuple[str, str]] = Counter()
    compared = 0
    for item in reference_items(shared, state, "prices"):
        parents = {parent["sku"].lower() for parent in item.get("parents") or []}
        if item["sku"].lower() in edited:
            continue
        mine = ours.get((item["sku"], item["customerGroupCode"], item["websiteCode"]))
        if mine is None:
            missing[state, ",".join(discount["code"] for discount in item["discounts"] or [])] += 1
            continue
        assert [mine[name] for name in ("productId", "type", "regular")] == [
            item[name] for name in ("productId", "type", "regular")
        ], item
        assert as_set(mine["discounts"]) == as_set(item["discounts"]), item
        assert as_set(mine["tierPrices"]) == as_set(item.get("tierPrices")), item
        expected = [p for p in mine["parents"] if p["sku"].lower() not in edited - parents]
        assert as_set(expected) == as_set(item.get("parents")), item
        compared += 1
    assert missing == Counter({key: count for key, count in KNOWN_MISSING.items() if key[0] == state})
    assert compared > 600


def test_variants_are_the_same(state: str, records: Records, edited: set[str], shared: Path) -> None:
    ours = expected_variants(records)
    compared = 0
    for item in reference_items(shared, state, "variants"):
        if {item["parentSku"].lower(), item["productSku"].lower()} & edited:
            continue
        mine = ours[item["parentSku"], item["productSku"]]
        assert as_set(mine["optionValues"]) == as_set(item["optionValues"])
        assert {**mine, "optionValues": 0} == {**{name: item[name] for name in mine}, "optionValues": 0}
        compared += 1
    assert compared > 700


def test_status_is_the_same(state: str, records: Records, edited: set[str], shared: Path) -> None:
    compared = 0
    for view in ("default", "fr"):
        ours = expected_status(records, view)
        for item in reference_items(shared, state, "products"):
            if item["storeViewCode"] == view and item["sku"].lower() not in edited:
                assert ours[item["sku"]] == item["status"], item["sku"]
                compared += 1
    assert compared > 600


def test_url_paths_and_activity_of_categories_are_the_same(state: str, records: Records, shared: Path) -> None:
    paths, active = expected_url_paths(records), expected_activity(records)
    items = reference_items(shared, state, "categories")
    assert items
    for item in items:
        key = (item["categoryId"], item["storeViewCode"])
        assert paths[key] == (item["urlPath"] or "")
        assert active[key] == item["isActive"]
