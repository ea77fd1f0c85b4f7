"""The feeds by name, and the documented orders."""

from __future__ import annotations

import pytest

from syncengine.errors import UnknownFeedError
from syncengine.feeds.registry import FEEDS, PRESETS, get_feed, get_feeds


def test_the_feeds_of_the_contract_are_there_in_registry_order() -> None:
    assert list(FEEDS) == [
        "productAttributes",
        "products",
        "productOverrides",
        "variants",
        "categories",
        "categoryPermissions",
        "scopesCustomerGroup",
        "scopesWebsite",
        "prices",
        "inventoryStockStatus",
    ]
    assert [feed.order for feed in FEEDS.values()] == sorted(feed.order for feed in FEEDS.values())


@pytest.mark.parametrize("name", ["products", "PRODUCTS", " Products "])
def test_names_are_found_without_case(name: str) -> None:
    assert get_feed(name) is FEEDS["products"]


def test_productattributes_in_lower_case_is_product_attributes() -> None:
    assert get_feed("productattributes").name == "productAttributes"


def test_an_unknown_name_lists_the_feeds() -> None:
    with pytest.raises(UnknownFeedError) as raised:
        get_feed("orders")
    assert "orders" in raised.value.message
    assert "productAttributes" in raised.value.hint


def test_chosen_feeds_come_once_and_in_registry_order() -> None:
    assert [feed.name for feed in get_feeds(["prices", "Products", "PRICES"])] == ["products", "prices"]


def test_no_choice_means_all_feeds() -> None:
    assert [feed.name for feed in get_feeds([])] == list(FEEDS)


def test_presets_name_feeds_of_the_registry_in_the_documented_orders() -> None:
    assert PRESETS["first sync"] == ("productAttributes", "productOverrides", "products")
    assert PRESETS["price indexing"] == ("scopesCustomerGroup", "scopesWebsite", "prices")
    assert {name for names in PRESETS.values() for name in names} <= set(FEEDS)


@pytest.mark.parametrize(
    ("name", "identity"),
    [
        ("products", ("sku", "storeViewCode")),
        ("productAttributes", ("attributeCode", "storeViewCode")),
        ("categories", ("urlPath", "storeViewCode")),
        ("prices", ("sku", "customerGroupCode", "websiteCode")),
        ("variants", ("parentSku", "productSku")),
        ("scopesWebsite", ("websiteId",)),
        ("scopesCustomerGroup", ("customerGroupId",)),
        ("productOverrides", ("sku", "websiteCode", "customerGroupCode")),
        ("categoryPermissions", ("categoryId", "websiteCode", "customerGroupCode")),
        ("inventoryStockStatus", ("stockId", "sku")),
    ],
)
def test_identities_are_those_of_the_contract(name: str, identity: tuple[str, ...]) -> None:
    assert FEEDS[name].identity == identity
