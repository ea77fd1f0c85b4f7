"""A merchant's edits: what they touch, and what they leave alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from syncengine.demo.store.changes import ChangeRequestError, parse_change

from .asking import Api

ASKED = {"price": 4, "rename": 3, "delete": 3, "add": 2, "sku_rename": 2, "move": 3, "seed": 5}


@pytest.fixture
def own(start: Callable[..., AbstractContextManager[Api]]) -> Iterator[Api]:
    with start(products=300) as api:
        yield api


def _without(record: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key not in names}


def test_as_many_products_are_touched_as_asked_each_once(own: Api) -> None:
    touched = own.change(**ASKED)
    assert {kind: len(skus) for kind, skus in touched.items()} == {k: v for k, v in ASKED.items() if k != "seed"}
    skus = [one[0] if isinstance(one, list) else one for kind in touched.values() for one in kind]
    assert len(set(skus)) == len(skus)


def test_only_the_touched_products_differ_afterwards(own: Api) -> None:
    before = own.products()
    touched = own.change(**ASKED)
    after = own.products()
    renamed = dict(touched["sku_rename"])
    assert set(before) - set(after) == {*touched["delete"], *renamed}
    assert set(after) - set(before) == {*touched["add"], *renamed.values()}
    changed = {sku for sku in set(before) & set(after) if before[sku] != after[sku]}
    assert changed == {*touched["price"], *touched["rename"], *touched["move"]}


def test_a_price_leaves_the_time_of_update_and_reaches_the_price_look_up(own: Api) -> None:
    before = own.products()
    (sku,) = own.change(price=1)["price"]
    after = own.products()[sku]
    assert _without(after, "price") == _without(before[sku], "price")
    assert after["price"] != before[sku]["price"]
    rows = own.post("/rest/V1/products/base-prices-information", {"skus": [sku]})
    assert rows[0] == {"price": after["price"], "store_id": 0, "sku": sku}


def test_a_rename_moves_the_time_of_update(own: Api) -> None:
    before = own.products()
    (sku,) = own.change(rename=1)["rename"]
    after = own.products()[sku]
    assert _without(after, "name", "updated_at") == _without(before[sku], "name", "updated_at")
    assert after["name"] != before[sku]["name"]
    assert after["updated_at"] > before[sku]["updated_at"]


def test_a_deleted_product_is_gone_and_its_source_items_stay(own: Api) -> None:
    (sku,) = own.change(delete=1)["delete"]
    assert own.answer(f"/rest/V1/products/{sku}").status_code == 404
    assert own.answer(f"/rest/V1/stockItems/{sku}").status_code == 404
    assert own.post("/rest/V1/products/base-prices-information", {"skus": [sku]}) == []
    assert own.search("/rest/V1/inventory/source-items", field="sku", value=sku)["total_count"] >= 1


def test_a_renamed_sku_keeps_its_id_and_its_old_source_items(own: Api) -> None:
    before = own.products()
    ((old, new),) = own.change(sku_rename=1)["sku_rename"]
    after = own.products()
    assert old not in after
    assert after[new]["id"] == before[old]["id"]
    assert after[new]["updated_at"] > before[old]["updated_at"]
    rows = {sku: own.search("/rest/V1/inventory/source-items", field="sku", value=sku) for sku in (old, new)}
    quantities = [[item["quantity"] for item in answer["items"]] for answer in rows.values()]
    assert quantities[0] == quantities[1] != []


def test_a_moved_product_touches_the_categories_only(own: Api) -> None:
    categories = own.get("/rest/all/V1/categories/list?searchCriteria=")["items"]
    before = own.products()
    (sku,) = own.change(move=1)["move"]
    after = own.products()[sku]
    assert after["updated_at"] == before[sku]["updated_at"]
    places = [
        [link["category_id"] for link in one["extension_attributes"]["category_links"]] for one in (before[sku], after)
    ]
    assert places[0] != places[1]
    times = {one["id"]: one["updated_at"] for one in categories}
    now = own.get("/rest/all/V1/categories/list?searchCriteria=")["items"]
    moved = {str(one["id"]) for one in now if one["updated_at"] != times[one["id"]]}
    assert moved == set(places[0]) ^ set(places[1])
    found = own.search("/rest/V1/products", field="category_id", value=places[1][-1])
    assert sku in {item["sku"] for item in found["items"]}


def test_new_products_are_complete_and_in_stock(own: Api) -> None:
    (sku,) = own.change(add=1)["add"]
    record = own.get(f"/rest/V1/products/{sku}")
    assert record["extension_attributes"]["stock_item"]["qty"] == 25
    dump = own.get("/rest/V1/inventory/dump-stock-index-data/website/base")
    assert {"sku": sku, "qty": 25, "is_salable": True} in dump


def test_the_same_seed_on_the_same_catalog_touches_the_same_products(
    start: Callable[..., AbstractContextManager[Api]],
) -> None:
    seen = []
    for _ in range(2):
        with start(products=200) as api:
            seen.append((api.change(**ASKED), api.change(**ASKED)))
    assert seen[0] == seen[1]
    assert seen[0][0] != seen[0][1]


def test_deleting_a_variant_takes_it_out_of_its_parent_and_links(own: Api) -> None:
    before = own.products()
    gone = set(own.change(delete=280, seed=2)["delete"])
    after = own.products()
    ids = {record["id"] for record in after.values()}
    assert set(after) == set(before) - gone
    for record in after.values():
        extension = record["extension_attributes"]
        assert set(extension.get("configurable_product_links", ())) <= ids
        assert not {link["linked_product_sku"] for link in record["product_links"]} & gone
        for option in extension.get("bundle_product_options", ()):
            assert not {link["sku"] for link in option["product_links"]} & gone


def test_a_renamed_part_is_named_anew_by_what_holds_it(own: Api) -> None:
    renamed = dict(own.change(sku_rename=290, seed=3)["sku_rename"])
    named = set()
    for record in own.products().values():
        named |= {link["linked_product_sku"] for link in record["product_links"]}
        for option in record["extension_attributes"].get("bundle_product_options", ()):
            named |= {link["sku"] for link in option["product_links"]}
    assert named & set(renamed.values())
    assert not named & set(renamed)


def test_edits_need_the_token_and_change_nothing_without(own: Api) -> None:
    own.session.headers["Authorization"] = "Bearer other"
    answer = own.session.post(own.base + "/demo/change", json={"delete": 5}, timeout=10)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "body", [b"{", b"[1]", b'{"price": -1}', b'{"price": true}', b'{"nosuch": 1}', b'{"add": "3"}']
)
def test_a_request_that_is_not_understood_is_refused(body: bytes) -> None:
    with pytest.raises(ChangeRequestError):
        parse_change(body)
