"""Products: the list, one product, the children of a configurable."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

import orjson

from syncengine.demo.store.calls import Call, RawJson, Result
from syncengine.demo.store.content import FRESH_STOCK
from syncengine.demo.store.criteria import Filter, SearchCriteria
from syncengine.demo.store.errors import invalid_attribute, no_product
from syncengine.demo.store.fields import apply_fields
from syncengine.demo.store.sql_filters import NEVER, Column, Condition, condition, order_by, page, where
from syncengine.demo.store.state import Scope, sku_key
from syncengine.demo.store.wire import to_json

_NARROW = {
    "entity_id": Column(expression="product.id", kind="number"),
    "sku": Column(expression="product.sku", kind="text"),
    "type_id": Column(expression="product.type_id", kind="text"),
    "attribute_set_id": Column(expression="product.attribute_set_id", kind="number"),
    "created_at": Column(expression="product.created_at", kind="date"),
    "updated_at": Column(expression="product.updated_at", kind="date"),
    "name": Column(expression="coalesce(value.name, product.name)", kind="text"),
    "status": Column(expression="coalesce(value.status, product.status)", kind="number"),
    "visibility": Column(expression="coalesce(value.visibility, product.visibility)", kind="number"),
    "price": Column(expression="coalesce(value.price, product.price)", kind="number"),
    "weight": Column(
        expression="SELECT json_extract(record, '$.weight') FROM product_record AS own WHERE own.id = product.id",
        kind="number",
    ),
}
_SORTS = {name: f"({column.expression})" for name, column in _NARROW.items()}
# Without sort orders the real server gives no useful order: what was saved again comes first.
_UNSORTED = (
    "product.updated_at = product.created_at,"
    " CASE WHEN product.updated_at <> product.created_at THEN product.sku END, product.id"
)
# A custom attribute's value in the scope; parameters: its path in a patch, its code.
_CUSTOM = (
    "coalesce(json_extract(value.patch, ?), "
    "(SELECT json_extract(custom.value, '$.value') FROM product_record, "
    "json_each(product_record.record, '$.custom_attributes') AS custom "
    "WHERE product_record.id = product.id AND json_extract(custom.value, '$.attribute_code') = ?))"
)
_CHILD_KEYS = ("extension_attributes", "options")
_CHILD_ATTRIBUTES = frozenset(
    [
        "image",
        "small_image",
        "thumbnail",
        "swatch_image",
        "url_key",
        "msrp_display_actual_price_type",
        "required_options",
        "has_options",
        "tax_class_id",
        "category_ids",
        "special_price",
        "special_from_date",
        "special_to_date",
    ]
)


def _membership(table: str, column: str, ids: Sequence[str]) -> Condition:
    numbers = [int(text) for text in ids if text.strip().lstrip("-").isdigit()]
    if not numbers:
        return NEVER
    marks = ",".join("?" * len(numbers))
    sql = f"product.id IN (SELECT product_id FROM {table} WHERE {column} IN ({marks}))"
    return Condition(sql=sql, parameters=tuple(numbers))


def _website_of(call: Call, store_id: str) -> str:
    for view in call.state.entities("store_views"):
        if str(view["id"]) == store_id:
            return str(view["website_id"])
    return "-1"


def _compile(call: Call, asked: Filter) -> Condition:
    """One filter on products. Raises: ApiError 400 for a name that is no attribute."""
    values = (asked.value or "").split(",")
    if asked.field == "website_id":
        return _membership("product_website", "website_id", values)
    if asked.field in ("store_id", "store"):
        return _membership("product_website", "website_id", [_website_of(call, value) for value in values])
    if asked.field == "category_id":
        return _membership("product_category", "category_id", values)
    column = _NARROW.get(asked.field or "")
    if column is not None:
        return condition(column, asked)
    attributes = {attribute["attribute_code"]: attribute for attribute in call.state.entities("attributes")}
    if asked.field not in attributes:
        raise invalid_attribute(asked.field)
    is_number = attributes[asked.field].get("backend_type") in ("int", "decimal")
    column = Column(
        expression=f"CAST({_CUSTOM} AS REAL)" if is_number else _CUSTOM,
        kind="number" if is_number else "text",
        parameters=(f'$.custom_attributes."{asked.field}"', asked.field),
    )
    return condition(column, asked)


def _scope_asked(call: Call, criteria: SearchCriteria) -> Scope:
    """The scope of the path, unless a `store_id` filter switches it (which the real store does silently)."""
    for group in criteria.groups:
        for asked in group:
            if asked.field == "store_id" and asked.value is not None:
                for view in call.state.entities("store_views"):
                    if str(view["id"]) == asked.value:
                        return Scope(store_id=view["id"], website_id=view["website_id"], code=view["code"])
    return call.scope


def with_patch(record: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """The record with a store view's values: custom attributes by code, other keys as a whole."""
    merged = {**record, **{key: value for key, value in patch.items() if key != "custom_attributes"}}
    custom = dict(patch.get("custom_attributes") or {})
    if custom:
        attributes = [
            {"attribute_code": a["attribute_code"], "value": custom.pop(a["attribute_code"], a["value"])}
            for a in record["custom_attributes"]
        ]
        attributes += [{"attribute_code": code, "value": value} for code, value in custom.items()]
        merged["custom_attributes"] = [a for a in attributes if a["value"] is not None]
    if "extension_attributes" in patch:
        merged["extension_attributes"] = {**record["extension_attributes"], **patch["extension_attributes"]}
    return merged


def _text_of(record: str, patch: str | None) -> str:
    if patch is None:
        return record
    return to_json(with_patch(orjson.loads(record), orjson.loads(patch)))


def _found(call: Call, criteria: SearchCriteria) -> tuple[str, tuple[Any, ...]]:
    """FROM and WHERE of a product search, and their parameters."""
    compiled = where(criteria, lambda asked: _compile(call, asked))
    sql = (
        "FROM product LEFT JOIN product_value AS value"
        " ON value.store_id = ? AND value.product_id = product.id WHERE " + compiled.sql
    )
    return sql, (call.scope.store_id, *compiled.parameters)


def list_products(call: Call) -> Result:
    """GET /V1/products: the records as they lie in the state, without stock items."""
    criteria = call.criteria()
    call = call.with_scope(_scope_asked(call, criteria))
    revision = call.state.revision
    page_ids = _keyset_page(call, criteria)
    if page_ids is not None and revision is not None:
        ids, total = page_ids
        if call.fields == "total_count":
            return {"total_count": total}
        records = _records(call, ids)
        if call.state.revision == revision:
            return _list_answer(call, criteria, records, total)
    sql, parameters = _found(call, criteria)
    with call.state.snapshot() as reader:
        (total,) = reader.execute("SELECT count(*) " + sql, parameters).fetchone()
        if call.fields == "total_count":
            return {"total_count": total}
        order = order_by(criteria, _SORTS, _UNSORTED)
        asked = f"SELECT product.id {sql} ORDER BY {order}{page(criteria)}"
        records = _records(call, [row[0] for row in reader.execute(asked, parameters).fetchall()])
    return _list_answer(call, criteria, records, total)


def _keyset_page(call: Call, criteria: SearchCriteria) -> tuple[list[int], int] | None:
    """Ids of the page and the count, when only ranges of `entity_id` are asked for, in its order; else None.

    This is how a whole catalog is read, so it takes no query: the sorted ids are kept between edits.
    """
    orders = [(order.field, order.direction) for order in criteria.sort_orders]
    if orders not in ([("entity_id", "ASC")], [("entity_id", "DESC")]):
        return None
    ids: array[int] = call.state.remembered(("ids",), lambda: _all_ids(call))
    first, end = 0, len(ids)
    for group in criteria.groups:
        if len(group) != 1 or group[0].field != "entity_id" or not (group[0].value or "").isdecimal():
            return None
        value = int(group[0].value or 0)
        if group[0].condition in ("gt", "gteq", "from", "moreq"):
            first = max(first, bisect_left(ids, value + (group[0].condition == "gt")))
        elif group[0].condition in ("lt", "lteq", "to"):
            end = min(end, bisect_left(ids, value + (group[0].condition != "lt")))
        else:
            return None
    total = max(0, end - first)
    start = min(criteria.offset, total)
    stop = total if criteria.limit is None else min(start + criteria.limit, total)
    if orders[0][1] == "DESC":
        return [ids[end - 1 - at] for at in range(start, stop)], total
    return list(ids[first + start : first + stop]), total


def _all_ids(call: Call) -> array[int]:
    rows = call.state.reader().execute("SELECT id FROM product ORDER BY id")
    return array("q", (row[0] for row in rows))


def _list_answer(call: Call, criteria: SearchCriteria, records: list[str], total: int) -> Result:
    if call.fields:
        items = [orjson.loads(record) for record in records]
        answer = {"items": items, "search_criteria": criteria.as_json(), "total_count": total}
        return RawJson(text=to_json(apply_fields(answer, call.fields)))
    echo = to_json(criteria.as_json())
    return RawJson(text=f'{{"items":[{",".join(records)}],"search_criteria":{echo},"total_count":{total}}}')


def _records(call: Call, ids: list[int]) -> list[str]:
    """The texts of products in the order of `ids`, with the scope's values and the faults switched on."""
    if not ids:
        return []
    is_run = ids[-1] - ids[0] < 4 * len(ids) and ids == sorted(ids)
    limits = "BETWEEN ? AND ?" if is_run else f"IN ({','.join(map(str, ids))})"
    parameters = (call.scope.store_id, ids[0], ids[-1]) if is_run else (call.scope.store_id,)
    rows = call.state.reader().execute(
        "SELECT record.id, record.record, value.patch FROM product_record AS record"
        " LEFT JOIN product_value AS value ON value.store_id = ? AND value.product_id = record.id"
        f" WHERE record.id {limits} ORDER BY record.id",
        parameters,
    )
    wanted = set(ids)
    texts = {row[0]: _text_of(row[1], row[2]) for row in rows if row[0] in wanted}
    ordered = [texts[product_id] for product_id in ids if product_id in texts]
    if call.faults.touch_records:
        return [to_json(call.faults.spoil(orjson.loads(text))) for text in ordered]
    return ordered


def find_product(call: Call, sku: str) -> tuple[int, str] | None:
    """(id, stock difference) of a SKU, compared as the store does."""
    row = call.state.reader().execute("SELECT id, stock FROM product WHERE sku_key = ?", (sku_key(sku),)).fetchone()
    return (int(row[0]), str(row[1])) if row else None


def stock_item(product_id: int, difference: str) -> dict[str, Any]:
    """The stock item of a product."""
    return {**FRESH_STOCK, "item_id": product_id, "product_id": product_id, **orjson.loads(difference)}


def _single(call: Call) -> dict[str, Any]:
    """One product: the list's record, with the stock item."""
    found = find_product(call, call.arguments["sku"])
    if found is None:
        raise no_product()
    product_id, difference = found
    record: dict[str, Any] = orjson.loads(_records(call, [product_id])[0])
    extension = dict(record["extension_attributes"])
    record["extension_attributes"] = {
        **{key: extension.pop(key) for key in ("website_ids", "category_links") if key in extension},
        "stock_item": stock_item(product_id, difference),
        **extension,
    }
    return record


def get_product(call: Call) -> Result:
    """GET /V1/products/{sku}."""
    return _single(call)


def product_options(call: Call) -> Result:
    """GET /V1/products/{sku}/options."""
    return _single(call)["options"]


def product_links(call: Call) -> Result:
    """GET /V1/products/{sku}/links/{type}."""
    links = _single(call)["product_links"]
    return [link for link in links if link["link_type"] == call.arguments["type"]]


def configurable_children(call: Call) -> Result:
    """GET /V1/configurable-products/{sku}/children: variants in a shorter form, [] for any other type."""
    found = find_product(call, call.arguments["sku"])
    if found is None:
        raise no_product()
    rows = call.state.reader().execute(
        "SELECT target_id FROM reference WHERE holder_id = ? AND kind = 'variant' ORDER BY target_id",
        (found[0],),
    )
    options = orjson.loads(_records(call, [found[0]])[0])["extension_attributes"].get(
        "configurable_product_options", ()
    )
    ids = {str(option["attribute_id"]) for option in options}
    codes = {
        attribute["attribute_code"]
        for attribute in call.state.entities("attributes")
        if str(attribute["attribute_id"]) in ids
    }
    children = []
    for text in _records(call, [row[0] for row in rows]):
        record = {key: value for key, value in orjson.loads(text).items() if key not in _CHILD_KEYS}
        record["custom_attributes"] = [
            a for a in record["custom_attributes"] if a["attribute_code"] in _CHILD_ATTRIBUTES | codes
        ]
        children.append(record)
    return children
