"""What `productOverrides` should hold, by asking every category of every product for every group."""

from __future__ import annotations

import hashlib
from typing import Any

from .records import Record, Records, extension, real_websites
from .variants import any_scope_of_products

ALLOW, DENY = -1, -2
GRANTS = ("grant_catalog_category_view", "grant_catalog_product_price", "grant_checkout_items")

Key = tuple[str, str, str]


def expected_overrides(records: Records) -> dict[Key, tuple[bool, ...]]:
    """Displayable, price displayable and buyable by SKU, website code and customer group code."""
    found: dict[Key, tuple[bool, ...]] = {}
    categories = {int(c["id"]): c for c in records.in_scope("categories", "all", "default")}
    permissions = records.all_of("category_permissions")
    roots = {int(g["id"]): int(g["root_category_id"]) for g in records.all_of("store_groups")}
    for website in real_websites(records):
        website_id = int(website["id"])
        own_roots = {
            roots[int(v["store_group_id"])] for v in records.all_of("store_views") if int(v["website_id"]) == website_id
        }
        for product in any_scope_of_products(records).values():
            if website_id not in [int(number) for number in extension(product, "website_ids") or []]:
                continue
            paths = [
                path
                for link in extension(product, "category_links") or []
                if (path := path_of(categories, int(link["category_id"]))) and own_roots & set(path)
            ]
            for group in records.all_of("customer_groups"):
                answers = [grants_of(path, permissions, website_id, int(group["id"])) for path in paths]
                if any(governed for governed, _ in answers):
                    code = hashlib.sha1(str(group["id"]).encode()).hexdigest()
                    together = tuple(any(grants[n] for _, grants in answers) for n in range(3))
                    found[product["sku"], website["code"], code] = together
    return found


def path_of(categories: dict[int, Record], category_id: int) -> list[int]:
    """The ids from the top down to a category, or nothing when it is unknown."""
    category = categories.get(category_id)
    return [int(step) for step in category["path"].split("/")] if category else []


def grants_of(
    path: list[int], permissions: list[Record], website_id: int, group_id: int
) -> tuple[bool, tuple[bool, bool, bool]]:
    """Whether a record governs the category at the end of `path`, and what is granted there."""
    governed = False
    grants: list[int] = []
    for name in GRANTS:
        own, inherited = grant_on_path([0, *path], permissions, website_id, group_id, name)
        governed = governed or own
        grants.append(inherited)
    view = grants[0] == ALLOW
    price = view and grants[1] == ALLOW
    return governed, (view, price, price and grants[2] == ALLOW)


def grant_on_path(
    path: list[int], permissions: list[Record], website_id: int, group_id: int, name: str
) -> tuple[bool, int]:
    """One grant by the nearest category that says something; category 0 is the global configuration."""
    for category_id in reversed(path):
        best: tuple[int, int] | None = None
        for record in permissions:
            if int(record.get("category_id") or 0) != category_id or record.get(name, 0) == 0:
                continue
            website, group = record.get("website_id"), record.get("customer_group_id")
            if website not in (None, website_id) or group not in (None, group_id):
                continue
            rank = (2 if group is not None else 0) + (1 if website is not None else 0)
            if best is None or rank > best[0]:
                best = (rank, int(record[name]))
        if best is not None:
            return category_id != 0, best[1]
    return False, ALLOW


def permission(category_id: int | None, view: Any, price: Any = 0, checkout: Any = 0, **where: int | None) -> Record:
    """A permission record; `website_id` and `customer_group_id` default to all."""
    return {
        "category_id": category_id,
        "website_id": where.get("website_id"),
        "customer_group_id": where.get("customer_group_id"),
        "grant_catalog_category_view": view,
        "grant_catalog_product_price": price,
        "grant_checkout_items": checkout,
    }
