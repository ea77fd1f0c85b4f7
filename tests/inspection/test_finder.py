"""Search by what the search copy has no column for, and search as of an earlier moment."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from syncengine.inspection.products import ProductFilters, ProductQuery, explain_no_match, search_products
from syncengine.inspection.view import CatalogView

from .lake_of import Answer, LakeOf, product

RED = [{"attributeCode": "color", "value": ["Red", "Blue"], "valueId": ["5", "6"]}]
GREEN = [{"attributeCode": "color", "value": ["Green"], "valueId": ["7"]}]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LakeOf]:
    made = LakeOf(tmp_path_factory.mktemp("shop"))
    first = [
        product("red", price="10.00", attributes=RED, categories=["men/tops", "sale"]),
        product("green", price="20.00", attributes=GREEN, categories=["men"]),
        product("off", price="30.00", status="Disabled", categories=["women"]),
    ]
    made.synced(products=first)
    made.synced(
        products=[first[0], product("green", price="25.00", name="Verdant", attributes=GREEN, categories=["men"]),
                  first[2], product("bad", price=None)],
        answers={"bad": Answer("rejected")},
    )  # fmt: skip
    yield made
    made.close()


def skus(shop: LakeOf, *, side: Any = "catalog", snapshot: int | None = None, **more: Any) -> list[str]:
    facets = {name: more.pop(name) for name in ("text", "states", "types") if name in more}
    page = search_products(
        CatalogView(shop.settings),
        ProductQuery(side=side, sort="sku", descending=False, more=ProductFilters(**more), snapshot=snapshot, **facets),
    )
    assert page.total == len(page.rows)
    assert page.total == sum(page.facets["type"].values()) or facets
    return page.rows["sku"].to_list()


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"price_from": Decimal(20)}, ["green", "off"]),
        ({"price_from": Decimal("10"), "price_to": Decimal("25")}, ["green", "red"]),
        ({"attribute": "color"}, ["green", "red"]),
        ({"attribute": "color", "attribute_value": "blue"}, ["red"]),
        ({"attribute": "color", "attribute_value": "7"}, ["green"]),
        ({"attribute": "colo"}, []),
        ({"category": "men"}, ["green", "red"]),
        ({"category": "men/tops/"}, ["red"]),
        ({"category": "me"}, []),
        ({"json_text": "VERDANT"}, ["green"]),
        ({"json_text": "' OR 1=1 --"}, []),
        ({"changed_field": "name"}, ["green"]),
        ({"changed_field": "metaTitle"}, []),
        ({"reason": "rejected"}, ["bad"]),
        ({"reason": "disabled"}, ["off"]),
        ({"reason": "in_sync"}, ["green", "red"]),
        ({"category": "men", "price_to": Decimal(10)}, ["red"]),
        ({"text": "e", "price_from": Decimal(1)}, ["green", "off", "red"]),
        ({"states": ("rejected",), "json_text": "bad"}, ["bad"]),
        ({"states": ("in_sync",), "json_text": "bad"}, []),
    ],
)
def test_each_filter_finds_its_products(shop: LakeOf, more: dict[str, Any], found: list[str]) -> None:
    assert skus(shop, **more) == found


def test_a_run_finds_what_it_sent(shop: LakeOf) -> None:
    view = CatalogView(shop.settings)
    rows = (
        view.reader()
        .cursor()
        .sql("SELECT DISTINCT run_id, run_sequence FROM lake.history.products ORDER BY 2")
        .fetchall()
    )
    first, second = [row[0] for row in rows]
    assert skus(shop, run=first) == ["green", "off", "red"]
    assert skus(shop, run=second) == ["bad", "green"]
    assert skus(shop, run=second, changed_field="name") == ["green"]


def test_the_synced_side_holds_only_what_was_acknowledged(shop: LakeOf) -> None:
    assert skus(shop, side="synced", json_text="sku") == ["green", "off", "red"]


def test_the_search_answers_as_of_an_earlier_snapshot(shop: LakeOf) -> None:
    snapshot = 3  # tables 1, catalog 2, acknowledged 3
    assert skus(shop, snapshot=snapshot) == ["green", "off", "red"]
    assert skus(shop, side="synced", snapshot=snapshot, text="verdant") == []
    assert skus(shop, text="verdant") == ["green"]
    assert skus(shop, side="synced", snapshot=2) == []
    assert skus(shop, snapshot=2, price_to=Decimal(20)) == ["green", "red"]
    assert skus(shop, snapshot=0) == []


def test_no_match_says_what_is_elsewhere_and_near(shop: LakeOf, tmp_path: Path) -> None:
    view = CatalogView(shop.settings)
    assert explain_no_match(view, ProductQuery(text="bad", side="synced")).elsewhere == 1
    near = explain_no_match(view, ProductQuery(text="gren", side="synced"))
    assert (near.elsewhere, near.nearest) == (0, ("green",))
    assert explain_no_match(view, ProductQuery(text="zzz")).nearest == ()
