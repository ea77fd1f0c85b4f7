"""prices: what changes an item, what does not, and what is set aside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from plain_reference.records import Records
from plain_reference.small import product, small_catalog
from plain_reference.staging import compiled

NOW = datetime(2026, 11, 22, 12)
VISITORS = "b6589fc6ab0dc82cf12099d1c2d40ab994e8410c"
GENERAL = "356a192b7913b04c54574d18c28d46e6395428ab"

Key = tuple[str, str, str]


def tier(group: int, qty: float, value: float, *, website: int = 0, percentage: float | None = None) -> Any:
    """A tier price inside a product record."""
    extension = {"website_id": website}
    if percentage is not None:
        extension["percentage_value"] = percentage  # type: ignore[assignment]
    return {"customer_group_id": group, "qty": qty, "value": value, "extension_attributes": extension}


def catalog() -> Records:
    """A shirt with everything, a bag beside it, and a set that holds both."""
    shirt = product(
        1,
        "shirt",
        price=40,
        attributes={"special_price": "30.000000", "special_from_date": "2026-11-01 00:00:00"},
        tier_prices=[tier(32000, 10, 25), tier(1, 1, 28), tier(1, 5, 0.01, percentage=15)],
    )
    pack = product(
        3,
        "pack",
        type_id="bundle",
        price=0,
        attributes={"price_type": "0"},
        extension={
            "bundle_product_options": [
                {"option_id": 1, "required": True, "product_links": [{"id": "1", "sku": "shirt"}]}
            ]
        },
    )
    rules = [{"sku": "shirt", "website_id": 1, "customer_group_id": 0, "rule_price": 33}]
    return small_catalog([shirt, product(2, "bag", price=12), pack], catalog_rule_prices=rules)


def hashes(records: Records, out: Path, now: datetime = NOW) -> dict[Key, tuple[str, str]]:
    """Item id and content hash by SKU, group code and website code."""
    _, rows, set_aside = compiled(records, "prices", out=out, now=now)
    assert set_aside == []
    return {
        (row["sku"], row["customer_group_code"], row["website_code"]): (str(row["feed_id"]), str(row["feed_hash"]))
        for row in rows
    }


def differing(old: dict[Key, tuple[str, str]], new: dict[Key, tuple[str, str]]) -> set[Key]:
    """The items that are new, gone or different."""
    return {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> dict[Key, tuple[str, str]]:
    """The catalog before any change."""
    return hashes(catalog(), tmp_path_factory.mktemp("before"))


SHIRT = {("shirt", code, site) for site in ("base", "france") for code in ("0", GENERAL)} | {
    ("shirt", VISITORS, "base")
}
SHIRT_GENERAL = {("shirt", GENERAL, "base"), ("shirt", GENERAL, "france")}
PACK = {("pack", "0", "base"), ("pack", "0", "france")}


def products(records: Records) -> list[Any]:
    """The product records, to be changed in place."""
    return records.by_entity["products"][""]


def attribute(records: Records, code: str, value: str | None, number: int = 0) -> None:
    """Sets a custom attribute of a product."""
    kept = [pair for pair in products(records)[number]["custom_attributes"] if pair["attribute_code"] != code]
    products(records)[number]["custom_attributes"] = [*kept, {"attribute_code": code, "value": value}]


CHANGES: list[tuple[str, Callable[[Records], Any], set[Key]]] = [
    ("regular price", lambda r: products(r)[0].update(price=41), SHIRT),
    ("regular price becomes 0", lambda r: products(r)[0].update(price=0), SHIRT),
    ("special price", lambda r: attribute(r, "special_price", "29.99"), SHIRT),
    ("special price removed", lambda r: attribute(r, "special_price", None), SHIRT),
    ("special price ends earlier", lambda r: attribute(r, "special_to_date", "2026-11-21 00:00:00"), SHIRT),
    ("shared tier amount", lambda r: products(r)[0]["tier_prices"][0].update(value=24), SHIRT),
    ("shared tier quantity", lambda r: products(r)[0]["tier_prices"][0].update(qty=11), SHIRT),
    ("group price", lambda r: products(r)[0]["tier_prices"][1].update(value=27), SHIRT_GENERAL),
    ("group tier percentage becomes an amount",
     lambda r: products(r)[0]["tier_prices"][2].update(value=15, extension_attributes={"website_id": 0}),
     SHIRT_GENERAL),
    ("group tier for one website only",
     lambda r: products(r)[0]["tier_prices"][2]["extension_attributes"].update(website_id=1),
     {("shirt", GENERAL, "france")}),
    ("rule price", lambda r: r.by_entity["catalog_rule_prices"][""][0].update(rule_price=32),
     {("shirt", VISITORS, "base")}),
    ("rule removed", lambda r: r.by_entity["catalog_rule_prices"][""].clear(), {("shirt", VISITORS, "base")}),
    ("rule for another group", lambda r: r.by_entity["catalog_rule_prices"][""][0].update(customer_group_id=1),
     {("shirt", VISITORS, "base"), ("shirt", GENERAL, "base")}),
    ("product type", lambda r: products(r)[0].update(type_id="downloadable"), SHIRT),
    ("SKU renamed", lambda r: products(r)[1].update(sku="sack"),
     {(sku, "0", site) for sku in ("bag", "sack") for site in ("base", "france")}),
    ("website left", lambda r: products(r)[1]["extension_attributes"].update(website_ids=[1]),
     {("bag", "0", "france")}),
    ("bundle becomes fixed", lambda r: attribute(r, "price_type", "1", number=2), PACK),
    ("parent renamed", lambda r: products(r)[2].update(sku="set"),
     SHIRT | PACK | {("set", "0", "base"), ("set", "0", "france")}),
    ("parent leaves a website", lambda r: products(r)[2]["extension_attributes"].update(website_ids=[1]),
     {("shirt", "0", "france"), ("shirt", GENERAL, "france"), ("pack", "0", "france")}),
    ("website renamed", lambda r: r.by_entity["websites"][""][1].update(code="france_2"),
     {(sku, "0", site) for sku in ("shirt", "bag", "pack") for site in ("france", "france_2")}
     | {("shirt", GENERAL, "france"), ("shirt", GENERAL, "france_2")}),
    ("name", lambda r: products(r)[0].update(name="Another"), set()),
    ("last change of the product", lambda r: products(r)[0].update(updated_at="2026-11-22 11:00:00"), set()),
    ("status", lambda r: products(r)[0].update(status=2), set()),
    ("group label", lambda r: r.by_entity["customer_groups"][""][1].update(code="Everyone"), set()),
]  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_change_reaches_exactly_these_items(
    change: Callable[[Records], Any],
    expected: set[Key],
    before: dict[Key, tuple[str, str]],
    tmp_path: Path,
) -> None:
    after = catalog()
    change(after)
    assert differing(before, hashes(after, tmp_path)) == expected


def test_special_price_ends_at_the_websites_midnight_though_nobody_saved(tmp_path: Path) -> None:
    records = catalog()
    attribute(records, "special_to_date", "2026-11-22 00:00:00")
    base = {key for key in SHIRT if key[2] == "base"}
    earlier = hashes(records, tmp_path / "earlier")
    paris_midnight, chicago_midnight = datetime(2026, 11, 22, 23), datetime(2026, 11, 23, 6)
    almost = hashes(records, tmp_path / "almost", paris_midnight - timedelta(seconds=1))
    assert differing(earlier, almost) == set()
    assert differing(earlier, hashes(records, tmp_path / "paris", paris_midnight)) == SHIRT - base
    assert differing(earlier, hashes(records, tmp_path / "chicago", chicago_midnight)) == SHIRT


def test_same_catalog_gives_the_same_bytes(tmp_path: Path) -> None:
    first = compiled(catalog(), "prices", out=tmp_path / "1", now=NOW)[1]
    second = compiled(catalog(), "prices", out=tmp_path / "2", now=NOW + timedelta(hours=1))[1]
    assert sorted(row["payload"] for row in first) == sorted(row["payload"] for row in second)


def test_look_up_of_tier_prices_replaces_those_in_the_record(tmp_path: Path) -> None:
    row = {
        "sku": "SHIRT",
        "website_id": 0,
        "customer_group": "General",
        "quantity": 3,
        "price": 9.5,
        "price_type": "fixed",
    }
    records = catalog().replaced("tier_prices", {"": [row]})
    _, rows, _ = compiled(records, "prices", out=tmp_path, now=NOW)
    tiers = {row["customer_group_code"]: row["item"]["tierPrices"] for row in rows if row["sku"] == "shirt"}
    assert tiers == {"0": None, GENERAL: [{"qty": 3, "price": 9.5}], VISITORS: None}


PROBLEMS: list[tuple[str, Callable[[Records], Any], str]] = [
    ("price", lambda r: products(r)[0].update(price="cheap"), "The price is not a number: cheap"),
    ("special price", lambda r: attribute(r, "special_price", "x"), "The special price is not a number: x"),
    ("first day", lambda r: attribute(r, "special_from_date", "soon"),
     "The first day of the special price is not a date: soon"),
    ("last day", lambda r: attribute(r, "special_to_date", "never"),
     "The last day of the special price is not a date: never"),
    ("tier", lambda r: products(r)[0]["tier_prices"][0].update(value="?"),
     "A tier price cannot be read (customer group 32000)."),
]  # fmt: skip


@pytest.mark.parametrize(("change", "message"), [p[1:] for p in PROBLEMS], ids=[p[0] for p in PROBLEMS])
def test_what_cannot_be_read_sets_the_product_aside(
    change: Callable[[Records], Any], message: str, tmp_path: Path
) -> None:
    records = catalog()
    change(records)
    result, rows, set_aside = compiled(records, "prices", out=tmp_path, now=NOW)
    assert {row["sku"] for row in rows} == {"bag", "pack"}
    assert {(row["source_entity_id"], row["message"]) for row in set_aside} == {("1", message)}
    assert result.set_aside == len(set_aside) > 0


def test_tier_of_an_unknown_group_sets_the_product_aside(tmp_path: Path) -> None:
    row = {"sku": "bag", "website_id": 0, "customer_group": "Staff", "quantity": 3, "price": 9, "price_type": "fixed"}
    records = catalog().replaced("tier_prices", {"": [row]})
    _, rows, set_aside = compiled(records, "prices", out=tmp_path, now=NOW)
    assert {row["sku"] for row in rows} == {"shirt", "pack"}
    assert {row["message"] for row in set_aside} == {"A tier price cannot be read (customer group Staff)."}
