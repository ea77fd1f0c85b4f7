"""The price look-ups: base, special, tier and cost price information, by SKU."""

from __future__ import annotations

import json
from typing import Any

from syncengine.demo.store.calls import Call, Result
from syncengine.demo.store.errors import ApiError, internal, required
from syncengine.demo.store.state import sku_key
from syncengine.demo.store.wire import number

_BAD_PRICE = "12,50 EUR?"


def _asked_skus(call: Call) -> dict[str, str]:
    """The SKUs of the request by the key they are compared with, spelled as they were asked."""
    body = call.json_body()
    if "skus" not in body:
        raise required("skus")
    skus = body["skus"]
    if not isinstance(skus, list):
        message = 'The "string" value\'s type is invalid. The "string[]" type was expected. Verify and try again.'
        raise ApiError(400, message)
    if any(not isinstance(sku, str | int | float) for sku in skus):
        raise internal(0x6B02E6ECED884)
    return {sku_key(str(sku)): str(sku) for sku in skus}


def _asked_products(call: Call) -> dict[int, str]:
    """id to SKU as asked, in id order. Unknown SKUs and types without an own price are dropped silently."""
    asked = _asked_skus(call)
    rows = call.state.reader().execute(
        "SELECT id, sku_key FROM product WHERE is_price_listed"
        " AND sku_key IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(list(asked)),),
    )
    return {product_id: asked[key] for product_id, key in rows}


def _price(call: Call, product_id: int, value: float) -> Any:
    return _BAD_PRICE if call.faults.strikes_record("bad-price", product_id) else number(value)


def _rows(call: Call, sql: str, products: dict[int, str]) -> list[tuple[Any, ...]]:
    return call.state.reader().execute(sql, (json.dumps(list(products)),)).fetchall()


def base_prices(call: Call) -> Result:
    """POST /V1/products/base-prices-information: a row for the admin scope, one per view's own price."""
    products = _asked_products(call)
    sql = (
        "SELECT id, 0 AS store_id, price FROM product"
        " WHERE price IS NOT NULL AND id IN (SELECT value FROM json_each(?1))"
        " UNION ALL SELECT product_id, store_id, price FROM product_value"
        " WHERE price IS NOT NULL AND product_id IN (SELECT value FROM json_each(?1))"
        " ORDER BY id, store_id"
    )
    return [
        {"price": _price(call, product_id, price), "store_id": store_id, "sku": products[product_id]}
        for product_id, store_id, price in _rows(call, sql, products)
    ]


def special_prices(call: Call) -> Result:
    """POST /V1/products/special-price-information, in the order the prices were stored."""
    products = _asked_products(call)
    sql = (
        "SELECT product_id, store_id, price, price_from, price_to FROM special_price"
        " WHERE product_id IN (SELECT value FROM json_each(?)) ORDER BY rowid"
    )
    return [
        {
            "price": number(price),
            "store_id": store_id,
            "sku": products[product_id],
            "price_from": price_from,
            "price_to": price_to,
        }
        for product_id, store_id, price, price_from, price_to in _rows(call, sql, products)
    ]


def tier_prices(call: Call) -> Result:
    """POST /V1/products/tier-prices-information: customer groups by name, in the order of storing."""
    products = _asked_products(call)
    sql = (
        "SELECT product_id, website_id, customer_group, price_type, price, quantity FROM tier_price"
        " WHERE product_id IN (SELECT value FROM json_each(?)) ORDER BY rowid"
    )
    return [
        {
            "price": number(price),
            "price_type": price_type,
            "website_id": website_id,
            "sku": products[product_id],
            "customer_group": group,
            "quantity": number(quantity),
        }
        for product_id, website_id, group, price_type, price, quantity in _rows(call, sql, products)
    ]


def cost_prices(call: Call) -> Result:
    """POST /V1/products/cost-information: no product has a cost here."""
    _asked_skus(call)
    return []
