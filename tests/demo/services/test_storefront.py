from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote

import pytest

from .client import Client, price, product, tombstone


def sha1(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()


def shown_price(client: Client, sku: str, **params: Any) -> tuple[float | None, float | None]:
    view = client.get(f"/products/{sku}", **params)
    return view["price"]["regular"], view["price"]["final"]


def image(url: str, *roles: str) -> dict[str, Any]:
    return {"resource": {"url": url, "label": None, "roles": list(roles)}, "sortOrder": "1"}


def option(kind: str, *values: dict[str, Any], required: bool = True) -> dict[str, Any]:
    names = ("label", "sortOrder", "isDefault", "colorHex", "imageUrl", "customSwatchValue", "qtyMutability")
    blank = {"id": "1", **dict.fromkeys((*names, "qty", "infoUrl", "sku", "price", "priceType"))}
    return {
        **dict.fromkeys(("label", "sortOrder", "renderType", "swatchType")),
        "id": "1",
        "type": kind,
        "required": required,
        "values": [{**blank, **value} for value in values],
    }


def accept(client: Client, feed: str, *items: dict[str, Any]) -> None:
    answer = client.post(feed, list(items)).json()
    assert answer["rejected"] == []


def test_a_shopper_sees_the_whole_product(client: Client) -> None:
    images = [image("http://m/b.jpg", "thumbnail"), image("http://m/a.jpg", "image", "small_image")]
    accept(client, "products", product("A", name="Bag", url="http://s/bag.html", images=images))
    accept(client, "prices", price("A", 29.95))
    assert client.get("/products/A", storeView="default") == {
        "sku": "A",
        "name": "Bag",
        "type": "simple",
        "inStock": True,
        "price": {"regular": 29.95, "final": 29.95, "currency": "EUR"},
        "url": "http://s/bag.html",
        "image": "http://m/a.jpg",
    }


@pytest.mark.parametrize(
    ("discounts", "final"),
    [
        ([{"code": "special_price", "price": 80}], 80),
        ([{"code": "special_price", "price": 120}], 100),
        ([{"code": "group", "percentage": 12.5}], 87.5),
        ([{"code": "special_price", "price": 90}, {"code": "catalog_rule", "price": 70.01}], 70.01),
    ],
)
def test_the_final_price_is_the_lowest_on_offer(client: Client, discounts: list, final: float) -> None:
    accept(client, "products", product("A"))
    accept(client, "prices", price("A", 100, discounts=discounts))
    assert shown_price(client, "A") == (100, final)


def test_the_groups_own_row_wins_and_others_get_the_fallback(client: Client) -> None:
    accept(client, "products", product("A"))
    group = [{"code": "group", "price": 60}]
    accept(client, "prices", price("A", 100), price("A", 100, sha1("2"), discounts=group))
    assert shown_price(client, "A", customerGroup="2") == (100, 60)
    assert shown_price(client, "A", customerGroup=sha1("2").upper()) == (100, 60)
    assert shown_price(client, "A", customerGroup="1") == (100, 100)
    assert shown_price(client, "A") == (100, 100)


def test_each_website_has_its_price_and_each_view_its_name(client: Client) -> None:
    french = product("A", "fr", websiteCode="france", name="Sac")
    accept(client, "products", product("A", name="Bag"), french)
    accept(client, "prices", price("A", 10), price("A", 12, website="france"))
    assert shown_price(client, "A", storeView="fr") == (12, 12)
    assert client.get("/products/A", storeView="fr")["name"] == "Sac"
    assert client.get("/products/A")["name"] == "Bag"


def test_what_is_not_displayable_deleted_or_elsewhere_is_404(client: Client) -> None:
    accept(client, "products", product("A", displayable=False), product("B"), tombstone("C"))
    for path in ("/products/A", "/products/C", "/products/D", "/products/B?storeView=fr", "/products/"):
        assert client.ask(path).status_code == 404, path


def test_a_product_without_a_price_is_shown_without_one(client: Client) -> None:
    accept(client, "products", product("A", inStock=None))
    view = client.get("/products/A")
    assert view["price"] == {"regular": None, "final": None, "currency": "EUR"}
    assert view["inStock"] is False
    assert view["image"] is None


def test_a_configurable_costs_what_its_cheapest_variant_costs(client: Client) -> None:
    accept(client, "products", product("P", type="configurable", variants=[{"sku": "A"}, {"sku": "B"}]))
    discounts = [{"code": "special_price", "price": 15}]
    accept(client, "prices", price("A", 20), price("B", 30, discounts=discounts))
    assert shown_price(client, "P") == (30, 15)


def test_a_bundle_costs_the_cheapest_choice_of_each_required_option(client: Client) -> None:
    options = [
        option("bundle", {"sku": "A", "qty": 2}, {"sku": "B", "qty": 1}),
        option("bundle", {"sku": "C", "qty": 1}),
        option("bundle", {"sku": "D", "qty": 1}, required=False),
    ]
    accept(client, "products", product("P", type="bundle", optionsV2=options))
    accept(client, "prices", price("A", 5), price("B", 20), price("C", 7), price("D", 1))
    assert shown_price(client, "P") == (17, 17)


@pytest.mark.parametrize("sku", ["a/b", "sp ace", "ümlaut+%", "24-MB04?x", 'q"uote'])
def test_awkward_skus_are_found(client: Client, sku: str) -> None:
    accept(client, "products", product(sku))
    assert client.get(f"/products/{quote(sku, safe='')}")["sku"] == sku
    assert client.get(f"/products/{quote(sku, safe='')}", storeView="default")["sku"] == sku


def test_a_sku_that_starts_like_another_is_not_taken_for_it(client: Client) -> None:
    accept(client, "products", product("AB"), product('A","B'))
    assert client.ask("/products/A").status_code == 404
