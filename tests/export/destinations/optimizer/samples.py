"""Small items, complete as their feeds' contracts want them."""

from __future__ import annotations

from typing import Any

from syncengine.feeds.registry import FEEDS

GROUP_3 = "77de68daecd823babbb58edb1c8e14d7106e83bb"


def item(feed: str, **values: Any) -> dict[str, Any]:
    """A live item with null in every field that is not given."""
    blank: dict[str, Any] = {one.name: None for one in FEEDS[feed].fields}
    assert set(values) <= set(blank), set(values) - set(blank)
    return {**blank, "deleted": False, **values}


def product(sku: str = "A", **values: Any) -> dict[str, Any]:
    """A simple product of the view `default`."""
    plain = {"storeViewCode": "default", "name": "Name", "urlKey": "a", "productId": 7, "productType": "simple"}
    shown = {"status": "Enabled", "visibility": "Catalog, Search", "inStock": True, "lowStock": False}
    return item("products", sku=sku, **{**plain, **shown, **values})


def price(sku: str = "A", group: str = "0", website: str = "base", **values: Any) -> dict[str, Any]:
    """A price row."""
    own = {"sku": sku, "customerGroupCode": group, "websiteCode": website, "regular": 10, **values}
    return item("prices", **own)


def category(path: str = "men/pants", **values: Any) -> dict[str, Any]:
    """A category of the view `default`."""
    return item("categories", urlPath=path, **{"storeViewCode": "default", "name": "Pants", **values})


def attribute(code: str = "color", **values: Any) -> dict[str, Any]:
    """A product attribute of the view `default`."""
    return item("productAttributes", attributeCode=code, **{"storeViewCode": "default", "label": "Color", **values})


def product_tombstone(sku: str = "A") -> dict[str, Any]:
    """A deleted product."""
    return {"productId": 7, "sku": sku, "storeViewCode": "default", "deleted": True, "modifiedAt": None}


def option(**values: Any) -> dict[str, Any]:
    """An option of a product."""
    names = ("id", "label", "sortOrder", "required", "renderType", "type", "swatchType", "values")
    return {**dict.fromkeys(names), **values}


def choice(**values: Any) -> dict[str, Any]:
    """A value of an option."""
    names = ("id", "label", "sortOrder", "isDefault", "colorHex", "imageUrl", "qtyMutability", "qty", "sku")
    return {**dict.fromkeys(names), **values}
