"""The order of a search table kept in memory."""

from __future__ import annotations

import numpy as np
import pytest

from syncengine.inspection.listing import Listing, Order, _Kept
from syncengine.inspection.view import CatalogView

from .lake_of import LakeOf, product


@pytest.fixture(scope="session")
def listing(seen: CatalogView) -> Listing:
    return Listing(seen.reader(), "catalog_products")


def test_rows_without_a_value_stay_last_in_both_directions() -> None:
    order = Order(np.array([1, 2, 0, 3], dtype=np.int32), np.array([2, 0, 1, 3], dtype=np.int32), values=3)
    places = np.arange(4)
    assert np.argsort(order.keys(places, descending=False)).tolist() == [1, 2, 0, 3]
    assert np.argsort(order.keys(places, descending=True)).tolist() == [0, 2, 1, 3]
    assert order.turns(descending=False).tolist() == [1, 2, 0, 3]
    assert order.turns(descending=True).tolist() == [0, 2, 1, 3]


def test_groups_and_counts_add_up_to_the_table(listing: Listing) -> None:
    assert sum(listing.counts(None)) == 9
    assert len(listing.counts(None)) == len(listing.groups)
    assert sum(listing.counts(listing.matches("refused"))) == 2


def test_nearness_tells_the_same_sku_from_one_that_begins_so(seen: CatalogView) -> None:
    for searches_before in (0, 1):  # in the copy, and in memory
        listing = Listing(seen.reader(), "catalog_products")
        for _ in range(searches_before):
            listing.matches("warm up")
        assert listing.matches("REFUSED").nearness.tolist() == [0, 1]
        assert set(listing.matches("name of").nearness.tolist()) == {2}


def test_rows_are_told_apart_after_others_were_deleted_from_the_copy(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product(f"sku-{number}", name="old") for number in range(30)])
    lake.synced(products=[product(f"sku-{number}", name="new" if number % 3 else "old") for number in range(25)])
    listing = Listing(view.reader(), "synced_products")
    everything = np.ones(len(listing.groups), dtype=np.bool_)
    page = listing.page(None, everything, sort="name", descending=False, limit=100, offset=0)
    assert page["name"].to_list() == ["new"] * 16 + ["old"] * 9
    assert page["sku"].n_unique() == 25


def test_an_empty_table_has_empty_pages(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[])
    listing = Listing(view.reader(), "synced_products")
    page = listing.page(None, np.ones(0, dtype=np.bool_), sort="sku", descending=False, limit=10, offset=0)
    assert len(page) == 0
    assert listing.counts(None) == []


def test_the_answers_kept_stay_within_their_weight_and_always_hold_the_last() -> None:
    kept: _Kept[str] = _Kept(len, 10)
    asked: list[str] = []

    def answer(text: str) -> str:
        return kept.get(text[0], lambda: asked.append(text) or text)  # type: ignore[func-returns-value]

    answer("aaaa")
    answer("bbbb")
    answer("aaaa")
    answer("cccc")
    answer("aaaa")
    answer("bbbb")
    assert asked == ["aaaa", "bbbb", "cccc", "bbbb"]
    answer("d" * 100)
    answer("d" * 100)
    assert asked[4:] == ["d" * 100]


def test_a_warm_listing_asks_the_copy_for_the_rows_of_the_page_only(
    seen: CatalogView, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = Listing(seen.reader(), "catalog_products")
    listing.warm(["name"])

    def unasked(*_: object) -> None:
        raise AssertionError("the copy was asked")

    monkeypatch.setattr("syncengine.inspection.listing.arrays", unasked)
    monkeypatch.setattr("syncengine.inspection.listing.table", unasked)
    everything = np.ones(len(listing.groups), dtype=np.bool_)
    matches = listing.matches("name")
    assert len(listing.page(matches, everything, sort="name", descending=True, limit=3, offset=0)) == 3
    assert len(listing.page(None, everything, sort="name", descending=True, limit=3, offset=1)) == 3


def test_a_page_of_some_groups_is_the_same_from_either_end(seen: CatalogView) -> None:
    listing = Listing(seen.reader(), "catalog_products")
    some = np.arange(len(listing.groups)) % 2 == 0
    total = sum(count for count, wanted in zip(listing.counts(None), some, strict=True) if wanted)
    up = listing.page(None, some, sort="sku", descending=False, limit=100, offset=0)["sku"].to_list()
    down = listing.page(None, some, sort="sku", descending=True, limit=100, offset=0)["sku"].to_list()
    assert len(up) == total
    assert up == sorted(up)
    assert down == up[::-1]
    assert listing.page(None, some, sort="sku", descending=False, limit=5, offset=total).is_empty()
