from __future__ import annotations

from typing import Any

import pytest

from syncengine.demo.services.optimizer.checking import find_fault

PRODUCT = {"sku": "A", "source": {"locale": "en"}, "name": "A", "slug": "a", "status": "ENABLED"}


def price(**values: Any) -> dict[str, Any]:
    return {"sku": "A", "priceBookId": "b", "regular": 1, **values}


def groups(*skus: str) -> list[dict[str, Any]]:
    return [{"group": sku, "items": [{"sku": sku}]} for sku in skus]


@pytest.mark.parametrize(
    ("schema", "record", "code"),
    [
        ("FeedProduct", PRODUCT, None),
        ("FeedProduct", {**PRODUCT, "status": "active"}, "status"),
        ("FeedProduct", {"sku": "A"}, "record"),
        ("FeedProduct", {**PRODUCT, "bundles": groups("x", "y")}, None),
        ("FeedProduct", {**PRODUCT, "bundles": groups("x", "x")}, "bundles"),
        ("FeedProductUpdate", {"sku": "A", "source": {"locale": "en"}, "bundles": groups("x", "x")}, "bundles"),
        ("FeedPrices", price(), None),
        ("FeedPrices", price(discounts=[{"code": "a", "price": 1}, {"code": "a", "price": 2}]), "discounts"),
        ("FeedPrices", price(tierPrices=[{"qty": 1, "price": 1}]), "tierPrices"),
        ("FeedPrices", price(tierPrices=[{"qty": 2, "percentage": 100}]), "percentage"),
        ("FeedPricebook", "text", "record"),
    ],
)
def test_a_record_that_is_refused_is_told_by_its_field(schema: str, record: Any, code: str | None) -> None:
    fault = find_fault(schema, record)
    assert (None if fault is None else fault.code) == code


def test_the_value_is_told_and_not_all_of_a_long_one() -> None:
    fault = find_fault("FeedProduct", {**PRODUCT, "status": "x" * 500})
    assert fault is not None
    assert fault.as_json(3)["itemIndex"] == 3
    assert fault.value == "x" * 100
    assert len(fault.message) <= 300
