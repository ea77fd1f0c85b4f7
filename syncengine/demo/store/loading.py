"""A directory of records (JSON Lines, gzip or not) as a catalog."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from syncengine.demo.store.content import FRESH_STOCK, ProductContent

_KINDS = (
    "websites",
    "store_groups",
    "store_views",
    "store_configs",
    "customer_groups",
    "attribute_sets",
    "attributes",
    "categories",
    "category_permissions",
)
_DEFAULT_SOURCE = {
    "source_code": "default",
    "name": "Default Source",
    "enabled": True,
    "description": "Default Source",
    "latitude": 0,
    "longitude": 0,
    "country_id": "US",
    "postcode": "00000",
    "use_default_carrier_config": True,
    "carrier_links": [],
    "extension_attributes": {"is_pickup_location_active": False, "frontend_name": ""},
}


class RecordsError(ValueError):
    """The directory is not one of records."""


def _file(directory: Path, name: str) -> Path | None:
    for end in (".jsonl.gz", ".jsonl"):
        if (directory / (name + end)).is_file():
            return directory / (name + end)
    return None


def read_records(directory: Path, name: str) -> Iterator[dict[str, Any]]:
    """The records of one file, nothing when there is none."""
    path = _file(directory, name)
    if path is None:
        return
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def difference(base: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """The patch that turns the record `base` into a store view's record `other`."""
    patch = {k: v for k, v in other.items() if k != "custom_attributes" and base.get(k) != v}
    mine = {a["attribute_code"]: a["value"] for a in base.get("custom_attributes", ())}
    theirs = {a["attribute_code"]: a["value"] for a in other.get("custom_attributes", ())}
    changed: dict[str, Any] = {code: value for code, value in theirs.items() if mine.get(code) != value}
    changed.update({code: None for code in mine if code not in theirs})
    if changed:
        patch["custom_attributes"] = changed
    return patch


class RecordedCatalog:
    """A catalog read from a directory such as the Luma records; `products.<view>.jsonl.gz` are overrides."""

    def __init__(self, directory: Path) -> None:
        if _file(directory, "products") is None:
            raise RecordsError(f"There is no `products.jsonl.gz` in `{directory}`.")
        self._directory = directory

    def identity(self) -> dict[str, str]:
        """What makes this catalog another one: the directory and its files' sizes and times."""
        files = sorted(self._directory.glob("*.json*"))
        text = "\n".join(f"{f.name} {f.stat().st_size} {f.stat().st_mtime_ns}" for f in files)
        return {
            "kind": "records",
            "catalog": hashlib.sha256(f"{self._directory}\n{text}".encode()).hexdigest(),
        }

    def entities(self) -> Iterable[tuple[str, int, int, dict[str, Any]]]:
        """Everything small, as it lies in the files; a default source and stock where the files have none."""
        for kind in _KINDS:
            for position, record in enumerate(read_records(self._directory, kind)):
                yield kind, 0, position, record
        members = self._directory / "attribute_set_members.json"
        if members.is_file():
            for position, (number, codes) in enumerate(json.loads(members.read_text("utf-8")).items()):
                record = {"attribute_set_id": int(number), "attribute_codes": codes}
                yield "attribute_set_members", 0, position, record
        sites = [site["code"] for site in read_records(self._directory, "websites") if site["id"] != 0]
        channels = [{"type": "website", "code": code} for code in sites]
        yield "sources", 0, 0, _DEFAULT_SOURCE
        stock = {"stock_id": 1, "name": "Default Stock", "extension_attributes": {"sales_channels": channels}}
        yield "stocks", 0, 0, stock
        yield "stock_source_links", 0, 0, {"stock_id": 1, "source_code": "default", "priority": 1}

    def products(self) -> Iterator[ProductContent]:
        """The products; the stock item is taken out of the record, as a list does."""
        special = self._by_sku("special_prices")
        tier = self._by_sku("tier_prices")
        items = self._by_sku("source_items")
        views = {
            view["id"]: {record["sku"]: record for record in read_records(self._directory, f"products.{view['code']}")}
            for view in read_records(self._directory, "store_views")
        }
        for record in read_records(self._directory, "products"):
            sku = record["sku"]
            stock = record["extension_attributes"].pop("stock_item", {})
            plain = {**FRESH_STOCK, "item_id": record["id"], "product_id": record["id"]}
            overrides = {}
            for store_id, records in views.items():
                if sku in records:
                    records[sku]["extension_attributes"].pop("stock_item", None)
                    overrides[store_id] = difference(record, records[sku])
            yield ProductContent(
                record=record,
                stock={key: value for key, value in stock.items() if plain.get(key) != value},
                overrides={store_id: patch for store_id, patch in overrides.items() if patch},
                special_prices=[
                    (row["store_id"], row["price"], row["price_from"], row["price_to"]) for row in special.get(sku, ())
                ],
                tier_prices=[
                    (
                        row["website_id"],
                        row["customer_group"],
                        row["price_type"],
                        row["price"],
                        row["quantity"],
                    )
                    for row in tier.get(sku, ())
                ],
                source_items=[(row["source_code"], row["quantity"], row["status"]) for row in items.get(sku, ())],
            )

    def _by_sku(self, name: str) -> dict[str, list[dict[str, Any]]]:
        rows: dict[str, list[dict[str, Any]]] = {}
        for row in read_records(self._directory, name):
            rows.setdefault(row["sku"], []).append(row)
        return rows
