from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from syncengine.export.destinations.optimizer.rules import find_problem

from .trim_schema import COPIES, as_text, trimmed

BOOK = {"priceBookId": "b", "name": "B"}


def price(**values: Any) -> dict[str, Any]:
    return {"sku": "A", "priceBookId": "base", "regular": 10, "discounts": [], "tierPrices": [], **values}


def product(*bundles: list[str]) -> dict[str, Any]:
    groups = [{"group": "g", "items": [{"sku": sku} for sku in skus]} for skus in bundles]
    plain = {"sku": "A", "source": {"locale": "en"}, "name": "N", "slug": "s", "status": "ENABLED"}
    return {**plain, "bundles": groups}


@pytest.mark.shared
def test_the_copies_are_what_the_published_schema_gives(shared: Path) -> None:
    published = yaml.safe_load((shared / "contracts/commerce-ingestion-v1.yaml").read_text("utf-8"))
    for copy in COPIES:
        assert copy.read_text("utf-8") == as_text(trimmed(published)), copy


def test_the_copies_name_their_origin_and_licence() -> None:
    for copy in COPIES:
        assert "AdobeDocs/commerce-services" in copy.read_text("utf-8")
        assert "Apache License, Version 2.0" in copy.read_text("utf-8")


@pytest.mark.parametrize(
    ("schema", "record", "code"),
    [
        ("FeedPrices", price(), None),
        ("FeedPrices", price(regular="10"), "schema"),
        ("FeedPrices", price(priceBookId=""), "priceBookId"),
        ("FeedPrices", price(regular=-1), "price"),
        ("FeedPrices", price(discounts=[{"code": "a", "price": -1}]), "price"),
        ("FeedPrices", price(discounts=[{"code": "a", "price": 0}]), None),
        ("FeedPrices", price(discounts=[{"code": "a", "percentage": 0}]), "percentage"),
        ("FeedPrices", price(discounts=[{"code": "a", "percentage": 0.01}]), None),
        ("FeedPrices", price(discounts=[{"code": "a", "percentage": 99.99}]), None),
        ("FeedPrices", price(discounts=[{"code": "a", "percentage": 100}]), "percentage"),
        ("FeedPrices", price(discounts=[{"code": "a"}]), "schema"),
        ("FeedPrices", price(discounts=[{"code": "a", "price": 1}, {"code": "a", "price": 2}]), "discounts"),
        ("FeedPrices", price(discounts=[{"code": f"c{i}", "price": 1} for i in range(10)]), None),
        ("FeedPrices", price(discounts=[{"code": f"c{i}", "price": 1} for i in range(11)]), "discounts"),
        ("FeedPrices", price(tierPrices=[{"qty": 1, "price": 1}]), "tierPrices"),
        ("FeedPrices", price(tierPrices=[{"qty": 1.5, "price": 1}]), None),
        ("FeedPrices", price(tierPrices=[{"qty": 2, "percentage": 100}]), "percentage"),
        ("FeedPricebook", {**BOOK, "currency": "USD"}, None),
        ("FeedPricebook", {**BOOK, "parentId": "p"}, None),
        ("FeedPricebook", BOOK, "schema"),
        ("FeedPricebook", {**BOOK, "currency": "DOLLAR"}, "schema"),
        ("FeedPricebook", {**BOOK, "priceBookId": "b" * 65, "currency": "USD"}, "schema"),
        ("FeedProduct", product(["x"], ["y"]), None),
        ("FeedProduct", product(["x"], ["y", "x"]), "bundles"),
        ("FeedProductDelete", {"sku": "A"}, "schema"),
        ("FeedCategoryDelete", {"slug": "a//b", "source": {"locale": "en"}}, "schema"),
    ],
)
def test_what_may_be_sent(schema: str, record: dict[str, Any], code: str | None) -> None:
    problem = find_problem(schema, record, size_bytes=100)
    assert (problem[0] if problem else None) == code


def test_a_product_has_a_size() -> None:
    assert find_problem("FeedProduct", product(), size_bytes=200 * 1024) is None
    problem = find_problem("FeedProduct", product(), size_bytes=200 * 1024 + 1)
    assert problem is not None and problem[0] == "too_large"
