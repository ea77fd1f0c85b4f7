"""A change of each field of categoryPermissions and productOverrides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from odd_catalog import Item

from .workshop import (
    Edit,
    Key,
    Workshop,
    at,
    both,
    gone,
    group_code,
    price_item,
    product_item,
    values,
)


def _permission(shop: Workshop, *, category_id: int, **changes: Any) -> Item:
    grants = ("grant_catalog_category_view", "grant_catalog_product_price", "grant_checkout_items")
    record = {
        "permission_id": shop.number(),
        "category_id": category_id,
        "website_id": 1,
        "customer_group_id": 1,
        **dict.fromkeys(grants, -1),
        **changes,
    }
    shop.records["category_permissions"][""].append(record)
    return record


def add_permissions(shop: Workshop) -> None:
    feed = "categoryPermissions"
    new = shop.number()
    edits: dict[str, tuple[Edit, Callable[[Key], Key]]] = {
        "categoryId": (values(category_id=new), lambda key: (str(new), *key[1:])),
        "websiteCode": (values(website_id=None), lambda key: (key[0], "*", key[2])),
        "customerGroupCode": (values(customer_group_id=2), lambda key: (*key[:2], group_code(2))),
        "permissions": (values(grant_checkout_items=-2), lambda key: key),
    }
    for field, (edit, becomes) in edits.items():
        record = _permission(shop, category_id=shop.number())
        own = (str(record["category_id"]), "base", group_code(1))
        change = at("category_permissions", edit, permission_id=record["permission_id"])
        shop.mutate(feed, field, change, own, becomes=becomes(own))
    record = _permission(shop, category_id=shop.number())
    change = gone("category_permissions", permission_id=record["permission_id"])
    shop.mutate(feed, "deleted", change, (str(record["category_id"]), "base", group_code(1)))


def add_overrides(shop: Workshop) -> None:
    feed = "productOverrides"

    def governed(field: str) -> tuple[str, Item, tuple[str, Key]]:
        number = shop.category()["id"]
        record = _permission(shop, category_id=number)
        links = [{"category_id": str(number), "position": 1}]
        sku = shop.product(f"overrides.{field}", extension={"category_links": links})["sku"]
        return str(sku), record, ("categoryPermissions", (str(number), "base", group_code(1)))

    sku, _, _ = governed("sku")
    new = "overrides.sku.new"
    change = both(at("stock_index", values(sku=new), sku=sku), at("products", values(sku=new), sku=sku))
    follow = {of(name) for of in (product_item, price_item) for name in (sku, new)}
    own, after = (sku, "base", group_code(1)), (new, "base", group_code(1))
    shop.mutate(feed, "sku", change, own, becomes=after, others=follow)
    sku, _, _ = governed("productId")
    change = at("products", values(id=shop.number()), sku=sku)
    follow = {product_item(sku), price_item(sku)}
    shop.mutate(feed, "productId", change, (sku, "base", group_code(1)), others=follow)
    sku, _, _ = governed("modifiedAt")
    change = at("products", values(updated_at="2026-03-01 00:00:00"), sku=sku)
    shop.mutate(feed, "modifiedAt", change, (sku, "base", group_code(1)))
    edits: dict[str, tuple[Edit, tuple[str, ...]]] = {
        "displayable": (values(grant_catalog_category_view=-2), ("priceDisplayable", "buyable")),
        "priceDisplayable": (values(grant_catalog_product_price=-2), ("buyable",)),
        "buyable": (values(grant_checkout_items=-2), ()),
    }
    for field, (edit, also) in edits.items():
        sku, record, item = governed(field)
        change = at("category_permissions", edit, permission_id=record["permission_id"])
        shop.mutate(feed, field, change, (sku, "base", group_code(1)), field, *also, others={item})
    sku, record, item = governed("customerGroupCode")
    change = at("category_permissions", values(customer_group_id=2), permission_id=record["permission_id"])
    follow = {item, (item[0], (*item[1][:2], group_code(2)))}
    own, after = (sku, "base", group_code(1)), (sku, "base", group_code(2))
    shop.mutate(feed, "customerGroupCode", change, own, becomes=after, others=follow)
    sku, record, item = governed("deleted")
    change = gone("category_permissions", permission_id=record["permission_id"])
    shop.mutate(feed, "deleted", change, (sku, "base", group_code(1)), others={item})
