"""REST records as plain lists, from a directory of JSON Lines or the recorded answers of a real store."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

Record = dict[str, Any]

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
    "stock_index",
    "base_prices",
    "special_prices",
    "tier_prices",
    "catalog_rule_prices",
    "category_permissions",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Every record of one catalog: entity -> scope -> records. An entity that is absent is not offered."""

    by_entity: dict[str, dict[str, list[Record]]] = field(default_factory=dict)

    def all_of(self, entity: str) -> list[Record]:
        """The records of an entity, whatever their scope."""
        return [record for records in self.by_entity.get(entity, {}).values() for record in records]

    def in_scope(self, entity: str, *scopes: str) -> list[Record]:
        """The records of the first of these scopes that has any; unscoped ones come last."""
        scoped = self.by_entity.get(entity, {})
        for scope in (*scopes, ""):
            if scoped.get(scope):
                return scoped[scope]
        return []

    def offers(self, entity: str) -> bool:
        """Whether the source can give this entity at all."""
        return entity in self.by_entity

    def replaced(self, entity: str, records: dict[str, list[Record]]) -> Records:
        """The same catalog with one entity's records exchanged."""
        return replace(self, by_entity={**self.by_entity, entity: records})


def read_json(place: Path) -> Any:
    """The one JSON value of a file, unpacked when its name ends in .gz."""
    text = gzip.decompress(place.read_bytes()) if place.suffix == ".gz" else place.read_bytes()
    return json.loads(text)


def read_lines(place: Path) -> list[Record]:
    """The JSON values of a file of JSON Lines, unpacked when its name ends in .gz."""
    text = gzip.decompress(place.read_bytes()) if place.suffix == ".gz" else place.read_bytes()
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def items_of(answer: Any) -> list[Record]:
    """The records of an answer: bare arrays and search results look different."""
    return answer["items"] if isinstance(answer, dict) else answer


def read_directory(place: Path) -> Records:
    """The catalog in a directory of `<entity>.jsonl.gz` and `<entity>.<scope>.jsonl.gz`."""
    found: dict[str, dict[str, list[Record]]] = {}
    for file in sorted(place.iterdir()):
        name = file.name.removesuffix(".gz").removesuffix(".jsonl")
        entity, _, scope = name.partition(".")
        if entity in ENTITIES and ".jsonl" in file.name:
            found.setdefault(entity, {})[scope] = read_lines(file)
    return Records(by_entity=found)


def read_pristine_recording(recordings: Path) -> Records:
    """The untouched shop: one website, one store view."""
    place = recordings / "pristine"
    return Records(
        by_entity={
            **_scopes(place),
            "customer_groups": {"": items_of(read_json(place / "customerGroups-search.json"))},
            "attribute_sets": {"": items_of(read_json(place / "attribute-sets-list.json"))},
            "attributes": {"default": items_of(read_json(place / "products-attributes.json.gz"))},
            "categories": {
                "default": items_of(read_json(place / "categories-list.json.gz")),
                "all": items_of(read_json(place / "categories-list-all.json.gz")),
            },
            "products": {
                "default": read_lines(place / "products-list.jsonl.gz"),
                "all": read_lines(place / "products-list-all-scope.jsonl.gz"),
            },
            "source_items": {"": items_of(read_json(place / "source-items.json.gz"))},
            "stocks": {"": items_of(read_json(place / "inventory-stocks.json"))},
            "stock_index": {"base": items_of(read_json(place / "dump-stock-index-data.json.gz"))},
            "tier_prices": {"": items_of(read_json(place / "tier-prices-information-all2046.json"))},
        }
    )


def read_changed_recording(recordings: Path) -> Records:
    """The shop after its changes: a second website in EUR, tier prices, odd SKUs. The look-up of tier prices
    was recorded for two SKUs only and counts as not offered."""
    place = recordings / "after"
    pristine = items_of(read_json(recordings / "pristine" / "products-attributes.json.gz"))
    attributes = {}
    for scope in ("default", "all", "fr"):
        color = read_json(place / f"attribute-color-{scope}.json")
        attributes[scope] = [color if a["attribute_code"] == "color" else a for a in pristine]
    return Records(
        by_entity={
            **_scopes(place),
            "customer_groups": {"": items_of(read_json(place / "customerGroups-search.json"))},
            "attribute_sets": {"": items_of(read_json(recordings / "pristine" / "attribute-sets-list.json"))},
            "attributes": attributes,
            "categories": {
                scope: items_of(read_json(place / f"categories-list-{scope}.json.gz"))
                for scope in ("default", "all", "fr")
            },
            "products": {
                scope: read_lines(place / f"products-list-{scope}.jsonl.gz") for scope in ("default", "all", "fr")
            },
            "source_items": {"": items_of(read_json(place / "source-items.json.gz"))},
            "stocks": {"": items_of(read_json(place / "inventory-stocks.json"))},
            "stock_index": {
                "base": items_of(read_json(place / "dump-stock-index-data-base.json.gz")),
                "france": items_of(read_json(place / "dump-stock-index-data-france.json")),
            },
        }
    )


def _scopes(place: Path) -> dict[str, dict[str, list[Record]]]:
    names = {
        "websites": "store-websites",
        "store_groups": "store-storeGroups",
        "store_views": "store-storeViews",
        "store_configs": "store-storeConfigs",
    }
    return {entity: {"": read_json(place / f"{name}.json")} for entity, name in names.items()}


def custom_attributes(record: Record) -> dict[str, Any]:
    """The custom attributes of a record by code; sent as a list of pairs, and absent on some records."""
    return {pair["attribute_code"]: pair.get("value") for pair in record.get("custom_attributes") or []}


def extension(record: Record, key: str) -> Any:
    """One extension attribute; an empty set of them comes as [] instead of {}."""
    extras = record.get("extension_attributes") or {}
    return extras.get(key) if isinstance(extras, dict) else None


def real_websites(records: Records) -> list[Record]:
    """The websites by id, without the admin one."""
    found = [website for website in records.all_of("websites") if int(website["id"]) != 0]
    return sorted(found, key=lambda website: int(website["id"]))


def views_of_website(records: Records, website: Record) -> list[Record]:
    """The store views of a website, its default view first, then the active ones by id."""
    groups = {int(g["id"]): g for g in records.all_of("store_groups")}
    default_group = groups.get(int(website["default_group_id"]))
    default_view = int(default_group["default_store_id"]) if default_group else None
    views = [v for v in records.all_of("store_views") if int(v["website_id"]) == int(website["id"])]
    return sorted(views, key=lambda v: (int(v["id"]) != default_view, not int(v.get("is_active", 1)), int(v["id"])))


def scopes_of_website(records: Records, website: Record) -> Iterable[str]:
    """The scopes in which a product's values hold for a website, best first."""
    return (*(view["code"] for view in views_of_website(records, website)), "all")
