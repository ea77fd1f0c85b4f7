"""Changes of a website, a store or a view, which every item below it shows."""

from __future__ import annotations

from record_files import Records

from .workshop import (
    Change,
    at,
    find,
    values,
)


def _website_id(records: Records) -> None:
    find(records, "websites", id=1)["id"] = 2
    for entity in ("store_groups", "store_views"):
        find(records, entity, website_id=1)["website_id"] = 2
    for record in records["products"][""]:
        record["extension_attributes"]["website_ids"] = [2]
    for record in records["category_permissions"][""]:
        record["website_id"] = 2


def _view_code(records: Records) -> None:
    for entity in ("store_views", "store_configs"):
        find(records, entity, code="en")["code"] = "uk"


def _website_code(records: Records) -> None:
    find(records, "websites", id=1)["code"] = "main"
    records["stock_index"] = {"main": records["stock_index"]["base"]}
    records["stocks"][""][0]["extension_attributes"]["sales_channels"][0]["code"] = "main"


# (change, the field it alters in every item that has a value there, by feed; no other feed)
SCOPE_CHANGES: dict[str, tuple[Change, dict[str, str]]] = {
    "website code": (
        _website_code,
        {
            **dict.fromkeys(("products", "productAttributes", "categories", "prices"), "websiteCode"),
            **dict.fromkeys(("productOverrides", "categoryPermissions", "scopesWebsite"), "websiteCode"),
            "scopesCustomerGroup": "websites",
        },
    ),
    "website id": (_website_id, {"prices": "websiteId", "scopesWebsite": "websiteId"}),
    "store code": (
        at("store_groups", values(code="other"), id=1),
        {**dict.fromkeys(("products", "productAttributes", "categories"), "storeCode"), "scopesWebsite": "stores"},
    ),
    "store view code": (
        _view_code,
        {**dict.fromkeys(("products", "productAttributes", "categories"), "storeViewCode"), "scopesWebsite": "stores"},
    ),
    "base currency": (at("store_configs", values(base_currency_code="CHF"), code="en"), {"products": "currency"}),
    "weight unit": (at("store_configs", values(weight_unit="lbs"), code="en"), {"products": "weightUnit"}),
    "stock id": (at("stocks", values(stock_id="4"), stock_id="1"), {"inventoryStockStatus": "stockId"}),
}
