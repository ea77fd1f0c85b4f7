"""The published test vectors of docs/prices.md, run through the feed and through the plain reference."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

import pytest
from plain_reference.prices import expected_prices
from plain_reference.records import Records
from plain_reference.small import small_catalog
from plain_reference.staging import compiled

from .vectors import Vector, read_vectors

VECTORS = read_vectors()
NAMES = ("type", "regular", "discounts", "tierPrices")


def catalog_of(zone: str, now: datetime, *, tiers_inside: bool) -> Records:
    """One catalog with a product for every vector of this zone and moment."""
    vectors = [vector for vector in VECTORS if (vector.zone, vector.now) == (zone, now)]
    products: dict[str, list[Any]] = {}
    for vector in vectors:
        for scope, record in vector.products(tiers_inside=tiers_inside).items():
            products.setdefault(scope, []).append(record)
    entities: dict[str, Any] = {"catalog_rule_prices": [row for vector in vectors for row in vector.rules()]}
    if not tiers_inside:
        entities["tier_prices"] = [row for vector in vectors for row in vector.looked_up_tiers()]
    return small_catalog(products, zone=zone, **entities)


@pytest.fixture(scope="module")
def compiled_items(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The items of a vector, compiled together with the others of its zone and moment."""

    @cache
    def items(zone: str, now: datetime, tiers_inside: bool) -> list[Any]:
        records = catalog_of(zone, now, tiers_inside=tiers_inside)
        out = tmp_path_factory.mktemp("prices")
        _, rows, set_aside = compiled(records, "prices", out=out, now=now)
        assert set_aside == []
        return [row["item"] for row in rows]

    return items


def of_vector(vector: Vector, items: list[Any]) -> dict[tuple[str, str], Any]:
    """What a vector speaks of in these items, by website and customer group code."""
    return {
        (item["websiteCode"], item["customerGroupCode"]): {name: item[name] or None for name in NAMES[2:]}
        | {name: item[name] for name in NAMES[:2]}
        for item in items
        if item["sku"] == vector.sku and item["websiteCode"] in vector.websites
    }


def test_the_table_is_read_whole() -> None:
    assert len(VECTORS) >= 60
    assert len({vector.case for vector in VECTORS}) == len(VECTORS)


@pytest.mark.parametrize("tiers_inside", [False, True], ids=["looked up", "in the record"])
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.case)
def test_vector(vector: Vector, tiers_inside: bool, compiled_items: Any) -> None:
    items = compiled_items(vector.zone, vector.now, tiers_inside)
    assert of_vector(vector, items) == vector.expected()


@pytest.mark.parametrize("vector", [v for v in VECTORS if v.zone != "Mars/Olympus"], ids=lambda v: v.case)
def test_plain_reference_agrees_with_vector(vector: Vector) -> None:
    records = catalog_of(vector.zone, vector.now, tiers_inside=True)
    items = list(expected_prices(records, vector.now).values())
    assert of_vector(vector, items) == vector.expected()
