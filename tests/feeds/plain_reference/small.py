"""Small catalogs for tests: two websites, the four stock customer groups, and products made to measure."""

from __future__ import annotations

from typing import Any

from .records import Record, Records

GROUPS = {"NOT LOGGED IN": 0, "General": 1, "Wholesale": 2, "Retailer": 3}


def small_catalog(
    products: list[Record] | dict[str, list[Record]],
    *,
    zone: str = "America/Chicago",
    **entities: list[Record] | dict[str, list[Record]],
) -> Records:
    """Websites `base` (views `default` and inactive `old`) and `france` (view `fr`) over one root category."""
    stores = {
        "websites": [_website(0, "admin", 0), _website(2, "france", 2), _website(1, "base", 1)],
        "store_groups": [_store(0, 0, 0), _store(1, 1, 2), _store(2, 2, 3)],
        "store_views": [
            _view(0, "admin", 0, 0),
            _view(1, "old", 1, 1, active=0),
            _view(2, "default", 1, 1),
            _view(3, "fr", 2, 2),
        ],
        "store_configs": [
            _config("default", 1, "USD", zone),
            _config("old", 1, "USD", "UTC"),
            _config("fr", 2, "EUR", "Europe/Paris"),
        ],
        "customer_groups": [{"id": number, "code": label} for label, number in GROUPS.items()],
        "attributes": [],
        "attribute_sets": [],
        "categories": [
            category(1, 0, "1"),
            category(2, 1, "1/2"),
            category(3, 2, "1/2/3"),
            category(4, 3, "1/2/3/4"),
            category(5, 2, "1/2/5"),
        ],
        "products": products,
    }
    scoped: dict[str, dict[str, list[Record]]] = {}
    for entity, records in {**stores, **entities}.items():
        scoped[entity] = records if isinstance(records, dict) else {"": records}
    return Records(by_entity=scoped)


def product(number: int, sku: str | None = None, **changes: Any) -> Record:
    """A simple product in both websites; `attributes` are custom, `extension` extension attributes."""
    attributes = changes.pop("attributes", {})
    extension = changes.pop("extension", {})
    return {
        "id": number,
        "sku": sku or f"SKU-{number}",
        "name": f"Product {number}",
        "attribute_set_id": 4,
        "price": 34,
        "status": 1,
        "visibility": 4,
        "type_id": "simple",
        "created_at": "2026-01-01 00:00:00",
        "updated_at": "2026-02-03 04:05:06",
        "extension_attributes": {"website_ids": [1, 2], "category_links": [], **extension},
        "product_links": [],
        "options": [],
        "media_gallery_entries": [],
        "tier_prices": [],
        "custom_attributes": [{"attribute_code": code, "value": value} for code, value in attributes.items()],
        **changes,
    }


def category(number: int, parent: int, path: str) -> Record:
    """An active category."""
    return {
        "id": number,
        "parent_id": parent,
        "name": f"Category {number}",
        "is_active": True,
        "position": number,
        "level": path.count("/"),
        "path": path,
        "custom_attributes": [{"attribute_code": "url_key", "value": f"category-{number}"}],
    }


def in_categories(*numbers: int) -> dict[str, Any]:
    """The extension attribute that puts a product into these categories."""
    return {"category_links": [{"position": 0, "category_id": str(number)} for number in numbers]}


def _website(number: int, code: str, group: int) -> Record:
    return {"id": number, "code": code, "name": code, "default_group_id": group}


def _store(number: int, website: int, view: int) -> Record:
    return {
        "id": number,
        "website_id": website,
        "root_category_id": 2 if number else 0,
        "default_store_id": view,
        "name": f"Store {number}",
        "code": f"store_{number}",
    }


def _view(number: int, code: str, website: int, group: int, *, active: int = 1) -> Record:
    return {
        "id": number,
        "code": code,
        "name": code,
        "website_id": website,
        "store_group_id": group,
        "is_active": active,
    }


def _config(code: str, website: int, currency: str, zone: str) -> Record:
    return {
        "code": code,
        "website_id": website,
        "base_currency_code": currency,
        "default_display_currency_code": currency,
        "timezone": zone,
        "weight_unit": "kgs",
        "base_url": "https://shop.example.com/",
        "base_media_url": "https://shop.example.com/media/",
    }
