"""A catalog in which every field of every feed has a record of its own to be changed, and those changes.

Each `Mutation` alters one source record. All of them can be applied to one copy of the catalog, so that two
compilations are enough to see that each reached its own item and what must follow, and nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from odd_catalog import Item, category, odd_catalog, product
from record_files import Records

Key = tuple[str, ...]
Change = Callable[[Records], None]
Edit = Callable[[Item], None]

ROOT = ("categories", ("", "en"))
STOCK_ITEM = {"qty": 5, "is_in_stock": True, "manage_stock": True, "notify_stock_qty": 1}
NOTHING: frozenset[tuple[str, Key]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One change: whose item it is meant for, which of its fields must change, and which other items must follow.

    `becomes`: the identity afterwards, where the change alters it; None where the item must be gone.
    """

    change: Change
    subject: Key
    becomes: Key | None
    fields: frozenset[str]
    others: frozenset[tuple[str, Key]]


class Workshop:
    """Collects records and the mutations on them."""

    def __init__(self) -> None:
        """Starts with one website, one store view and the odd catalog's attributes, without its products."""
        odd = odd_catalog()
        self.records: Records = {
            "websites": {"": [*odd["websites"][""][:2], {"id": 8, "code": "spare", "default_group_id": 0}]},
            "store_groups": {"": odd["store_groups"][""][:2]},
            "store_views": {"": odd["store_views"][""][:2]},
            "store_configs": {"": odd["store_configs"][""][:1]},
            "customer_groups": {"": [_group(number) for number in range(8)]},
            "attribute_sets": odd["attribute_sets"],
            "attributes": {"": odd["attributes"]["en"]},
            "categories": {"": [category(1, "1"), category(2, "1/2")]},
            "products": {"": []},
            "source_items": {"": []},
            "stocks": {"": [_stock("1")]},
            "stock_index": {"base": []},
            "tier_prices": {"": []},
            "category_permissions": {"": []},
        }
        tax = next(found for found in self.records["attributes"][""] if found["attribute_code"] == "tax_class_id")
        tax["options"].append({"label": "Reduced", "value": "3"})
        self.mutations: dict[tuple[str, str], Mutation] = {}
        self._number = 1000

    def number(self) -> int:
        """A number that no record has."""
        self._number += 1
        return self._number

    def product(self, sku: str, kind: str = "simple", **content: Any) -> Item:
        """Adds a product that can be sold; returns its record."""
        content.setdefault("extension", {})
        record = product(self.number(), sku, kind, **content)
        self.records["products"][""].append(record)
        self.records["stock_index"]["base"].append({"sku": sku, "qty": 5, "is_salable": True})
        return record

    def category(self, **custom: str) -> Item:
        """Adds a category below the root; returns its record."""
        number = self.number()
        record = category(number, f"1/2/{number}", **custom)
        self.records["categories"][""].append(record)
        return record

    def mutate(
        self,
        feed: str,
        field: str,
        change: Change,
        subject: Key,
        *fields: str,
        becomes: Key | None = None,
        others: frozenset[tuple[str, Key]] | set[tuple[str, Key]] = NOTHING,
    ) -> None:
        """Notes the change that flips `field`."""
        self.mutations[feed, field] = Mutation(
            change=change,
            subject=subject,
            becomes=None if field == "deleted" else becomes or subject,
            fields=frozenset(fields or (field,)),
            others=frozenset(others),
        )


def _group(number: int) -> Item:
    # not on the spare website, so that nothing follows when that is gone
    return {"id": number, "code": f"Group {number}", "extension_attributes": {"exclude_website_ids": [8]}}


def _stock(number: str) -> Item:
    return {
        "stock_id": number,
        "extension_attributes": {"sales_channels": [{"type": "website", "code": "base"}]},
    }


def group_code(number: int) -> str:
    """The code of a customer group."""
    return hashlib.sha1(str(number).encode()).hexdigest()


def price_item(sku: str) -> tuple[str, Key]:
    """A product's fallback price item."""
    return ("prices", (sku, "0", "base"))


def product_item(sku: str) -> tuple[str, Key]:
    """A product's item."""
    return ("products", (sku, "en"))


# --- changes of one record -----------------------------------------------------------------------------------------


def find(records: Records, entity: str, **wanted: Any) -> Item:
    """The record with these values."""
    (found,) = (
        record
        for records_of_scope in records[entity].values()
        for record in records_of_scope
        if all(record.get(name) == value for name, value in wanted.items())
    )
    return found


def at(entity: str, edit: Edit, **wanted: Any) -> Change:
    """`edit` of the record with these values."""
    return lambda records: edit(find(records, entity, **wanted))


def gone(entity: str, **wanted: Any) -> Change:
    """The record with these values removed."""

    def remove(records: Records) -> None:
        record = find(records, entity, **wanted)
        for found in records[entity].values():
            if record in found:
                found.remove(record)

    return remove


def both(*changes: Change) -> Change:
    """Several changes as one."""

    def apply(records: Records) -> None:
        for change in changes:
            change(records)

    return apply


def values(**changed: Any) -> Edit:
    """Fields of the record set."""
    return lambda record: record.update(changed)


def custom(code: str, value: str) -> Edit:
    """A custom attribute set."""

    def edit(record: Item) -> None:
        pairs = [pair for pair in record["custom_attributes"] if pair["attribute_code"] != code]
        record["custom_attributes"] = [*pairs, {"attribute_code": code, "value": value}]

    return edit


def extension(**changed: Any) -> Edit:
    """Extension attributes set."""
    return lambda record: record["extension_attributes"].update(changed)


def inside(name: str, **changed: Any) -> Edit:
    """Fields of the first entry of a list set."""
    return lambda record: record[name][0].update(changed)


def family(shop: Workshop, name: str) -> tuple[Item, Item, Item]:
    """A configurable with two children, the second not linked yet."""
    child = shop.product(f"{name}.child", custom={"color": "41"})
    other = shop.product(f"{name}.other", custom={"color": "42"})
    varies = {"id": 1, "attribute_id": "93", "label": "Color", "position": 1, "values": [{"value_index": 41}]}
    content = {"configurable_product_links": [child["id"]], "configurable_product_options": [varies]}
    return shop.product(f"{name}.parent", "configurable", extension=content), child, other
