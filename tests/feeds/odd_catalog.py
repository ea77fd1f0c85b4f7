"""A small catalog with every product type and many odd cases, and a way to compile it.

Websites `base` (views `en`, and `es`, which is inactive) and `france` (view `fr`); products are read under `en`, `fr`
and `all`, so `es` shows the admin's values. The golden files hold what the feeds must make of it, in full.
"""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from record_files import Records, connect, load_records

from syncengine.feeds.compile import CompiledFeed, compile_feeds
from syncengine.feeds.registry import get_feeds

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
SCOPES = ("all", "en", "fr")

Item = dict[str, Any]


def attribute(number: int, code: str, kind: str, backend: str = "varchar", **changes: Any) -> Item:
    """A user-defined attribute; `options` as {id: label}."""
    options = [{"label": " ", "value": ""}] if "options" in changes else []
    options += [{"label": label, "value": value} for value, label in changes.pop("options", {}).items()]
    return {
        "attribute_id": number,
        "attribute_code": code,
        "default_frontend_label": code.replace("_", " ").title(),
        "frontend_labels": [],
        "frontend_input": kind,
        "backend_type": backend,
        "scope": "global",
        "is_user_defined": True,
        "is_required": False,
        "is_unique": "0",
        "is_visible": True,
        "is_searchable": "1",
        "is_filterable": True,
        "is_filterable_in_search": False,
        "is_comparable": "0",
        "is_visible_on_front": "1",
        "used_in_product_listing": "0",
        "used_for_sort_by": False,
        "is_used_for_promo_rules": "1",
        "options": options,
        **changes,
    }


def category(number: int, path: str, *, active: bool = True, anchor: bool = True, **custom: str) -> Item:
    """A category with the url key `c<number>`."""
    pairs = {"is_anchor": "1" if anchor else "0", "url_key": f"c{number}", **custom}
    return {
        "id": number,
        "parent_id": int(path.split("/")[-2]) if "/" in path else 0,
        "name": f"Category {number}",
        "is_active": active,
        "position": number,
        "level": path.count("/"),
        "path": path,
        "include_in_menu": True,
        "created_at": "2026-01-01 00:00:00",
        "updated_at": "2026-01-02 00:00:00",
        "available_sort_by": ["position", "price"] if number == 11 else [],
        "custom_attributes": [{"attribute_code": code, "value": value} for code, value in pairs.items()],
    }


def product(number: int, sku: str, kind: str = "simple", **changes: Any) -> Item:
    """A visible product of website `base` with the url key `p<number>`; `custom` and `extension` add to it."""
    custom = {"url_key": f"p{number}", "tax_class_id": "2", **changes.pop("custom", {})}
    return {
        "id": number,
        "sku": sku,
        "name": f"Product {number}",
        "attribute_set_id": 4,
        "price": 10,
        "status": 1,
        "visibility": 4,
        "type_id": kind,
        "created_at": "2026-01-01 00:00:00",
        "updated_at": "2026-02-03 04:05:06",
        "extension_attributes": {"website_ids": [1], "category_links": [], **changes.pop("extension", {})},
        "product_links": changes.pop("links", []),
        "options": [],
        "media_gallery_entries": [],
        "tier_prices": [],
        "custom_attributes": [{"attribute_code": code, "value": value} for code, value in custom.items()],
        **changes,
    }


def link(kind: str, sku: str, position: int = 1, **more: Any) -> Item:
    """A product link."""
    return {"link_type": kind, "linked_product_sku": sku, "linked_product_type": "simple", "position": position, **more}


def image(number: int, file: str, *types: str, **changes: Any) -> Item:
    """A gallery entry."""
    return {
        "id": number,
        "media_type": "image",
        "label": f"Image {number}",
        "position": number,
        "disabled": False,
        "types": list(types),
        "file": file,
        **changes,
    }


def _products() -> list[Item]:
    video = {
        "media_type": "external-video",
        "video_provider": "vimeo",
        "video_url": "https://video.example/1",
        "video_title": "How it is made",
        "video_description": "By hand",
        "video_metadata": "1:30",
    }
    return [
        product(
            1,
            "Ünïcode & <b>'quoted'</b> \"sku\" 日本",
            custom={
                "description": "<p>Tabs\tand\nlines &trade;</p>",
                "meta_title": "",
                "image": "/a/1.jpg",
                "small_image": "no_selection",
                "image_label": "Front",
                "materials": "33,31,32",
                "color": "41",
                "is_eco": "1",
                "cost": "5.5",
                "note": "plain text",
                "news_from_date": "2026-01-01 00:00:00",
            },
            extension={
                "website_ids": [2, 1],
                "category_links": [{"category_id": "12", "position": 3}, {"category_id": "2", "position": 1}],
            },
            weight=1.5,
            links=[
                link("upsell", "CHILD-B", 1),
                link("related", "VIRTUAL", 2),
                link("related", "child-a", 1),
                link("related", "GONE", 3),
            ],
            media_gallery_entries=[
                image(2, "/a/2.jpg", label=None, disabled=True),
                image(1, "/a/1.jpg", "thumbnail", "image"),
                image(
                    3,
                    "/a/v.jpg",
                    "swatch_image",
                    media_type="external-video",
                    extension_attributes={"video_content": video},
                ),
            ],
            options=[
                {
                    "option_id": 7,
                    "title": "Engraving",
                    "type": "field",
                    "sort_order": 2,
                    "is_require": False,
                    "price": 3.5,
                    "price_type": "fixed",
                    "sku": "txt",
                    "max_characters": 30,
                },
                {
                    "option_id": 6,
                    "title": "Wrap",
                    "type": "drop_down",
                    "sort_order": 1,
                    "is_require": True,
                    "values": [
                        {
                            "option_type_id": 9,
                            "title": "Gold",
                            "sort_order": 2,
                            "price": 10,
                            "price_type": "percent",
                            "sku": "gold",
                        },
                        {
                            "option_type_id": 8,
                            "title": "Red",
                            "sort_order": 1,
                            "price": 5,
                            "price_type": "fixed",
                            "sku": "",
                        },
                    ],
                },
            ],
        ),
        product(2, "VIRTUAL", "virtual", custom={"tax_class_id": "0"}),
        product(3, "CHILD-A", visibility=1, custom={"color": "41", "size": "51"}, price=20),
        product(4, "CHILD-B", visibility=1, custom={"color": "42", "size": "51"}, price=15, status=2),
        product(
            5,
            "CONFIG",
            "configurable",
            price=0,
            extension={
                "configurable_product_links": [4, 3],
                "configurable_product_options": [
                    {
                        "id": 1,
                        "attribute_id": "93",
                        "label": "Color",
                        "position": 1,
                        "values": [{"value_index": 42}, {"value_index": 41}],
                    },
                    {"id": 2, "attribute_id": "94", "label": "Size", "position": 0, "values": [{"value_index": 51}]},
                ],
            },
        ),
        product(
            6,
            "CONFIG-OFF",
            "configurable",
            price=0,
            extension={"configurable_product_links": [4], "configurable_product_options": []},
        ),
        product(
            7,
            "GROUPED",
            "grouped",
            links=[
                link("associated", "CHILD-B", 2, extension_attributes={"qty": 1.5}),
                link("associated", "CHILD-A", 1, extension_attributes={"qty": 0}),
            ],
        ),
        _bundle(8, "BUNDLE", "0", ["CHILD-A"]),
        _bundle(9, "BUNDLE-FIXED", "1", ["CHILD-A", "CHILD-B"]),
        _bundle(10, "BUNDLE-LACKS", "0", ["CHILD-B"]),
        product(
            11,
            "DOWNLOAD",
            "downloadable",
            custom={"links_title": "Files", "samples_title": "Samples", "links_purchased_separately": "1"},
            extension={
                "downloadable_product_links": [
                    {"id": 2, "title": "Part 2", "sort_order": 2, "price": 4, "number_of_downloads": 3},
                    {"id": 1, "title": "Part 1", "sort_order": 1, "price": 6, "sample_type": "url"},
                ],
                "downloadable_product_samples": [
                    {"id": 5, "title": "Second", "sort_order": 1},
                    {"id": 4, "title": "First", "sort_order": 1},
                ],
            },
        ),
        product(12, "OFF", status=2, extension={"category_links": [{"category_id": "11", "position": 1}]}),
        product(13, "NOWHERE", extension={"website_ids": []}),
        product(14, "FRENCH", extension={"website_ids": [2]}),
        product(
            15,
            "FULL",
            custom={
                "meta_keyword": "all, of, it",
                "image": "/f/u.jpg",
                "small_image": "/f/s.jpg",
                "small_image_label": "Small",
                "thumbnail": "/f/t.jpg",
                "thumbnail_label": "Tiny",
                "swatch_image": "/f/w.jpg",
            },
            options=[
                {
                    "option_id": 10,
                    "title": "Your file",
                    "type": "file",
                    "sort_order": 1,
                    "is_require": True,
                    "price": 29.949999999999999,
                    "price_type": "fixed",
                    "file_extension": "png, jpg",
                    "image_size_x": 640,
                    "image_size_y": 480,
                }
            ],
            extension={
                "stock_item": {"qty": 1, "is_in_stock": True, "manage_stock": True, "notify_stock_qty": 2},
                "category_links": [],
                "website_ids": [1],
            },
        ),
    ]


def _bundle(number: int, sku: str, price_type: str, children: list[str]) -> Item:
    return product(
        number,
        sku,
        "bundle",
        weight=0,
        custom={"price_type": price_type, "price_view": "1", "weight_type": "0"},
        extension={
            "bundle_product_options": [
                {
                    "option_id": number * 10,
                    "title": "Parts",
                    "required": True,
                    "type": "select",
                    "position": 1,
                    "product_links": [
                        {
                            "id": str(number * 100 + place),
                            "sku": child,
                            "option_id": number * 10,
                            "qty": 2,
                            "position": place,
                            "is_default": place == 1,
                            "price": 20,
                            "price_type": 0 if price_type == "1" else None,
                            "can_change_quantity": 0,
                        }
                        for place, child in enumerate(children, start=1)
                    ],
                }
            ]
        },
    )


def odd_catalog() -> Records:
    """A fresh copy of the catalog, by entity and scope."""
    url = "https://shop.example/"
    config = {"base_url": url, "base_link_url": url, "base_media_url": url + "media/", "weight_unit": "kgs"}
    attributes = [
        attribute(93, "color", "select", "int", options={"41": "Black", "42": "Blue"}),
        attribute(94, "size", "select", "int", options={"51": "M"}),
        attribute(95, "materials", "multiselect", "text", options={"31": "Wool", "32": "Silk", "33": "Felt"}),
        attribute(96, "is_eco", "boolean", "int"),
        attribute(97, "cost", "price", "decimal"),
        attribute(98, "note", "text", is_visible_on_front="0"),
        attribute(99, "news_from_date", "date", "datetime", is_user_defined=False, scope="website"),
        attribute(73, "name", "text", is_user_defined=False, is_required=True, scope="store"),
        attribute(
            134, "tax_class_id", "select", "int", is_user_defined=False, options={"0": "None", "2": "Taxable Goods"}
        ),
    ]
    french = deepcopy(attributes)
    french[0]["options"][1]["label"] = "Noir"
    french[0]["options"][2]["label"] = ""
    french[0]["frontend_labels"] = [{"store_id": 3, "label": "Couleur"}]
    products = {scope: _products() for scope in SCOPES}
    products["fr"][0]["name"] = "Produit"
    products["fr"][2]["status"] = 2
    categories = [
        category(1, "1"),
        category(2, "1/2", display_mode="PRODUCTS"),
        category(10, "1/2/10", anchor=False, active=False),
        category(11, "1/2/10/11", image="shirts.jpg", description="<p>Shirts</p>"),
        category(
            12,
            "1/2/10/11/12",
            image="/media/catalog/category/new.jpg",
            meta_title="New",
            meta_keywords="new",
            meta_description="What is new",
        ),
    ]
    french_categories = deepcopy(categories)
    french_categories[3]["custom_attributes"][1]["value"] = "chemises"
    return {
        "websites": {
            "": [
                {"id": 0, "code": "admin", "name": "Admin", "default_group_id": 0},
                {"id": 1, "code": "base", "name": "Main", "default_group_id": 1},
                {"id": 2, "code": "france", "name": "France", "default_group_id": 2},
            ]
        },
        "store_groups": {
            "": [
                {"id": 0, "website_id": 0, "root_category_id": 0, "default_store_id": 0, "code": "default"},
                {"id": 1, "website_id": 1, "root_category_id": 2, "default_store_id": 1, "code": "main"},
                {"id": 2, "website_id": 2, "root_category_id": 2, "default_store_id": 3, "code": "paris"},
            ]
        },
        "store_views": {
            "": [
                {"id": 0, "code": "admin", "website_id": 0, "store_group_id": 0, "is_active": 1},
                {"id": 1, "code": "en", "website_id": 1, "store_group_id": 1, "is_active": 1},
                {"id": 2, "code": "es", "website_id": 1, "store_group_id": 1, "is_active": 0},
                {"id": 3, "code": "fr", "website_id": 2, "store_group_id": 2, "is_active": 1},
            ]
        },
        "store_configs": {
            "": [
                {"id": 1, "code": "en", "website_id": 1, "base_currency_code": "USD", **config},
                {"id": 2, "code": "es", "website_id": 1, "base_currency_code": "USD", **config},
                {"id": 3, "code": "fr", "website_id": 2, "base_currency_code": "EUR", **config},
            ]
        },
        "customer_groups": {
            "": [
                {"id": 0, "code": "NOT LOGGED IN"},
                {"id": 1, "code": "General"},
                {"id": 2, "code": "Gold", "extension_attributes": {"exclude_website_ids": [2]}},
            ]
        },
        "attribute_sets": {"": [{"attribute_set_id": 4, "attribute_set_name": "Default"}]},
        "attributes": {"all": attributes, "en": deepcopy(attributes), "fr": french},
        "categories": {"all": categories, "fr": french_categories},
        "products": products,
        "source_items": {
            "": [
                {"sku": "CHILD-A", "source_code": "default", "quantity": 7, "status": 1},
                {"sku": "FULL", "source_code": "default", "quantity": 1, "status": 1},
            ]
        },
        "special_prices": {
            "": [
                {"sku": "CHILD-A", "store_id": 0, "price": 12.5, "price_from": "2026-06-01 00:00:00", "price_to": None}
            ]
        },
        "tier_prices": {
            "": [
                {
                    "sku": "VIRTUAL",
                    "price": 9,
                    "price_type": "fixed",
                    "website_id": 0,
                    "customer_group": "all groups",
                    "quantity": 5,
                },
                {
                    "sku": "BUNDLE-FIXED",
                    "price": 10,
                    "price_type": "discount",
                    "website_id": 0,
                    "customer_group": "General",
                    "quantity": 1,
                },
            ]
        },
        "category_permissions": {
            "": [
                {
                    "permission_id": 1,
                    "category_id": 12,
                    "website_id": 1,
                    "customer_group_id": 1,
                    "grant_catalog_category_view": -2,
                    "grant_catalog_product_price": -1,
                    "grant_checkout_items": 0,
                }
            ]
        },
        "stock_index": {
            "base": [
                {"sku": _products()[0]["sku"], "qty": 2.5, "is_salable": True},
                {"sku": "child-a", "qty": 7, "is_salable": True},
                {"sku": "CONFIG", "qty": 0, "is_salable": True},
                {"sku": "FULL", "qty": 1, "is_salable": True},
            ]
        },
    }


def compile_catalog(records: Records, out: Path, *feeds: str) -> dict[str, CompiledFeed]:
    """The compiled `feeds` (all of them by default) by name."""
    with connect() as con:
        load_records(con, records)
        return {done.feed.name: done for done in compile_feeds(con, get_feeds(feeds), out=out, now=NOW)}


def rows(compiled: CompiledFeed) -> list[Item]:
    """The rows of a compiled feed as dicts, the payload decoded, in order of identity."""
    with connect() as con:
        found = con.execute(f"SELECT * FROM read_parquet('{compiled.path}')")
        names = [column[0] for column in found.description]
        decoded = [dict(zip(names, values, strict=True)) for values in found.fetchall()]
    for row in decoded:
        row["item"] = json.loads(row["payload"])
    return sorted(decoded, key=lambda row: [row[column] for column in compiled.feed.identity_columns])


def set_aside(out: Path) -> list[tuple[Any, ...]]:
    """(feed, source_entity_id, code) of what was set aside, sorted."""
    with connect() as con:
        found = con.execute(f"SELECT feed, source_entity_id, code FROM read_parquet('{out / 'set_aside.parquet'}')")
        return sorted(found.fetchall(), key=str)
