from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
import pytest
from openapi_core.exceptions import OpenAPIError

from syncengine.export.destinations.optimizer.mapping import MAPPED_FEEDS, map_batch
from syncengine.export.destinations.optimizer.scopes import Scopes
from syncengine.feeds.registry import FEEDS

from .samples import GROUP_3, attribute, category, item, price, product, product_tombstone

SCOPES = Scopes(locales={"fr": "fr-FR"}, currencies={"base": "USD", "*": "EUR"})


def mapped(feed: str, *items: Mapping[str, Any]) -> list[tuple[str, list[Any]]]:
    batch = map_batch(feed, items, SCOPES)
    assert not batch.rejected, batch.rejected
    return [(call.path, [orjson.loads(record.text) for record in call.records]) for call in batch.calls]


def only(feed: str, one: Mapping[str, Any]) -> dict[str, Any]:
    ((_, records),) = mapped(feed, one)
    (record,) = records
    return record


@pytest.mark.shared
@pytest.mark.parametrize("feed", sorted(MAPPED_FEEDS))
def test_every_item_of_a_catalog_is_what_the_published_schema_says(
    feed: str, catalog_items: Mapping[str, list[dict[str, Any]]], judge: Callable[[str, bytes], None]
) -> None:
    items = catalog_items[feed]
    batch = map_batch(feed, items, SCOPES)
    assert {receipt.code for receipt in batch.rejected.values()} <= {"bundles"}
    settled = set(batch.rejected) | {i for call in batch.calls for record in call.records for i in record.items}
    unmapped = [items[index] for index in set(range(len(items))) - settled]
    assert all(feed == "categories" and one["urlPath"] == "" for one in unmapped)
    for call in batch.calls:
        for first in range(0, len(call.records), 50):
            texts = [record.text for record in call.records[first : first + 50]]
            judge(call.path, b"[" + b",".join(texts) + b"]")


@pytest.mark.shared
@pytest.mark.parametrize("body", [b'[{"sku": "A"}]', b"{}", b'[{"sku": "A", "source": {"locale": 1}}]'])
def test_the_judge_refuses_what_the_schema_refuses(body: bytes, judge: Callable[[str, bytes], None]) -> None:
    with pytest.raises(OpenAPIError):
        judge("/v1/catalog/products/delete", body)


@pytest.mark.shared
def test_the_catalog_has_what_can_go_wrong(catalog_items: Mapping[str, list[dict[str, Any]]]) -> None:
    records = [
        orjson.loads(record.text)
        for call in map_batch("products", catalog_items["products"], SCOPES).calls
        for record in call.records
    ]
    for field in ("configurations", "bundles", "routes", "images", "links"):
        assert any(record[field] for record in records), field
    assert {link["type"] for record in records for link in record["links"]} >= {"VARIANT_OF", "IN_BUNDLE", "RELATED"}


@pytest.mark.shared
def test_each_choice_of_a_configurable_leads_to_its_variants(
    catalog_items: Mapping[str, list[dict[str, Any]]],
) -> None:
    records = {}
    for call in map_batch("products", catalog_items["products"], SCOPES).calls:
        for record in call.records:
            one = orjson.loads(record.text)
            records[one["sku"], one["source"]["locale"]] = one
    references: dict[tuple[str, str], set[str]] = {}
    for (_, locale), one in records.items():
        for link in one["links"]:
            if link["type"] == "VARIANT_OF":
                found = {a["variantReferenceId"] for a in one["attributes"] if "variantReferenceId" in a}
                references.setdefault((link["sku"], locale), set()).update(found)
    configurables = {key: one for key, one in records.items() if one["configurations"]}
    assert len(configurables) > 10
    for key, one in configurables.items():
        choices = {value["variantReferenceId"] for c in one["configurations"] for value in c["values"]}
        assert choices <= references[key]


@pytest.mark.parametrize(
    ("kind", "frontend_input", "expected"),
    [
        ("int", "boolean", "BOOLEAN"),
        ("int", "text", "TEXT"),
        ("int", "select", "TEXT"),
        ("int", "weight", "INTEGER"),
        ("int", None, "INTEGER"),
        ("decimal", "price", "DECIMAL"),
        ("decimal", "boolean", "DECIMAL"),
        ("text", "multiselect", "TEXT"),
        ("varchar", None, "TEXT"),
        ("static", "boolean", "TEXT"),
        ("datetime", "date", "TEXT"),
        ("OBJECT", None, "TEXT"),
        (None, None, "TEXT"),
    ],
)
def test_the_data_type_of_an_attribute(kind: str | None, frontend_input: str | None, expected: str) -> None:
    assert only("productAttributes", attribute(dataType=kind, frontendInput=frontend_input))["dataType"] == expected


def test_an_attribute_is_metadata_of_its_views_locale() -> None:
    flags = {"visible": True, "visibleInListing": True, "visibleInSearch": False, "visibleInCompareList": True}
    more = {"filterable": True, "sortable": False, "searchable": None, "searchWeight": 5}
    assert only("productAttributes", attribute(storeViewCode="fr", dataType="int", **flags, **more)) == {
        "code": "color",
        "source": {"locale": "fr-FR"},
        "label": "Color",
        "dataType": "INTEGER",
        "visibleIn": ["PRODUCT_DETAIL", "PRODUCT_LISTING", "PRODUCT_COMPARE"],
        "filterable": True,
        "sortable": False,
        "searchWeight": 5,
    }


def test_metadata_that_every_locale_needs_has_the_name_it_is_needed_by() -> None:
    assert only("productAttributes", attribute("short_description"))["code"] == "shortDescription"
    gone = {"attributeCode": "short_description", "storeViewCode": "default", "deleted": True}
    assert mapped("productAttributes", gone) == [
        (
            "/v1/catalog/products/metadata/delete",
            [{"code": "shortDescription", "source": {"locale": "default"}}],
        )
    ]


def test_an_attribute_without_a_label_is_called_by_its_code() -> None:
    assert only("productAttributes", attribute(label=None))["label"] == "color"


def test_a_category_with_all_it_has() -> None:
    texts = {"description": "<p>D</p>", "metaTitle": "T", "metaDescription": "M", "metaKeywords": "a\n b \n\nc"}
    shown = {"image": "https://x/i.jpg", "isActive": 1, "includeInMenu": 1}
    assert only("categories", category(**texts, **shown)) == {
        "slug": "men/pants",
        "source": {"locale": "default"},
        "name": "Pants",
        "description": "<p>D</p>",
        "families": ["top_menu"],
        "metaTags": {"title": "T", "description": "M", "keywords": ["a", "b", "c"]},
        "images": [{"url": "https://x/i.jpg", "roles": ["BASE"]}],
    }


@pytest.mark.parametrize(("is_active", "in_menu"), [(0, 1), (1, 0), (None, 1)])
def test_a_category_out_of_the_menu_is_in_no_family(is_active: int | None, in_menu: int) -> None:
    assert only("categories", category(isActive=is_active, includeInMenu=in_menu))["families"] == []


def test_a_root_category_has_no_counterpart_and_is_no_error() -> None:
    batch = map_batch("categories", [category("")], SCOPES)
    assert (batch.calls, dict(batch.rejected)) == ((), {})


def test_prices_bring_the_price_books_that_they_need_once_and_parents_first() -> None:
    rows = [price("A", GROUP_3), price("B", GROUP_3), price("B"), price("B", website="eu")]
    assert mapped("prices", *rows) == [
        (
            "/v1/catalog/price-books",
            [
                {"priceBookId": "base", "name": "base", "currency": "USD"},
                {"priceBookId": "eu", "name": "eu", "currency": "EUR"},
                {"priceBookId": f"base::{GROUP_3}", "name": "Customer group 3 (base)", "parentId": "base"},
            ],
        ),
        (
            "/v1/catalog/products/prices",
            [
                {"sku": "A", "priceBookId": f"base::{GROUP_3}", "regular": 10, "discounts": [], "tierPrices": []},
                {"sku": "B", "priceBookId": f"base::{GROUP_3}", "regular": 10, "discounts": [], "tierPrices": []},
                {"sku": "B", "priceBookId": "base", "regular": 10, "discounts": [], "tierPrices": []},
                {"sku": "B", "priceBookId": "eu", "regular": 10, "discounts": [], "tierPrices": []},
            ],
        ),
    ]


@pytest.mark.parametrize(
    ("discount", "expected"),
    [
        ({"code": "special_price", "price": 9.5}, [{"code": "special_price", "price": 9.5}]),
        ({"code": "special_price", "percentage": 80}, [{"code": "special_price", "percentage": 20}]),
        ({"code": "special_price", "percentage": 66.6667}, [{"code": "special_price", "percentage": 33.3333}]),
        ({"code": "special_price", "percentage": 100}, []),
        ({"code": "special_price", "percentage": 120}, []),
        ({"code": "group", "percentage": 15.5}, [{"code": "group", "percentage": 15.5}]),
        ({"code": "catalog_rule", "price": 0}, [{"code": "catalog_rule", "price": 0}]),
    ],
)
def test_discounts_are_what_is_paid_or_the_share_that_is_taken_off(
    discount: dict[str, Any], expected: list[dict[str, Any]]
) -> None:
    ((_, _), (_, (record,))) = mapped("prices", price(discounts=[discount]))
    assert record["discounts"] == expected


def test_a_customer_group_has_a_price_book_in_each_of_its_websites() -> None:
    group = item("scopesCustomerGroup", customerGroupId="3", customerGroupCode=GROUP_3, websites=["base", "eu"])
    ((path, books),) = mapped("scopesCustomerGroup", group)
    assert path == "/v1/catalog/price-books"
    assert [book["priceBookId"] for book in books] == ["base", "eu", f"base::{GROUP_3}", f"eu::{GROUP_3}"]
    assert mapped("scopesCustomerGroup", {**group, "deleted": True}) == [
        ("/v1/catalog/price-books/delete", [{"priceBookId": f"base::{GROUP_3}"}, {"priceBookId": f"eu::{GROUP_3}"}])
    ]


def test_the_price_book_of_a_group_is_the_same_from_either_feed() -> None:
    group = item("scopesCustomerGroup", customerGroupId="3", customerGroupCode=GROUP_3, websites=["base"])
    from_scopes = mapped("scopesCustomerGroup", group)[0][1]
    assert mapped("prices", price("A", GROUP_3))[0][1] == from_scopes


TOMBSTONES: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    "products": (product_tombstone(), "/products/delete", {"sku": "A", "source": {"locale": "default"}}),
    "categories": (
        {"categoryId": "3", "storeViewCode": "fr", "urlPath": "men"},
        "/categories/delete",
        {"slug": "men", "source": {"locale": "fr-FR"}},
    ),
    "productAttributes": (
        {"attributeCode": "color", "storeViewCode": "fr"},
        "/products/metadata/delete",
        {"code": "color", "source": {"locale": "fr-FR"}},
    ),
    "prices": (
        {"sku": "A", "customerGroupCode": GROUP_3, "websiteCode": "base"},
        "/products/prices/delete",
        {"sku": "A", "priceBookId": f"base::{GROUP_3}"},
    ),
    "scopesWebsite": ({"websiteId": "1", "websiteCode": "base"}, "/price-books/delete", {"priceBookId": "base"}),
}


@pytest.mark.parametrize("feed", sorted(TOMBSTONES))
def test_a_tombstone_goes_to_the_endpoint_for_deletes(feed: str) -> None:
    tombstone, path, record = TOMBSTONES[feed]
    assert mapped(feed, {**tombstone, "deleted": True}) == [(f"/v1/catalog{path}", [record])]


@pytest.mark.parametrize("feed", sorted(MAPPED_FEEDS))
def test_a_tombstone_needs_no_more_than_the_feed_says(feed: str) -> None:
    names = {*FEEDS[feed].minimal, *FEEDS[feed].identity}
    values: dict[str, Any] = dict.fromkeys(names, "base")
    values |= {"deleted": True} | ({"websites": ["base"]} if "websites" in names else {})
    ((path, records),) = mapped(feed, values)
    assert path.endswith("/delete") and len(records) == 1


def test_deletes_and_the_rest_of_one_batch_go_apart_and_deletes_first() -> None:
    calls = mapped("products", product("B"), product_tombstone("A"))
    assert [path for path, _ in calls] == ["/v1/catalog/products/delete", "/v1/catalog/products"]


@pytest.mark.parametrize(
    ("feed", "bad", "code", "text"),
    [
        ("categories", category("Men/Pants"), "schema", "$.slug"),
        ("categories", category(name="x" * 129), "schema", "$.name"),
        ("products", product(urlKey=None), "schema", "slug"),
        ("products", product(storeViewCode="fr-FR"), "locale", "locale of its own"),
        ("products", product(""), "sku", "is empty"),
        ("prices", price(website="w" * 40), "price_book", "website code"),
        ("prices", price(regular=None), "schema", "regular"),
    ],
)
def test_what_the_api_would_refuse_is_not_sent_and_does_not_hold_up_the_others(
    feed: str, bad: dict[str, Any], code: str, text: str
) -> None:
    good = {"categories": category(), "products": product(), "prices": price()}[feed]
    batch = map_batch(feed, [bad, good], SCOPES)
    (receipt,) = batch.rejected.values()
    assert (receipt.index, receipt.code, receipt.http_status) == (0, code, None)
    assert text in (receipt.message or "")
    assert {i for call in batch.calls for record in call.records for i in record.items} == {1}


def test_a_website_without_a_currency_has_no_price_book() -> None:
    batch = map_batch("prices", [price()], Scopes(currencies={"other": "USD"}))
    assert batch.rejected[0].code == "currency"
    assert batch.calls == ()
