"""A `products` item as a product of the Optimizer."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from syncengine.export.destinations.optimizer.scopes import Scopes

ORIGIN = "AdobeCommerce"
STOCK_ATTRIBUTE = "aco_ac_attributes"
_STATUSES = {"Enabled": "ENABLED", "Disabled": "DISABLED"}
_AREAS = {"Catalog": "CATALOG", "Search": "SEARCH"}
_ROLES = {"image": "BASE", "small_image": "SMALL", "thumbnail": "THUMBNAIL", "swatch_image": "SWATCH"}
_PARENT_LINKS = {"configurable": "VARIANT_OF", "bundle": "IN_BUNDLE", "bundle_fixed": "IN_BUNDLE"}
_ELSEWHERE = frozenset({"inStock", "lowStock", "categories", "weight", "weightType"})
_MULTIPLE = frozenset({"checkbox", "multi"})


def product(item: Mapping[str, Any], scopes: Scopes) -> dict[str, Any]:
    """The whole product as it is to stand in its locale. Raises: UnmappableError."""
    options = item["optionsV2"] or []
    configurations = [_configuration(o) for o in options if o["type"] == "configurable" and o["id"] and o["values"]]
    bundles = [_bundle(o) for o in options if o["type"] == "bundle" and _bundle_items(o)]
    return {
        **product_key(item, scopes),
        **given({"name": item["name"], "slug": item["urlKey"]}),
        "status": _status(item, has_choices=bool(configurations or bundles)),
        **given({"description": item["description"], "shortDescription": item["shortDescription"]}),
        "visibleIn": [_AREAS[area] for area in _parts(item["visibility"], ",") if area in _AREAS],
        "metaTags": meta_tags(item["metaTitle"], item["metaDescription"], item["metaKeyword"]),
        "attributes": [_stock_attribute(item), *_attributes(item)],
        "images": _images(item["images"] or []),
        "links": [*_links(item["links"] or []), *_parent_links(item["parents"] or [])],
        "routes": _routes(item["categoryData"] or []),
        "configurations": configurations,
        "bundles": bundles,
        "externalIds": [{"id": str(item["productId"]), "origin": ORIGIN}],
    }


def product_key(item: Mapping[str, Any], scopes: Scopes) -> dict[str, Any]:
    """What a product is known by. Raises: UnmappableError."""
    return {"sku": item["sku"], "source": scopes.source(item["storeViewCode"])}


def meta_tags(title: str | None, description: str | None, keywords: str | None) -> dict[str, Any]:
    """The three meta fields, those without a value left out; keywords stand one a line."""
    return {**given({"title": title, "description": description}), "keywords": _parts(keywords, "\n")}


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` without those that are null: the record is replaced whole, so a missing field is an empty one."""
    return {name: value for name, value in values.items() if value is not None}


def _parts(text: str | None, separator: str) -> list[str]:
    return [part.strip() for part in (text or "").split(separator) if part.strip()]


def _status(item: Mapping[str, Any], *, has_choices: bool) -> str:
    if item["productType"] in ("configurable", "bundle") and not has_choices:
        return "DISABLED"
    return _STATUSES.get(item["status"] or "", "DISABLED")


def _stock_attribute(item: Mapping[str, Any]) -> dict[str, Any]:
    flags = {name: None if item[name] is None else str(item[name]).lower() for name in ("inStock", "lowStock")}
    text = orjson.dumps(given({**flags, "weight": item["weight"], "weightType": item["weightType"]})).decode()
    return {"code": STOCK_ATTRIBUTE, "values": [text]}


def _attributes(item: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    is_variant = any(parent["productType"] == "configurable" for parent in item["parents"] or [])
    for attribute in item["attributes"] or []:
        code, value_ids = attribute["attributeCode"], attribute["valueId"] or []
        if code in _ELSEWHERE:
            continue
        mapped = {"code": code, "values": [value for value in attribute["value"] or [] if value is not None]}
        if is_variant and len(value_ids) == 1 and value_ids[0]:
            mapped["variantReferenceId"] = variant_reference(code, value_ids[0])
        yield mapped


def variant_reference(attribute_code: str, option_id: str) -> str:
    """What a configurable's choice and the variants' attribute value have in common: `color/52`."""
    return f"{attribute_code}/{option_id}"


def _images(images: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    mapped = []
    for image in sorted(images, key=lambda image: _number(image["sortOrder"])):
        resource = image["resource"] or {}
        if resource.get("url"):
            roles = resource.get("roles") or []
            mapped.append(
                {
                    "url": resource["url"],
                    "label": resource.get("label") or "",
                    "roles": [_ROLES[role] for role in roles if role in _ROLES],
                    "customRoles": [role for role in roles if role not in _ROLES],
                }
            )
    return mapped


def _number(text: str | None) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return 0.0


def _links(links: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    return ({"type": (link["type"] or "").upper(), "sku": link["sku"]} for link in links if link["sku"])


def _parent_links(parents: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    for parent in parents:
        kind = parent["productType"] or ""
        if parent["sku"] and kind:
            yield {"type": _PARENT_LINKS.get(kind, kind.upper()), "sku": parent["sku"]}


def _routes(categories: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"path": category["categoryPath"], "position": category["productPosition"] or 0}
        for category in categories
        if category["categoryPath"]
    ]


def _configuration(option: Mapping[str, Any]) -> dict[str, Any]:
    code = option["id"]
    default = next((value["id"] for value in option["values"] if value["isDefault"]), None)
    return {
        "attributeCode": code,
        **given({"label": option["label"]}),
        **({} if default is None else {"defaultVariantReferenceId": variant_reference(code, _option_id(default))}),
        "type": "SWATCH" if option["swatchType"] else "CONFIGURABLE",
        "values": [
            {
                "variantReferenceId": variant_reference(code, _option_id(value["id"])),
                **given({name: value[name] for name in ("label", "colorHex", "imageUrl")}),
            }
            for value in option["values"]
        ],
    }


def _option_id(uid: str) -> str:
    """The option's id out of a value's uid, base64 of `configurable/<attribute id>/<option id>`."""
    try:
        text = base64.b64decode(uid, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return uid
    return text.rpartition("/")[2] if text.startswith("configurable/") else uid


def _bundle(option: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "group": option["label"] or "Bundle group",
        "required": bool(option["required"]),
        "multiSelect": option["renderType"] in _MULTIPLE,
        "defaultItemSkus": [value["sku"] for value in option["values"] if value["isDefault"] and value["sku"]],
        "items": _bundle_items(option),
    }


def _bundle_items(option: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"sku": value["sku"], "qty": value["qty"] or 0, "userDefinedQty": bool(value["qtyMutability"])}
        for value in option["values"] or []
        if value["sku"]
    ]
