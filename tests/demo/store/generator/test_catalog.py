"""The generated catalog: the same for the same seed, as large as asked, and as awkward as real ones."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from syncengine.demo.store.content import ProductContent, custom_value
from syncengine.demo.store.generator.awkward import AWKWARD
from syncengine.demo.store.generator.catalog import GeneratedCatalog
from syncengine.demo.store.wire import to_json

MANY = 2000
DIGEST = """
import hashlib
from syncengine.demo.store.generator.catalog import GeneratedCatalog
from syncengine.demo.store.wire import to_json
catalog = GeneratedCatalog(products=400, seed=7)
text = "".join(to_json([p.record, p.stock, p.overrides]) for p in catalog.products())
print(hashlib.sha256((text + to_json(list(catalog.entities()))).encode()).hexdigest())
"""


def _digest(products: int, seed: int) -> str:
    catalog = GeneratedCatalog(products=products, seed=seed)
    text = "".join(to_json([p.record, p.stock, p.overrides]) for p in catalog.products())
    return hashlib.sha256((text + to_json(list(catalog.entities()))).encode()).hexdigest()


@pytest.fixture(scope="module")
def made() -> list[ProductContent]:
    return list(GeneratedCatalog(products=MANY, seed=7).products())


@pytest.fixture(scope="module")
def records(made: list[ProductContent]) -> list[dict[str, Any]]:
    return [content.record for content in made]


def test_the_same_seed_gives_the_same_bytes_in_another_process_with_other_hashes() -> None:
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    done = subprocess.run(
        [sys.executable, "-c", DIGEST], capture_output=True, text=True, check=True, env=environment, timeout=60
    )
    assert done.stdout.strip() == _digest(400, 7)


def test_another_seed_gives_another_catalog() -> None:
    assert _digest(100, 7) != _digest(100, 8)


@pytest.mark.parametrize("products", [1, 2, 11, 12, 13, 60, 599])
def test_the_catalog_has_exactly_as_many_products_as_asked(products: int) -> None:
    records = [content.record for content in GeneratedCatalog(products=products, seed=3).products()]
    assert [record["id"] for record in records] == list(range(1, products + 1))


def test_skus_and_url_keys_are_unique_and_fit(records: list[dict[str, Any]]) -> None:
    skus = Counter(record["sku"].lower().rstrip() for record in records)
    urls = Counter(custom_value(record, "url_key") for record in records)
    assert max(skus.values()) == max(urls.values()) == 1
    assert max(len(record["sku"]) for record in records) == 64
    assert max(len(record["name"]) for record in records) == 255


def test_every_type_is_there_and_most_products_are_variants(records: list[dict[str, Any]]) -> None:
    types = Counter(record["type_id"] for record in records)
    assert set(types) == {"simple", "configurable", "virtual", "downloadable", "bundle", "grouped"}
    extension = [record["extension_attributes"] for record in records]
    variants = sum(len(one.get("configurable_product_links", ())) for one in extension)
    assert variants > MANY / 2


def test_every_awkward_product_is_there(records: list[dict[str, Any]]) -> None:
    names = {record["sku"]: record["name"] for record in records}
    assert all(names[one.sku] == one.name for one in AWKWARD)
    skus = "".join(one.sku for one in AWKWARD)
    assert all(sign in skus for sign in "/ ,\"'+%\\;<é日ש&#?")
    assert {"007", "7", "-MINUS-1", "null", "1e5"} <= set(names)


def test_variants_are_of_the_parent_s_options_and_hidden(records: list[dict[str, Any]]) -> None:
    by_id = {record["id"]: record for record in records}
    parents = [record for record in records if record["type_id"] == "configurable"]
    for parent in parents:
        extension = parent["extension_attributes"]
        offered = {v["value_index"] for o in extension["configurable_product_options"] for v in o["values"]}
        for child_id in extension["configurable_product_links"]:
            child = by_id[child_id]
            chosen = {custom_value(child, code) for code in ("color", "size", "shoe_size")} - {None}
            assert {int(value) for value in chosen} <= offered
            assert child["visibility"] == 1
            assert child["extension_attributes"]["website_ids"] == extension["website_ids"]


def test_parts_of_bundles_and_sets_exist(records: list[dict[str, Any]]) -> None:
    skus = {record["sku"] for record in records}
    named: set[str] = set()
    kinds = set()
    for record in records:
        named |= {link["linked_product_sku"] for link in record["product_links"]}
        for option in record["extension_attributes"].get("bundle_product_options", ()):
            kinds.add((custom_value(record, "price_type"), option["required"]))
            named |= {link["sku"] for link in option["product_links"]}
    assert named <= skus
    assert kinds == {("0", True), ("0", False), ("1", True), ("1", False)}
    links = {link["link_type"] for record in records for link in record["product_links"]}
    assert links == {"related", "upsell", "crosssell", "associated"}


def test_translations_currencies_and_special_cases_are_there(made: list[ProductContent]) -> None:
    french = [content.overrides.get(2, {}) for content in made]
    assert sum("name" in patch for patch in french) > MANY / 2
    assert any(patch.get("status") == 2 for patch in french)
    assert sum("price" in patch for patch in french) > MANY / 3
    assert any(1 in content.overrides for content in made)
    periods = {row[2:] for content in made for row in content.special_prices}
    assert len(periods) == 5
    kinds = {(row[0], row[2]) for content in made for row in content.tier_prices}
    assert kinds == {(0, "fixed"), (0, "discount"), (1, "fixed"), (2, "fixed")}
    assert any(content.record["status"] == 2 for content in made)
    assert any(content.stock.get("is_in_stock") is False for content in made)
    assert any(content.record["options"] for content in made)
    assert {content.record["visibility"] for content in made} == {1, 2, 3, 4}


def test_the_shop_has_two_websites_three_active_views_and_an_inactive_branch() -> None:
    entities = list(GeneratedCatalog(products=1, seed=1).entities())
    records = {kind: [e[3] for e in entities if e[0] == kind and e[1] == 0] for kind in {e[0] for e in entities}}
    assert len(records["websites"]) == 3
    assert [view["code"] for view in records["store_views"] if view["is_active"]] == ["admin", "default", "fr", "de"]
    assert {config["base_currency_code"] for config in records["store_configs"]} == {"USD", "EUR"}
    assert len(records["customer_groups"]) == 5
    inactive = [one for one in records["categories"] if one.get("is_active") is False]
    below = [one for one in records["categories"] if one["parent_id"] == inactive[0]["id"]]
    assert below and all(one["is_active"] for one in below)
    assert {row["customer_group_id"] for row in records["category_permissions"]} >= {None, 0, 4}
    assert {row["grant_catalog_category_view"] for row in records["category_permissions"]} == {-1, -2}
