"""Record views (schema `records`) made straight from directories of records, for the tests of the feeds."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

ENTITIES = (
    "websites",
    "store_groups",
    "store_views",
    "store_configs",
    "customer_groups",
    "attribute_sets",
    "attributes",
    "categories",
    "products",
    "source_items",
    "stocks",
    "stock_index",
    "base_prices",
    "special_prices",
    "tier_prices",
    "catalog_rule_prices",
    "category_permissions",
)

# entity -> scope -> records
Records = dict[str, dict[str, list[Any]]]


def connect() -> duckdb.DuckDBPyConnection:
    """An in-memory connection as the pipeline makes it."""
    con = duckdb.connect(":memory:")
    con.execute("SET threads = 2")
    con.execute("SET preserve_insertion_order = false")
    con.execute("SET memory_limit = '1GB'")
    return con


def load_records(con: duckdb.DuckDBPyConnection, records: Mapping[str, Mapping[str, Iterable[Any]]]) -> None:
    """Makes `records.<entity>` for every entity, and `records.offered` (offered: named in `records`)."""
    con.execute("CREATE SCHEMA IF NOT EXISTS records")
    for entity in ENTITIES:
        con.execute(f"CREATE OR REPLACE TABLE records.{entity} (scope VARCHAR, record JSON)")
        rows = [
            (scope, json.dumps(record, ensure_ascii=False))
            for scope, items in records.get(entity, {}).items()
            for record in items
        ]
        if rows:
            table = pa.table({"scope": [row[0] for row in rows], "record": [row[1] for row in rows]})
            con.register("rows_to_load", table)
            con.execute(f"INSERT INTO records.{entity} FROM rows_to_load")
            con.unregister("rows_to_load")
    con.execute("CREATE OR REPLACE TABLE records.offered (entity VARCHAR, offered BOOLEAN)")
    con.executemany("INSERT INTO records.offered VALUES (?, ?)", [(entity, entity in records) for entity in ENTITIES])


def read_json(path: Path) -> Any:
    """The JSON of a file, gzipped or not."""
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return json.loads(text)


def read_lines(path: Path) -> list[Any]:
    """The records of a JSON Lines file, gzipped or not."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in raw.splitlines() if line.strip()]


def luma_records(shared: Path) -> Records:
    """The Luma catalog, as the files source gives it: unscoped; `stock_item` left out as in lists."""
    luma = shared / "luma"
    records: Records = {
        entity: {"": read_lines(luma / f"{entity}.jsonl.gz")}
        for entity in ENTITIES
        if (luma / f"{entity}.jsonl.gz").exists()
    }
    for product in records["products"][""]:
        product["extension_attributes"].pop("stock_item", None)
    return records


def _items(path: Path) -> list[Any]:
    answer = read_json(path)
    return answer["items"] if isinstance(answer, dict) else answer


def recorded_records(shared: Path, state: str) -> Records:
    """The catalog of a real store as it was recorded: `pristine` or `after`."""
    place = shared / "recordings" / state
    pristine = shared / "recordings" / "pristine"
    attributes = _items(pristine / "products-attributes.json.gz")
    records: Records = {
        "websites": {"": _items(place / "store-websites.json")},
        "store_groups": {"": _items(place / "store-storeGroups.json")},
        "store_views": {"": _items(place / "store-storeViews.json")},
        "store_configs": {"": _items(place / "store-storeConfigs.json")},
        "customer_groups": {"": _items(place / "customerGroups-search.json")},
        "attribute_sets": {"": _items(pristine / "attribute-sets-list.json")},
        "source_items": {"": _items(place / "source-items.json.gz")},
        "stocks": {"": _items(place / "inventory-stocks.json")},
    }
    if state == "pristine":
        records["products"] = {
            "default": read_lines(place / "products-list.jsonl.gz"),
            "all": read_lines(place / "products-list-all-scope.jsonl.gz"),
        }
        records["attributes"] = {"default": attributes}
        # the list of the default view was recorded after a change (category 41); this one is of the untouched shop
        records["categories"] = {"": _items(place / "categories-list-all.json")}
        records["stock_index"] = {"base": _items(place / "dump-stock-index-data.json.gz")}
        records["base_prices"] = {"": read_lines(place / "base-prices.jsonl.gz")}
        records["special_prices"] = {"": _items(place / "special-price-information-all2046.json")}
        records["tier_prices"] = {"": _items(place / "tier-prices-information-all2046.json")}
        return records
    records["products"] = {
        "default": read_lines(place / "products-list-default.jsonl.gz"),
        "all": read_lines(place / "products-list-all.jsonl.gz"),
        "fr": read_lines(place / "products-list-fr.jsonl.gz"),
    }
    records["attributes"] = {
        scope: [
            read_json(place / f"attribute-color-{scope}.json") if item["attribute_code"] == "color" else item
            for item in attributes
        ]
        for scope in ("all", "default", "fr")
    }
    records["categories"] = {
        scope: _items(place / f"categories-list-{scope}.json.gz") for scope in ("all", "default", "fr")
    }
    records["stock_index"] = {
        "base": _items(place / "dump-stock-index-data-base.json.gz"),
        "france": _items(place / "dump-stock-index-data-france.json"),
    }
    records["base_prices"] = {"": _items(place / "base-prices-information.json")}
    records["special_prices"] = {"": _items(place / "special-price-information.json")}
    records["tier_prices"] = {"": _items(place / "tier-prices-information.json")}
    return records
