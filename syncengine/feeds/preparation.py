"""Turns staged records into the typed tables that every feed's SQL reads (schema `prepared`)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from syncengine.feeds.feed import ROOM

# one range is compiled at a time: what is in memory is this many items, whatever the catalog's size
RANGE_ITEMS = 40_000
_FEWEST_RANGE_ITEMS = 1_000
_BYTES_AN_ITEM = 32_000
_UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
# a row group is held in memory by each thread that reads or writes it
_ROW_GROUP_RECORDS = 2_048

_TEXT = "VARCHAR"
# text wherever a store may write something odd: it is cast where it is used, and what does not cast is null
RECORD_STRUCTURE = {
    "id": _TEXT,
    "sku": _TEXT,
    "name": _TEXT,
    "attribute_set_id": _TEXT,
    "price": _TEXT,
    "status": _TEXT,
    "visibility": _TEXT,
    "type_id": _TEXT,
    "created_at": _TEXT,
    "updated_at": _TEXT,
    "weight": _TEXT,
    "extension_attributes": {
        "website_ids": [_TEXT],
        "category_links": [{"position": _TEXT, "category_id": _TEXT}],
        "configurable_product_links": [_TEXT],
        "configurable_product_options": [
            {"attribute_id": _TEXT, "label": _TEXT, "position": _TEXT, "values": [{"value_index": _TEXT}]}
        ],
        "bundle_product_options": [
            {
                "option_id": _TEXT,
                "title": _TEXT,
                "required": _TEXT,
                "type": _TEXT,
                "position": _TEXT,
                "product_links": [
                    {
                        "id": _TEXT,
                        "sku": _TEXT,
                        "qty": _TEXT,
                        "position": _TEXT,
                        "is_default": _TEXT,
                        "price": _TEXT,
                        "price_type": _TEXT,
                        "can_change_quantity": _TEXT,
                    }
                ],
            }
        ],
        "downloadable_product_links": [
            {
                "id": _TEXT,
                "title": _TEXT,
                "sort_order": _TEXT,
                "price": _TEXT,
                "number_of_downloads": _TEXT,
                "sample_type": _TEXT,
            }
        ],
        "downloadable_product_samples": [{"id": _TEXT, "title": _TEXT, "sort_order": _TEXT}],
        "stock_item": {
            "qty": _TEXT,
            "is_in_stock": _TEXT,
            "manage_stock": _TEXT,
            "notify_stock_qty": _TEXT,
            "min_sale_qty": _TEXT,
            "max_sale_qty": _TEXT,
            "backorders": _TEXT,
            "enable_qty_increments": _TEXT,
            "qty_increments": _TEXT,
        },
    },
    "product_links": [
        {
            "link_type": _TEXT,
            "linked_product_sku": _TEXT,
            "position": _TEXT,
            "extension_attributes": {"qty": _TEXT},
        }
    ],
    "options": [
        {
            "option_id": _TEXT,
            "title": _TEXT,
            "type": _TEXT,
            "sort_order": _TEXT,
            "is_require": _TEXT,
            "price": _TEXT,
            "price_type": _TEXT,
            "sku": _TEXT,
            "max_characters": _TEXT,
            "file_extension": _TEXT,
            "image_size_x": _TEXT,
            "image_size_y": _TEXT,
            "values": [
                {
                    "option_type_id": _TEXT,
                    "title": _TEXT,
                    "sort_order": _TEXT,
                    "price": _TEXT,
                    "price_type": _TEXT,
                    "sku": _TEXT,
                }
            ],
        }
    ],
    "media_gallery_entries": [
        {
            "id": _TEXT,
            "media_type": _TEXT,
            "label": _TEXT,
            "position": _TEXT,
            "disabled": _TEXT,
            "types": [_TEXT],
            "file": _TEXT,
            "extension_attributes": {
                "video_content": {
                    "media_type": _TEXT,
                    "video_provider": _TEXT,
                    "video_url": _TEXT,
                    "video_title": _TEXT,
                    "video_description": _TEXT,
                    "video_metadata": _TEXT,
                }
            },
        }
    ],
    "tier_prices": "JSON",
    "custom_attributes": [{"attribute_code": _TEXT, "value": _TEXT}],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRanges:
    """The ranges of product ids (both ends included) that a feed is compiled in."""

    spans: tuple[tuple[int, int], ...]

    @classmethod
    def none(cls) -> ProductRanges:
        """No products were prepared."""
        return cls(spans=())

    def show(self, con: duckdb.DuckDBPyConnection, span: tuple[int, int]) -> None:
        """Makes `prepared.products` and `prepared.items` show the products of `span` only."""
        con.execute("SET VARIABLE range_from = CAST($first AS BIGINT)", {"first": span[0]})
        con.execute("SET VARIABLE range_to = CAST($last AS BIGINT)", {"last": span[1]})


def _script(name: str) -> str:
    return (ROOM / "sql" / name).read_text("utf-8")


def prepare_small(con: duckdb.DuckDBPyConnection, *, now: datetime) -> None:
    """Makes the macros and the tables of scopes, attributes and categories."""
    con.execute("CREATE SCHEMA IF NOT EXISTS prepared")
    con.execute("SET VARIABLE now = CAST($now AS TIMESTAMP)", {"now": now})
    for name in ("macros.sql", "scopes.sql", "attributes.sql", "categories.sql"):
        con.execute(_script(name))


def prepare_products(con: duckdb.DuckDBPyConnection, work: Path) -> ProductRanges:
    """Parses every product record once, into Parquet below `work`, and makes the key tables.

    Returns the ranges of ids to compile in.
    """
    path = str(work / "products.parquet").replace("'", "''")
    parse = _script("product_parse.sql").replace("$structure", _quoted(json.dumps(RECORD_STRUCTURE)))
    con.execute(f"COPY ({parse}) TO '{path}' (FORMAT parquet, COMPRESSION lz4, ROW_GROUP_SIZE {_ROW_GROUP_RECORDS})")
    con.execute(f"CREATE OR REPLACE VIEW prepared.product_rows AS SELECT * FROM read_parquet('{path}')")
    _show_each_record_once(con, path)
    for name in ("stock.sql", "product_keys.sql", "product_range.sql"):
        con.execute(_script(name))
    rows = con.execute(_script("product_spans.sql"), {"range_items": _range_items(con)}).fetchall()
    return ProductRanges(spans=tuple((first, last) for first, last in rows))


def memory_limit_bytes(con: duckdb.DuckDBPyConnection) -> int:
    """The connection's memory limit, which DuckDB tells as a text such as `1.0 GiB`."""
    row = con.execute("SELECT current_setting('memory_limit')").fetchone()
    number, _, unit = (row[0] if row else "").partition(" ")
    return int(float(number) * _UNITS.get(unit, 1))


def _range_items(con: duckdb.DuckDBPyConnection) -> int:
    """How many items a range may have within the connection's memory limit."""
    return min(RANGE_ITEMS, max(_FEWEST_RANGE_ITEMS, memory_limit_bytes(con) // _BYTES_AN_ITEM))


def _show_each_record_once(con: duckdb.DuckDBPyConnection, path: str) -> None:
    """A record read twice (a page repeated) counts once: of several with one scope and id, the newest."""
    row = con.execute(
        "SELECT count(*) - count(DISTINCT (scope, product_id, sku)) FROM prepared.product_rows"
    ).fetchone()
    if row and row[0]:
        con.execute(_script("product_rows_once.sql").replace("$path", f"'{path}'"))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
