"""Quirks: whole answers that differ from those of a store at its best, each as its name says."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from syncengine.demo.store.faults import Faults, parse_fault

from .asking import Api

Start = Callable[..., AbstractContextManager[Api]]
LIST = "/rest/V1/products?searchCriteria[pageSize]=50&searchCriteria[currentPage]={}"
SORTED = LIST + "&searchCriteria[sortOrders][0][field]=entity_id&searchCriteria[sortOrders][0][direction]=ASC"
CATEGORIES = "/rest/V1/categories/list?searchCriteria[pageSize]=5&searchCriteria[currentPage]={}"


def _store(start: Start, *names: str) -> AbstractContextManager[Api]:
    return start(products=60, faults=tuple(parse_fault(name) for name in names))


def _ids(answer: Any) -> list[int]:
    return [item["id"] for item in answer["items"]]


def test_any_number_of_quirks_meets_one_request_and_each_keeps_its_rate() -> None:
    faults = Faults([parse_fault("unsorted=0.5"), parse_fault("null-items"), parse_fault("html=0.1")])
    met = [set(faults.quirks()) for _ in range(4)]
    assert met == [{"null-items"}, {"null-items", "unsorted"}] * 2


@pytest.mark.parametrize("path", [SORTED, CATEGORIES])
def test_clamped_pages_repeat_the_last_one(start: Start, path: str) -> None:
    with _store(start) as api:
        assert api.get(path.format(99))["items"] == []
    with _store(start, "clamped-pages") as api:
        beyond = api.get(path.format(99))
        last = -(-beyond["total_count"] // beyond["search_criteria"]["page_size"])
        assert beyond["search_criteria"]["current_page"] == 99
        assert _ids(beyond) == _ids(api.get(path.format(last))) != []


@pytest.mark.parametrize("path", [LIST, CATEGORIES])
def test_unsorted_pages_repeat_and_lose_items(start: Start, path: str) -> None:
    with _store(start, "unsorted") as api:
        first, again = api.get(path.format(1)), api.get(path.format(1))
        whole = api.get(path.partition("?")[0] + "?searchCriteria=")
    assert _ids(first) != _ids(again)
    assert len(first["items"]) == first["search_criteria"]["page_size"]
    assert len(set(_ids(whole))) == whole["total_count"]


def test_unsorted_leaves_a_sorted_search_alone(start: Start) -> None:
    with _store(start, "unsorted") as api:
        assert _ids(api.get(SORTED.format(1))) == _ids(api.get(SORTED.format(1)))


def test_input_limits_are_named(start: Start) -> None:
    with _store(start, "input-limits") as api:
        page = api.answer("/rest/V1/products?searchCriteria[page_size]=301")
        listed = {"skus": [str(number) for number in range(21)]}
        look_up = api.session.post(api.base + "/rest/V1/products/tier-prices-information", json=listed, timeout=5)
        assert api.get("/rest/V1/products?searchCriteria[pageSize]=300")["items"]
    assert page.status_code == look_up.status_code == 400
    assert page.json() == {"message": "Maximum SearchCriteria pageSize is %max", "parameters": {"max": 300}}
    assert look_up.json()["parameters"]["max"] == 20


def test_big_pages_time_out_and_small_ones_come(start: Start) -> None:
    with _store(start, "big-page-504") as api:
        assert api.answer(LIST.format(1)).status_code == 504
        encoded = {"searchCriteria[pageSize]": "21"}
        assert api.answer("/rest/V1/products", params=encoded).status_code == 504
        assert len(api.get("/rest/V1/products?searchCriteria[pageSize]=20")["items"]) == 20


def test_float_noise_has_seventeen_digits_and_leaves_texts_alone(start: Start) -> None:
    with _store(start) as api:
        plain = api.get(LIST.format(1))
    with _store(start, "float-noise") as api:
        answer = api.answer(LIST.format(1))
    assert re.search(r'"price":\d+\.\d{12,}', answer.text)
    assert answer.json() == plain


def test_empty_extension_is_a_list(start: Start) -> None:
    with _store(start) as api:
        assert any("extension_attributes" not in item for item in api.get(CATEGORIES.format(1))["items"])
    with _store(start, "empty-extension") as api:
        assert all("extension_attributes" in item for item in api.get(CATEGORIES.format(1))["items"])
        assert any(item["extension_attributes"] == [] for item in api.get(CATEGORIES.format(1))["items"])


def test_null_items_stand_for_none(start: Start) -> None:
    with _store(start, "null-items") as api:
        assert api.search("/rest/V1/products", field="sku", value="nosuch")["items"] is None
        assert api.get(LIST.format(1))["items"]


def test_scopes_come_in_another_order_each_time(start: Start) -> None:
    with _store(start, "shuffled-scopes") as api:
        orders = [[view["code"] for view in api.get("/rest/V1/store/storeViews")] for _ in range(3)]
    assert len({tuple(order) for order in orders}) > 1
    assert len({frozenset(order) for order in orders}) == 1


def test_parts_come_in_another_order_each_time(start: Start) -> None:
    def codes(api: Api) -> list[str]:
        return [one["attribute_code"] for one in api.get(SORTED.format(1))["items"][0]["custom_attributes"]]

    with _store(start, "shuffled-parts") as api:
        first, second = codes(api), codes(api)
    assert first != second
    assert sorted(first) == sorted(second)


def test_repeated_and_missing_items_are_counted_all_the_same(start: Start) -> None:
    with _store(start) as api:
        plain = api.get(SORTED.format(1))
    with _store(start, "repeated-item") as api:
        repeated = api.get(SORTED.format(1))
    with _store(start, "missing-item") as api:
        missing = api.get(SORTED.format(1))
    assert _ids(repeated) == [*_ids(plain)[:-1], _ids(plain)[0]]
    assert len(set(_ids(plain)) - set(_ids(missing))) == 1
    assert plain["total_count"] == repeated["total_count"] == missing["total_count"]


def test_encoded_slashes_end_at_the_web_server(start: Start) -> None:
    with _store(start, "encoded-slashes") as api:
        answer = api.answer("/rest/V1/products/SLASH%2FSKU-01")
    assert answer.status_code == 404
    assert "<title>" in answer.text


def test_the_catalog_grows_and_shrinks_before_the_answer(start: Start) -> None:
    with _store(start, "add-product") as api:
        grown = [api.get(LIST.format(1))["total_count"] for _ in range(2)]
    with _store(start, "delete-product=0.5") as api:
        shrunk = [api.get(LIST.format(1))["total_count"] for _ in range(3)]
    assert grown == [61, 62]
    assert shrunk == [60, 59, 59]


def test_unlisted_products_are_counted(start: Start) -> None:
    with _store(start, "unlisted=0.3") as api:
        answer = api.get("/rest/V1/products?searchCriteria=")
    assert answer["total_count"] == 60
    assert 30 <= len(answer["items"]) < 55
