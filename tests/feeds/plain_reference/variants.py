"""What the `variants` feed should hold: one item per configurable and child."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from .records import Record, Records, custom_attributes, extension

Item = dict[str, Any]


def expected_variants(records: Records) -> dict[tuple[str, str], Item]:
    """Every variant by parent SKU and child SKU. A label comes once per distinct text over the views."""
    products = any_scope_of_products(records)
    attributes = attributes_by_id(records)
    items: dict[tuple[str, str], Item] = {}
    for parent in products.values():
        for child_id in extension(parent, "configurable_product_links") or []:
            child = products.get(int(child_id))
            if child is None:
                continue
            path = f"configurable/{parent['sku']}/{child['sku']}"
            items[parent["sku"], child["sku"]] = {
                "id": hashlib.md5(path.encode()).hexdigest(),
                "optionValues": option_values(parent, child, attributes),
                "parentId": str(parent["id"]),
                "productId": str(child["id"]),
                "parentSku": parent["sku"],
                "productSku": child["sku"],
            }
    return items


def option_values(parent: Record, child: Record, attributes: dict[int, list[Record]]) -> list[Item]:
    """The child's value of each of the parent's options, with every label it has."""
    found: list[Item] = []
    values = custom_attributes(child)
    for option in extension(parent, "configurable_product_options") or []:
        attribute_id = int(option["attribute_id"])
        versions = attributes.get(attribute_id, [])
        if not versions:
            continue
        code = versions[0]["attribute_code"]
        index = values.get(code)
        if index is None:
            continue
        uid = base64.b64encode(f"configurable/{attribute_id}/{index}".encode()).decode()
        for label in sorted(labels_of(versions, str(index))):
            found.append({"attributeCode": code, "uid": uid, "label": label, "valueIndex": str(index)})
    return sorted(found, key=lambda value: (value["attributeCode"], value["label"]))


def labels_of(versions: list[Record], index: str) -> set[str]:
    """The distinct labels of one option value over the scopes the attribute was read in."""
    return {
        option["label"]
        for attribute in versions
        for option in attribute.get("options") or []
        if str(option["value"]) == index
    }


def any_scope_of_products(records: Records) -> dict[int, Record]:
    """Products by id, as the admin scope sees them, else as any scope does."""
    found: dict[int, Record] = {}
    for scope in ("all", "", *sorted(records.by_entity["products"])):
        for product in records.by_entity["products"].get(scope, []):
            found.setdefault(int(product["id"]), product)
    return found


def attributes_by_id(records: Records) -> dict[int, list[Record]]:
    """The attribute as each scope sees it."""
    found: dict[int, list[Record]] = {}
    for scoped in records.by_entity["attributes"].values():
        for attribute in scoped:
            found.setdefault(int(attribute["attribute_id"]), []).append(attribute)
    return found
