"""The composite status: a configurable or bundle is Enabled only while shoppers can complete it."""

from __future__ import annotations

from collections import defaultdict

from .records import Record, Records, extension

ENABLED = 1

# the children of each required option of a bundle, by the bundle's id and the option's
RequiredChildren = dict[int, dict[int, set[str]]]


def expected_status(records: Records, scope: str) -> dict[str, str]:
    """Enabled or Disabled by SKU, as one scope sees it."""
    products = records.in_scope("products", scope, "all")
    by_id = {int(product["id"]): product for product in products}
    by_sku = {str(product["sku"]).lower(): product for product in products}
    required = required_children(records)
    return {
        product["sku"]: "Enabled" if is_enabled(product, by_id, by_sku, required) else "Disabled"
        for product in products
    }


def required_children(records: Records) -> RequiredChildren:
    """What a bundle needs. A store view's record names the children of its own website only, so all scopes count."""
    found: RequiredChildren = defaultdict(lambda: defaultdict(set))
    for product in records.all_of("products"):
        for option in extension(product, "bundle_product_options") or []:
            if option.get("required"):
                children = found[int(product["id"])][int(option["option_id"])]
                children.update(link["sku"].lower() for link in option.get("product_links") or [])
    return found


def is_enabled(
    product: Record, by_id: dict[int, Record], by_sku: dict[str, Record], required: RequiredChildren
) -> bool:
    """Its own status, and for composites: one enabled child, or one per required option of a bundle."""
    if product.get("status") != ENABLED:
        return False
    if product["type_id"] == "configurable":
        links = extension(product, "configurable_product_links") or []
        return any(is_on(by_id.get(int(child))) for child in links)
    if product["type_id"] == "bundle":
        options = required[int(product["id"])].values()
        return all(any(is_on(by_sku.get(child)) for child in children) for children in options)
    return True


def is_on(product: Record | None) -> bool:
    """Whether a child exists and is enabled itself."""
    return product is not None and product.get("status") == ENABLED
