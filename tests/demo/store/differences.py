"""Why answers from the Luma records differ from those of the real Magento that was recorded.

The Luma records were made from the sample data's files, the recordings by a real installation: other ids for eight
products, other times, other file names. Each function below takes one such difference out of both sides, and says
its reason; whatever is left must be equal. The list of all differences is recordings/luma-differences.json.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

# The first product of each new attribute set lost these values when the recorded shop was installed.
_LOST_IN_INSTALLATION = {
    "24-MB01": {"options_container", "tax_class_id", "activity", "material", "features_bags", "strap_bags"}
    | {"style_bags"},
    "24-UG06": {"options_container", "tax_class_id", "activity", "gender", "material", "category_gear"},
    "24-WG081-gray": {"options_container", "tax_class_id", "activity", "gender", "material", "category_gear"},
    "24-WG085": {"options_container", "tax_class_id", "activity", "gender", "material", "category_gear"},
    "240-LV04": {"options_container", "tax_class_id", "activity"},
}
# Ids depend on the order in which sample data modules ran; downloadable, grouped and bundle products differ.
_RENUMBERED_TYPES = ("downloadable", "grouped", "bundle")
ORDERED = ("WS03-XS-Red", "WS08-XS-Blue")  # the sample orders took one piece of each
_SUFFIX = re.compile(r"_\d+(\.\w+)$")
_IMAGES = ("image", "small_image", "thumbnail", "swatch_image")
_URLS = re.compile(r"^https?://[^/]+/(static/)?(version\d+/)?")


def _attribute_values(record: dict[str, Any]) -> dict[str, Any]:
    """Custom attributes by code: their order differs between installations."""
    values = {a["attribute_code"]: a["value"] for a in record.get("custom_attributes", ())}
    lost = _LOST_IN_INSTALLATION.get(record["sku"], set())
    for code in (*lost, "links_exist", "msrp_display_actual_price_type", "special_from_date"):
        values.pop(code, None)  # only one side has it, or it is the day of installation
    if "category_ids" in values:
        values["category_ids"] = sorted(values["category_ids"])
    for code in _IMAGES:
        if code in values:
            values[code] = _SUFFIX.sub(r"\1", values[code])  # an import copies files as name_1, name_2
    if record["sku"] == "240-LV09":
        values.pop("has_options", None)  # options of the downloadable were saved differently
        values.pop("required_options", None)
    return values


def product(record: dict[str, Any]) -> dict[str, Any]:
    """A product of either side, without the differences of installations."""
    kept = {**record, "custom_attributes": _attribute_values(record)}
    for name in ("created_at", "updated_at"):
        kept.pop(name, None)
    kept["media_gallery_entries"] = [
        {**{k: v for k, v in entry.items() if k != "id"}, "file": _SUFFIX.sub(r"\1", entry["file"])}
        for entry in record.get("media_gallery_entries", ())
    ]
    if record["type_id"] in _RENUMBERED_TYPES:
        kept.pop("id")
        if not kept.get("weight"):
            kept.pop("weight", None)  # the bundle: 0 against none
    if "extension_attributes" in record:
        kept["extension_attributes"] = _extension(record)
    return kept


def _extension(record: dict[str, Any]) -> dict[str, Any]:
    extension = dict(record["extension_attributes"])
    links = extension.pop("category_links", ())
    extension["categories"] = sorted(link["category_id"] for link in links)  # an import counts positions down
    for option in extension.get("configurable_product_options", ()):
        option.pop("id")  # the recorded shop's counter started one higher
    if "stock_item" in extension:
        extension["stock_item"] = stock_item(extension["stock_item"], record["type_id"])
        if record["sku"] in ORDERED:
            extension["stock_item"].pop("qty")
    return extension


def stock_item(item: dict[str, Any], type_id: str = "") -> dict[str, Any]:
    """A stock item: renumbered with its product; a quantity that is not managed is null or 0."""
    kept = dict(item)
    if type_id in _RENUMBERED_TYPES or item["qty"] in (None, 0):
        kept = {k: v for k, v in kept.items() if k not in ("item_id", "product_id")}
        kept["qty"] = kept["qty"] or 0
    return kept


def products(answer: dict[str, Any]) -> dict[str, Any]:
    """A page of products, by SKU: renumbered products stand elsewhere in the page."""
    return {**answer, "items": {record["sku"]: product(record) for record in answer["items"]}}


def attribute(record: dict[str, Any]) -> dict[str, Any]:
    """An attribute: the Luma records hold a summary of the system's own, without models, grids and promo rules.

    Options by value: two options of one label came in another order. No options at all is the blank one alone.
    """
    names = ["attribute_code", "backend_type", "is_user_defined", "is_unique", "frontend_labels", "entity_type_id"]
    if record["is_user_defined"]:
        names += ["attribute_id", "default_frontend_label", "frontend_input", "is_required", "scope"]
    kept = {name: record[name] for name in names if name in record}
    if record["is_user_defined"]:
        options = [option for option in record["options"] if option["value"] != ""]
        kept["options"] = sorted(options, key=lambda option: str(option["value"]))
    return kept


def attribute_short(record: dict[str, Any]) -> dict[str, Any]:
    """An attribute as its set lists it: in the keys that such a list has."""
    return {name: value for name, value in attribute(record).items() if name != "scope"}


def category(record: dict[str, Any]) -> dict[str, Any]:
    """A category: other times; children in menu order and with inactive ones against id order without."""
    gone = ("created_at", "updated_at", "children", "available_sort_by")
    kept = {k: v for k, v in record.items() if k not in gone}
    kept["custom_attributes"] = {a["attribute_code"]: a["value"] for a in record["custom_attributes"]}
    if record["id"] == 1:
        kept.pop("is_active", None)
    return kept


def category_node(node: dict[str, Any]) -> dict[str, Any]:
    """A node of the tree: the root category is active or says nothing."""
    kept = {k: v for k, v in node.items() if k != "is_active" or node["id"] != 1}
    children = sorted(node["children_data"], key=lambda child: (child["position"], child["id"]))
    return {**kept, "children_data": [category_node(child) for child in children]}


def special_prices(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Special prices: they begin on the day of installation."""
    return [{k: v for k, v in row.items() if k != "price_from"} for row in rows]


def store_configs(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Store configs: another host, and static files under a version."""
    return [{k: _URLS.sub("", v) if isinstance(v, str) and "://" in v else v for k, v in row.items()} for row in rows]


def stock_dump(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The stock index by SKU: the order is the renumbered ids'; two simples were sold by the sample orders."""
    return {row["sku"]: row["is_salable"] if row["sku"] in ORDERED else row for row in rows}


def by_sku(answer: dict[str, Any]) -> dict[str, Any]:
    """A list of SKUs in no order asked for: the real one follows an index."""
    return {**answer, "items": sorted(item["sku"] for item in answer["items"])}


def without_scope_path(one: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same for every item of a search."""
    return lambda answer: {**answer, "items": [one(item) for item in answer["items"]]}
