"""The composite status: a configurable or bundle is Enabled only while shoppers can complete it."""

from __future__ import annotations

from .records import Record, Records, extension

ENABLED = 1


def expected_status(records: Records, scope: str) -> dict[str, str]:
    """Enabled or Disabled by SKU, as one scope sees it."""
    products = records.in_scope("products", scope, "all")
    by_id = {int(product["id"]): product for product in products}
    by_sku = {str(product["sku"]).lower(): product for product in products}
    return {product["sku"]: "Enabled" if is_enabled(product, by_id, by_sku) else "Disabled" for product in products}


def is_enabled(product: Record, by_id: dict[int, Record], by_sku: dict[str, Record]) -> bool:
    """Its own status, and for composites: one enabled child, or one per required option of a bundle."""
    if product.get("status") != ENABLED:
        return False
    if product["type_id"] == "configurable":
        links = extension(product, "configurable_product_links") or []
        return any(is_on(by_id.get(int(child))) for child in links)
    if product["type_id"] == "bundle":
        required = [o for o in extension(product, "bundle_product_options") or [] if o.get("required")]
        return all(any(is_on(by_sku.get(link["sku"].lower())) for link in o["product_links"]) for o in required)
    return True


def is_on(product: Record | None) -> bool:
    """Whether a child exists and is enabled itself."""
    return product is not None and product.get("status") == ENABLED
