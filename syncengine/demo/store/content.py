"""What a catalog is made of, before it becomes the store's state; and the one way it is written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol

from syncengine.demo.store.state import sku_key, write_entity
from syncengine.demo.store.wire import to_json

CHUNK = 1000
FRESH_STOCK: dict[str, Any] = {
    "item_id": 0,
    "product_id": 0,
    "stock_id": 1,
    "qty": 0,
    "is_in_stock": True,
    "is_qty_decimal": False,
    "show_default_notification_message": False,
    "use_config_min_qty": True,
    "min_qty": 0,
    "use_config_min_sale_qty": 1,
    "min_sale_qty": 1,
    "use_config_max_sale_qty": True,
    "max_sale_qty": 10000,
    "use_config_backorders": True,
    "backorders": 0,
    "use_config_notify_stock_qty": True,
    "notify_stock_qty": 1,
    "use_config_qty_increments": True,
    "qty_increments": 0,
    "use_config_enable_qty_inc": True,
    "enable_qty_increments": False,
    "use_config_manage_stock": True,
    "manage_stock": True,
    "low_stock_date": None,
    "is_decimal_divided": False,
    "stock_status_changed_auto": 0,
}


@dataclass(slots=True, kw_only=True)
class ProductContent:
    """One product: its record at the admin scope (as a list gives it) and what lies beside it."""

    record: dict[str, Any]
    stock: dict[str, Any] = field(default_factory=dict)
    overrides: dict[int, dict[str, Any]] = field(default_factory=dict)
    special_prices: list[tuple[int, float, str | None, str | None]] = field(default_factory=list)
    tier_prices: list[tuple[int, str, str, float, float]] = field(default_factory=list)
    source_items: list[tuple[str, float, int]] = field(default_factory=list)


class CatalogContent(Protocol):
    """A catalog that a state can be built from."""

    def entities(self) -> Iterable[tuple[str, int, int, dict[str, Any]]]:
        """(kind, store_id, position, record) of everything small."""

    def products(self) -> Iterator[ProductContent]:
        """The products, each once."""


def custom_value(record: dict[str, Any], code: str) -> Any:
    """The value of a custom attribute, or None."""
    for attribute in record["custom_attributes"]:
        if attribute["attribute_code"] == code:
            return attribute["value"]
    return None


def has_listed_price(record: dict[str, Any]) -> bool:
    """Whether the price look-ups cover the product: not the types whose price is made from others."""
    if record["type_id"] == "bundle":
        return custom_value(record, "price_type") == "1"
    return record["type_id"] in ("simple", "virtual", "downloadable")


def product_row(content: ProductContent) -> tuple[Any, ...]:
    """The narrow row of a product."""
    record = content.record
    return (
        record["id"],
        record["sku"],
        sku_key(record["sku"]),
        record["name"],
        record["type_id"],
        record["attribute_set_id"],
        record["status"],
        record["visibility"],
        record.get("price"),
        int(has_listed_price(record)),
        record["created_at"],
        record["updated_at"],
        to_json(content.stock),
    )


def value_row(store_id: int, product_id: int, patch: dict[str, Any]) -> tuple[Any, ...]:
    """The override row of a product at a store view."""
    columns = (patch.get("name"), patch.get("status"), patch.get("visibility"), patch.get("price"))
    return (store_id, product_id, *columns, to_json(patch))


def named_skus(record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(SKU, kind) of every other product that a record names by SKU."""
    for link in record.get("product_links") or ():
        yield link["linked_product_sku"], "grouped" if link["link_type"] == "associated" else "link"
    for option in record["extension_attributes"].get("bundle_product_options") or ():
        for link in option["product_links"]:
            yield link["sku"], "bundle"


def write_products(connection: sqlite3.Connection, products: Iterable[ProductContent]) -> int:
    """Writes products in chunks, so that memory stays bounded; returns how many."""
    written = 0
    source = iter(products)
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS named (sku_key TEXT, holder_id INTEGER, kind TEXT)")
    while chunk := list(islice(source, CHUNK)):
        _write_chunk(connection, chunk)
        written += len(chunk)
    connection.execute(
        "INSERT OR IGNORE INTO reference (target_id, holder_id, kind)"
        " SELECT product.id, named.holder_id, named.kind FROM named JOIN product USING (sku_key)"
    )
    connection.execute("DELETE FROM named")
    return written


def _write_chunk(connection: sqlite3.Connection, chunk: list[ProductContent]) -> None:
    many = connection.executemany
    many(f"INSERT INTO product VALUES ({','.join('?' * 13)})", map(product_row, chunk))
    many("INSERT INTO product_record VALUES (?, ?)", ((c.record["id"], to_json(c.record)) for c in chunk))
    many(
        "INSERT INTO product_value VALUES (?, ?, ?, ?, ?, ?, ?)",
        (value_row(store, c.record["id"], patch) for c in chunk for store, patch in sorted(c.overrides.items())),
    )
    extension = [(c.record["id"], c.record["extension_attributes"]) for c in chunk]
    many(
        "INSERT OR IGNORE INTO product_website VALUES (?, ?)",
        ((site, product) for product, ext in extension for site in ext.get("website_ids") or ()),
    )
    many(
        "INSERT OR IGNORE INTO product_category VALUES (?, ?)",
        ((int(link["category_id"]), p) for p, ext in extension for link in ext.get("category_links") or ()),
    )
    many(
        "INSERT OR IGNORE INTO reference VALUES (?, ?, 'variant')",
        ((child, holder) for holder, ext in extension for child in ext.get("configurable_product_links") or ()),
    )
    many(
        "INSERT INTO named VALUES (?, ?, ?)",
        ((sku_key(sku), c.record["id"], kind) for c in chunk for sku, kind in named_skus(c.record)),
    )
    _write_prices_and_stock(connection, chunk)


def _write_prices_and_stock(connection: sqlite3.Connection, chunk: list[ProductContent]) -> None:
    connection.executemany(
        "INSERT INTO special_price VALUES (?, ?, ?, ?, ?)",
        ((c.record["id"], *row) for c in chunk for row in c.special_prices),
    )
    connection.executemany(
        "INSERT INTO tier_price VALUES (?, ?, ?, ?, ?, ?)",
        ((c.record["id"], *row) for c in chunk for row in c.tier_prices),
    )
    connection.executemany(
        "INSERT INTO source_item (sku, sku_key, source_code, quantity, status) VALUES (?, ?, ?, ?, ?)",
        ((c.record["sku"], sku_key(c.record["sku"]), *row) for c in chunk for row in c.source_items),
    )


def fill_state(connection: sqlite3.Connection, content: CatalogContent) -> None:
    """Writes a whole catalog into an empty state."""
    for kind, store_id, position, record in content.entities():
        write_entity(connection, kind, store_id, position, record)
    write_products(connection, content.products())
