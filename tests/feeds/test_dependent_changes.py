"""A change of one record reaches the right items of the right feeds, and no others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from odd_catalog import Item, compile_catalog, odd_catalog, rows
from record_files import Records

FEEDS = ("productAttributes", "products", "variants", "categories", "scopesCustomerGroup", "scopesWebsite")

# what a feed's items are called in the expectations below
Names = dict[str, set[tuple[str, ...]]]


def compiled(records: Records, out: Path) -> dict[str, dict[tuple[str, ...], str]]:
    """Content hash by identity, by feed."""
    return {
        name: {tuple(row[column] for column in done.feed.identity_columns): str(row["feed_hash"]) for row in rows(done)}
        for name, done in compile_catalog(records, out, *FEEDS).items()
    }


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[tuple[str, ...], str]]:
    return compiled(odd_catalog(), tmp_path_factory.mktemp("before"))


def _categories(number: int, change: Callable[[Item], None]) -> Callable[[Records], None]:
    def apply(records: Records) -> None:
        for found in records["categories"].values():
            change(next(category for category in found if category["id"] == number))

    return apply


def _url_key(value: str) -> Callable[[Item], None]:
    return lambda category: category["custom_attributes"][1].update(value=value)


def _option_label(records: Records) -> None:
    for scope in ("all", "en"):
        records["attributes"][scope][0]["options"][1]["label"] = "Jet black"


def _attribute_set(records: Records) -> None:
    records["attribute_sets"][""][0]["attribute_set_name"] = "Renamed"


def _website(records: Records) -> None:
    records["websites"][""][2]["code"] = "fr_site"


def _disable_child(records: Records) -> None:
    for products in records["products"].values():
        products[2]["status"] = 2


def _unlink_child(records: Records) -> None:
    for products in records["products"].values():
        products[4]["extension_attributes"]["configurable_product_links"] = [4]


def _rename_category(category: Item) -> None:
    category["name"] = "New name"


def _move_category(category: Item) -> None:
    category.update(parent_id=2, path="1/2/12", level=2)


FIRST = "Ünïcode & <b>'quoted'</b> \"sku\" 日本"
BASE = ("en", "es")

CASES: dict[str, tuple[Callable[[Records], None], Names]] = {
    "a category's name is in its own items only": (
        _categories(12, _rename_category),
        {"categories": {("c10/c11/c12", "en"), ("c10/c11/c12", "es"), ("c10/chemises/c12", "fr")}},
    ),
    "a category's url key moves what is below it and the products in it": (
        _categories(11, _url_key("moved")),
        {
            "categories": {
                *((path, view) for view in BASE for path in ("c10/c11", "c10/c11/c12", "c10/moved", "c10/moved/c12")),
                *((path, "fr") for path in ("c10/chemises", "c10/chemises/c12", "c10/moved", "c10/moved/c12")),
            },
            "products": {(FIRST, view) for view in (*BASE, "fr")},
        },
    ),
    "a moved category changes its path, both parents' children and its products": (
        _categories(12, _move_category),
        {
            "categories": {
                *(("", view) for view in (*BASE, "fr")),
                *((path, view) for view in BASE for path in ("c10/c11", "c10/c11/c12", "c12")),
                *((path, "fr") for path in ("c10/chemises", "c10/chemises/c12", "c12")),
            },
            "products": {(FIRST, view) for view in (*BASE, "fr")},
        },
    ),
    "an option's label is in the products and variants that use it": (
        _option_label,
        {
            "products": {(sku, view) for view in BASE for sku in (FIRST, "CHILD-A", "CONFIG")},
            "variants": {("CONFIG", "CHILD-A")},
        },
    ),
    "a website's code is in everything below it": (
        _website,
        {
            "products": {(FIRST, "fr"), ("FRENCH", "fr")},
            "productAttributes": {
                (code, "fr")
                for code in (
                    "color",
                    "size",
                    "materials",
                    "is_eco",
                    "cost",
                    "note",
                    "news_from_date",
                    "name",
                    "tax_class_id",
                )
            },
            "categories": {(path, "fr") for path in ("", "c10", "c10/chemises", "c10/chemises/c12")},
            "scopesWebsite": {("2",)},
            "scopesCustomerGroup": {("1",)},
        },
    ),
    "a disabled child disables what cannot do without it": (
        _disable_child,
        {
            "products": {(sku, view) for view in BASE for sku in ("CHILD-A", "CONFIG", "BUNDLE", "BUNDLE-FIXED")},
        },
    ),
    "a child taken out of its configurable loses its link and its parent": (
        _unlink_child,
        {
            "products": {(sku, view) for view in BASE for sku in ("CHILD-A", "CONFIG")},
            "variants": {("CONFIG", "CHILD-A")},
        },
    ),
}


@pytest.mark.parametrize(("change", "expected"), CASES.values(), ids=CASES)
def test_exactly_the_dependent_items_change(
    change: Callable[[Records], None],
    expected: Names,
    before: dict[str, dict[tuple[str, ...], str]],
    tmp_path: Path,
) -> None:
    records = odd_catalog()
    change(records)
    after = compiled(records, tmp_path)
    changed = {
        name: {key for key in hashes.keys() | after[name].keys() if hashes.get(key) != after[name].get(key)}
        for name, hashes in before.items()
    }
    assert {name: keys for name, keys in changed.items() if keys} == expected


def test_a_renamed_attribute_set_changes_every_product_and_nothing_else(
    before: dict[str, dict[tuple[str, ...], str]], tmp_path: Path
) -> None:
    records = odd_catalog()
    _attribute_set(records)
    after = compiled(records, tmp_path)
    assert all(before["products"][key] != value for key, value in after["products"].items())
    assert {name: hashes for name, hashes in after.items() if name != "products"} == {
        name: hashes for name, hashes in before.items() if name != "products"
    }
