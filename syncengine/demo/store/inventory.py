"""Stock: source items, sources and stocks, the dump of a website's stock index, the legacy stock item."""

from __future__ import annotations

from typing import Any

from syncengine.demo.store.calls import Call, RawJson, Result, search_answer
from syncengine.demo.store.criteria import Filter
from syncengine.demo.store.errors import ApiError, no_entity, no_stock
from syncengine.demo.store.products import find_product, stock_item
from syncengine.demo.store.sql_filters import NEVER, Column, Condition, condition, order_by, page, where
from syncengine.demo.store.wire import number, to_json

_COLUMNS = {
    "source_item_id": Column(expression="source_item_id", kind="number"),
    "sku": Column(expression="sku", kind="text"),
    "source_code": Column(expression="source_code", kind="text"),
    "quantity": Column(expression="quantity", kind="number"),
    "status": Column(expression="status", kind="number"),
}
_SORTS = {name: column.expression for name, column in _COLUMNS.items()}


def _compile(asked: Filter) -> Condition:
    column = _COLUMNS.get(asked.field or "")
    return condition(column, asked) if column else NEVER


def source_items(call: Call) -> Result:
    """GET /V1/inventory/source-items: quantity per source, straight from the table."""
    criteria = call.criteria()
    compiled = where(criteria, _compile)
    reader = call.state.reader()
    (total,) = reader.execute("SELECT count(*) FROM source_item WHERE " + compiled.sql, compiled.parameters).fetchone()
    order = order_by(criteria, _SORTS, "source_item_id")
    rows = reader.execute(
        "SELECT sku, source_code, quantity, status FROM source_item"
        f" WHERE {compiled.sql} ORDER BY {order}{page(criteria)}",
        compiled.parameters,
    )
    items = [
        {"sku": sku, "source_code": source, "quantity": number(quantity), "status": status}
        for sku, source, quantity, status in rows
    ]
    return {"items": items, "search_criteria": criteria.as_json(), "total_count": total}


def sources(call: Call) -> Result:
    """GET /V1/inventory/sources."""
    return search_answer(call, call.state.entities("sources"))


def stocks(call: Call) -> Result:
    """GET /V1/inventory/stocks."""
    return search_answer(call, call.state.entities("stocks"))


def stock_source_links(call: Call) -> Result:
    """GET /V1/inventory/stock-source-links."""
    return search_answer(call, call.state.entities("stock_source_links"))


def _stock_of(call: Call, website_code: str) -> dict[str, Any] | None:
    for stock in call.state.entities("stocks"):
        for channel in stock["extension_attributes"]["sales_channels"]:
            if channel["type"] == "website" and channel["code"] == website_code:
                return stock
    return None


def stock_resolver(call: Call) -> Result:
    """GET /V1/inventory/stock-resolver/website/{code}."""
    stock = _stock_of(call, call.arguments["code"])
    if stock is None:
        raise ApiError(404, "No linked stock found")
    return stock


_DUMP = """
    -- Quantity and saleability of every SKU that a stock knows. A composite product is saleable when one of
    -- its parts is; a product without managed stock (quantity null in its stock item) always is.
    WITH own AS (
        SELECT product.id, product.sku,
            sum(source_item.quantity) AS quantity, max(source_item.status) AS status
        FROM source_item JOIN product USING (sku_key)
        WHERE source_item.source_code IN (SELECT value FROM json_each(?1))
        GROUP BY product.id
    ),
    listed AS (
        SELECT product.id, product.sku, product.stock, product.type_id, own.quantity, own.status
        FROM product LEFT JOIN own USING (id)
        WHERE ?2 OR own.id IS NOT NULL OR product.type_id IN ('configurable', 'bundle', 'grouped')
    )
    SELECT listed.sku, coalesce(listed.quantity, 0),
        CASE
            WHEN json_extract(listed.stock, '$.is_in_stock') = 0 THEN 0
            WHEN listed.type_id IN ('configurable', 'bundle', 'grouped') THEN EXISTS (
                SELECT 1 FROM reference JOIN own ON own.id = reference.target_id
                WHERE reference.holder_id = listed.id AND reference.kind <> 'link' AND own.quantity > 0
            )
            WHEN json_extract(listed.stock, '$.manage_stock') = 0 THEN 1
            ELSE listed.quantity > 0 AND listed.status = 1
        END
    FROM listed ORDER BY listed.id
"""


def stock_index_dump(call: Call) -> Result:
    """GET /V1/inventory/dump-stock-index-data/website/{code}: sku, qty and is_salable in its stock."""
    stock = _stock_of(call, call.arguments["code"])
    if stock is None:
        raise no_entity("code", call.arguments["code"])
    codes = [
        link["source_code"]
        for link in call.state.entities("stock_source_links")
        if link["stock_id"] == stock["stock_id"]
    ]
    is_default = stock["stock_id"] == 1
    rows = call.state.reader().execute(_DUMP, (to_json(codes), is_default))
    parts = (
        f'{{"sku":{to_json(sku)},"qty":{number(float(quantity))},"is_salable":{"true" if salable else "false"}}}'
        for sku, quantity, salable in rows
    )
    return RawJson(text=f"[{','.join(parts)}]")


def get_stock_item(call: Call) -> Result:
    """GET /V1/stockItems/{sku}: the legacy view."""
    found = find_product(call, call.arguments["sku"])
    if found is None:
        raise no_stock(call.arguments["sku"])
    return stock_item(*found)
