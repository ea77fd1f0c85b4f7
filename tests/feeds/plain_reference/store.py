"""A whole store as plain records, asked for in the plainest way: one large page a list."""

from __future__ import annotations

from typing import Any

import requests

from .records import Record, Records, items_of

PAGE = {"searchCriteria[pageSize]": "5000"}
LISTS = {
    "customer_groups": "customerGroups/search",
    "attribute_sets": "products/attribute-sets/sets/list",
    "source_items": "inventory/source-items",
    "stocks": "inventory/stocks",
    "category_permissions": "catalogSync/categoryPermissions",
}
STORES = {
    "websites": "store/websites",
    "store_groups": "store/storeGroups",
    "store_views": "store/storeViews",
    "store_configs": "store/storeConfigs",
}
SCOPED = {"attributes": "products/attributes", "categories": "categories/list", "products": "products"}


def read_store(address: str, token: str) -> Records:
    """Everything, under the admin scope and every active store view; tier prices by the look-up."""
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"

        def get(path: str, scope: str = "", params: dict[str, str] | None = None) -> list[Record]:
            place = f"{scope}/V1" if scope else "V1"
            answer = session.get(f"{address}/rest/{place}/{path}", params=params, timeout=60)
            answer.raise_for_status()
            return items_of(answer.json())

        found: dict[str, dict[str, list[Record]]] = {name: {"": get(path)} for name, path in STORES.items()}
        for name, path in LISTS.items():
            found[name] = {"": get(path, params=PAGE)}
        views = [view["code"] for view in found["store_views"][""] if view["is_active"] and view["id"] != 0]
        for name, path in SCOPED.items():
            found[name] = {scope: get(path, scope, PAGE) for scope in ("all", *views)}
        found["stock_index"] = {
            website["code"]: get(f"inventory/dump-stock-index-data/website/{website['code']}")
            for website in found["websites"][""]
            if website["id"] != 0
        }
        found["tier_prices"] = {"": _tier_prices(session, address, found["products"]["all"])}
    return Records(by_entity=found)


def _tier_prices(session: requests.Session, address: str, products: list[Record]) -> list[Any]:
    skus = [product["sku"] for product in products]
    path = f"{address}/rest/V1/products/tier-prices-information"
    found: list[Any] = []
    for start in range(0, len(skus), 20):
        answer = session.post(path, json={"skus": skus[start : start + 20]}, timeout=60)
        answer.raise_for_status()
        found += answer.json()
    return found
