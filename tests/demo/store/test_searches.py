"""Searches: filters, sorting, paging and scopes, against what the records themselves say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from syncengine.demo.store.content import custom_value

from .asking import Api

Record = dict[str, Any]


def _ids(api: Api, scope: str, *filters: tuple[str, str, str]) -> set[int]:
    """Ids that match all filters, each in a group of its own, in one answer."""
    asked = {"fields": "items[id],total_count", "searchCriteria[pageSize]": "0"}
    for n, (field, condition, value) in enumerate(filters):
        name = f"searchCriteria[filterGroups][{n}][filters][0]"
        asked |= {f"{name}[field]": field, f"{name}[conditionType]": condition, f"{name}[value]": value}
    answer = api.get(f"/rest/{scope}/V1/products", params=asked)
    ids = [item["id"] for item in answer["items"] or ()]
    assert len(ids) == len(set(ids)) == answer["total_count"]
    return set(ids)


CASES: dict[str, tuple[tuple[str, str, str], Callable[[Record], bool]]] = {
    "eq": (("type_id", "eq", "bundle"), lambda r: r["type_id"] == "bundle"),
    "neq": (("type_id", "neq", "simple"), lambda r: r["type_id"] != "simple"),
    "gt": (("entity_id", "gt", "690"), lambda r: r["id"] > 690),
    "gteq": (("entity_id", "gteq", "690"), lambda r: r["id"] >= 690),
    "moreq": (("entity_id", "moreq", "690"), lambda r: r["id"] >= 690),
    "lt": (("entity_id", "lt", "9"), lambda r: r["id"] < 9),
    "lteq": (("entity_id", "lteq", "9"), lambda r: r["id"] <= 9),
    "numbers, not texts": (("price", "lt", "9.5"), lambda r: r.get("price") is not None and r["price"] < 9.5),
    "in": (("entity_id", "in", "3,5,7"), lambda r: r["id"] in (3, 5, 7)),
    "nin": (("visibility", "nin", "1,4"), lambda r: r["visibility"] in (2, 3)),
    "like": (("sku", "like", "KIT-%"), lambda r: r["sku"].startswith("KIT-")),
    "like without case": (("sku", "like", "kit-%"), lambda r: r["sku"].startswith("KIT-")),
    "nlike": (("type_id", "nlike", "%le"), lambda r: not r["type_id"].endswith("le")),
    "null": (("price", "null", "1"), lambda r: r.get("price") is None),
    "notnull of a custom attribute": (
        ("special_price", "notnull", "1"),
        lambda r: custom_value(r, "special_price") is not None,
    ),
    "finset": (("material", "finset", "101"), lambda r: "101" in (custom_value(r, "material") or "").split(",")),
    "a custom attribute": (("eco", "eq", "1"), lambda r: custom_value(r, "eco") == "1"),
    "weight": (("weight", "gteq", "1.2"), lambda r: r.get("weight", 0) >= 1.2),
    "website": (("website_id", "eq", "2"), lambda r: 2 in r["extension_attributes"]["website_ids"]),
    "two websites": (("website_id", "in", "1,2"), lambda r: bool(r["extension_attributes"]["website_ids"])),
    "category": (
        ("category_id", "eq", "13"),
        lambda r: "13" in {link["category_id"] for link in r["extension_attributes"]["category_links"]},
    ),
    "time of update": (
        ("updated_at", "gteq", "2025-03-10T00:00:00Z"),
        lambda r: r["updated_at"] >= "2025-03-10 00:00:00",
    ),
    "an unknown condition finds nothing": (("sku", "nosuch", "1"), lambda r: False),
    "quotes are values": (("sku", "eq", "QUOTE-\"d\"-'s'"), lambda r: r["sku"].startswith("QUOTE")),
}


@pytest.mark.parametrize("name", CASES)
def test_a_condition_finds_what_the_records_say(shop: Api, name: str) -> None:
    asked, holds = CASES[name]
    expected = {record["id"] for record in shop.every_product() if holds(record)}
    assert _ids(shop, "all", asked) == expected


def test_groups_are_and_and_filters_within_are_or(shop: Api) -> None:
    asked = {
        "searchCriteria[filter_groups][0][filters][0][field]": "type_id",
        "searchCriteria[filter_groups][0][filters][0][value]": "bundle",
        "searchCriteria[filter_groups][0][filters][1][field]": "type_id",
        "searchCriteria[filter_groups][0][filters][1][value]": "grouped",
        "searchCriteria[filter_groups][1][filters][0][field]": "entity_id",
        "searchCriteria[filter_groups][1][filters][0][condition_type]": "lt",
        "searchCriteria[filter_groups][1][filters][0][value]": "400",
    }
    found = {item["id"] for item in shop.get("/rest/all/V1/products", params=asked)["items"]}
    every = shop.every_product()
    assert found == {r["id"] for r in every if r["type_id"] in ("bundle", "grouped") and r["id"] < 400} != set()


@pytest.mark.parametrize("field", ["name", "status", "price"])
def test_a_filter_in_a_view_compares_the_view_s_values(shop: Api, field: str) -> None:
    record = next(
        one
        for one, plain in zip(shop.every_product("fr"), shop.every_product("all"), strict=True)
        if one.get(field) != plain.get(field)
    )
    asked = (field, "eq", str(record[field]))
    expected = {one["id"] for one in shop.every_product("fr") if one.get(field) == record[field]}
    assert _ids(shop, "fr", asked) == expected
    assert _ids(shop, "all", asked) != expected


def test_a_store_filter_switches_the_scope_whatever_the_path_says(shop: Api) -> None:
    answer = shop.search("/rest/all/V1/products", field="store_id", value="2")
    french = shop.products("fr")
    names = {item["sku"]: item["name"] for item in answer["items"]}
    assert names == {s: r["name"] for s, r in french.items() if 2 in r["extension_attributes"]["website_ids"]}


def test_keyset_and_numbered_pages_give_every_product_once(shop: Api) -> None:
    keyset = [record["id"] for record in shop.every_product()]
    pages: list[int] = []
    for number in range(1, 9):
        asked = {
            "searchCriteria[sortOrders][0][field]": "entity_id",
            "searchCriteria[sortOrders][0][direction]": "ASC",
            "searchCriteria[pageSize]": "100",
            "searchCriteria[currentPage]": str(number),
            "fields": "items[id]",
        }
        answer = shop.get("/rest/all/V1/products", params=asked)
        pages += [item["id"] for item in answer["items"] or ()] if answer else []
    assert pages == keyset == list(range(1, 701))


def test_the_three_languages_differ_and_the_rest_is_the_same(shop: Api) -> None:
    admin, french, german = (shop.products(scope) for scope in ("all", "fr", "de"))
    sku = next(s for s in admin if len({v[s]["name"] for v in (admin, french, german)}) == 3)
    untranslated = ("type_id", "attribute_set_id", "media_gallery_entries", "updated_at")
    for name in untranslated:
        assert admin[sku][name] == french[sku][name] == german[sku][name]
    assert custom_value(french[sku], "description") != custom_value(admin[sku], "description")
    assert custom_value(french[sku], "tax_class_id") == custom_value(admin[sku], "tax_class_id")


def test_option_labels_and_category_names_are_translated(shop: Api) -> None:
    labels = {
        scope: shop.get(f"/rest/{scope}/V1/products/attributes/color/options")[1]["label"]
        for scope in ("all", "default", "fr", "de")
    }
    assert labels == {"all": "Black", "default": "Black", "fr": "Noir", "de": "Schwarz"}
    assert shop.get("/rest/fr/V1/categories/8")["name"] == "Équipement"
    assert shop.get("/rest/fr/V1/categories")["children_data"][0]["name"] == "Vêtements"


def test_prices_of_the_second_website_have_rows_of_their_own(shop: Api) -> None:
    admin, french = shop.products("all"), shop.products("fr")
    skus = [s for s in admin if admin[s].get("price") != french[s].get("price")][:20]
    rows = shop.post("/rest/V1/products/base-prices-information", {"skus": skus})
    by_store = {(row["sku"], row["store_id"]): row["price"] for row in rows}
    for sku in skus:
        assert by_store[sku, 0] == admin[sku]["price"]
        assert by_store[sku, 2] == by_store[sku, 3] == french[sku]["price"]


def test_tier_prices_name_groups_by_label_and_products_by_id(shop: Api) -> None:
    product = next(r for r in shop.every_product() if r["tier_prices"])
    rows = shop.post("/rest/V1/products/tier-prices-information", {"skus": [product["sku"]]})
    assert {row["customer_group"] for row in rows} >= {"all groups", "Wholesale"}
    tiers = product["tier_prices"]
    assert len(tiers) == len(rows)
    percent = next(t for t in tiers if "percentage_value" in t["extension_attributes"])
    assert percent["value"] == pytest.approx(product["price"] * (1 - 0.155), abs=1e-6)


@pytest.mark.parametrize("path", ["inventory/source-items", "products/attributes", "categories/list"])
def test_small_lists_are_paged_by_their_own_fields(shop: Api, path: str) -> None:
    field = {"inventory/source-items": "source_item_id", "products/attributes": "attribute_id"}.get(path, "entity_id")
    asked = {
        "searchCriteria[sortOrders][0][field]": field,
        "searchCriteria[sortOrders][0][direction]": "ASC",
        "searchCriteria[pageSize]": "7",
        "searchCriteria[currentPage]": "2",
    }
    whole = shop.get(f"/rest/all/V1/{path}?searchCriteria=")
    answer = shop.get(f"/rest/all/V1/{path}", params=asked)
    assert answer["items"] == whole["items"][7:14]
    assert answer["total_count"] == whole["total_count"] == len(whole["items"])


def test_a_single_product_is_found_by_any_awkward_sku(shop: Api) -> None:
    from urllib.parse import quote

    for sku, record in shop.products("default").items():
        answer = shop.get(f"/rest/default/V1/products/{quote(sku, safe='')}?fields=id,sku")
        assert answer == {"id": record["id"], "sku": sku}


def test_the_stock_dump_knows_composites_by_their_parts(shop: Api) -> None:
    dump = {row["sku"]: row for row in shop.get("/rest/V1/inventory/dump-stock-index-data/website/base")}
    assert dump["SOLD-OUT"] == {"sku": "SOLD-OUT", "qty": 0, "is_salable": False}
    assert dump["HALF-2.5"] == {"sku": "HALF-2.5", "qty": 2.5, "is_salable": True}
    kinds = {record["type_id"] for record in shop.every_product() if dump[record["sku"]]["is_salable"]}
    assert kinds == {"simple", "virtual", "downloadable", "configurable", "bundle", "grouped"}
    assert shop.answer("/rest/V1/inventory/dump-stock-index-data/website/nosuch").status_code == 404


def test_category_permissions_are_a_search_of_our_own(shop: Api) -> None:
    answer = shop.search("/rest/V1/catalogSync/categoryPermissions", field="category_id", value="16")
    assert answer["total_count"] == 3
    assert {row["grant_checkout_items"] for row in answer["items"]} == {-1, -2}
    assert {"website_id", "customer_group_id", "grant_catalog_product_price"} <= set(answer["items"][0])
