"""What somebody says has changed is read again, though the store's time of change says nothing of it."""

from __future__ import annotations

import pytest

from catalog.commerce.test_changes import delete, old_store, product_pages, products_of, set_price, stamped
from catalog.fake_store import FakeStore
from syncengine.catalog import Touched

NEVER = 24 * 60  # minutes until the look-ups of all prices are due


def look_ups(store: FakeStore) -> list[str]:
    return [request.path for request in store.log if request.method == "POST" and "tier" not in request.path]


@pytest.mark.parametrize("touched", [Touched(skus=("p5", "P-unknown")), Touched(ids=(5, 999))], ids=["sku", "id"])
def test_a_touched_product_is_read_again_and_the_prices_of_the_others_are_not_looked_up(
    open_store, tmp_path, touched
) -> None:
    store = old_store()
    open_store(store).read(tmp_path)
    set_price(store, 5, 99.0)
    set_price(store, 6, 77.0)
    store.log.clear()

    staged = open_store(store).read_changes(tmp_path, touched=touched)

    prices = {item["id"]: item["price"] for item in products_of(staged)}
    assert (prices[5], prices[6]) == (99.0, 1.5)
    assert look_ups(store) == []
    assert products_of(open_store(store).read_changes(tmp_path)) == store.products[""], "the next read sees the rest"


def test_without_a_touch_a_price_waits_for_its_cadence(open_store, tmp_path) -> None:
    store = old_store()
    open_store(store).read(tmp_path)
    set_price(store, 5, 99.0)

    staged = open_store(store, prices_every_minutes=NEVER).read_changes(tmp_path)

    assert {item["price"] for item in products_of(staged)} == {1.5}


def test_touched_prices_are_all_looked_up_though_their_cadence_is_not_due(open_store, tmp_path) -> None:
    store = old_store()
    open_store(store).read(tmp_path)
    set_price(store, 5, 99.0)

    staged = open_store(store, prices_every_minutes=NEVER).read_changes(tmp_path, touched=Touched(prices=True))

    assert products_of(staged) == store.products[""]


def test_a_touched_product_that_is_new_or_gone_is_seen(open_store, tmp_path) -> None:
    store = old_store()
    open_store(store).read(tmp_path)
    delete(store, 7)
    store.products[""].append(stamped(41))

    staged = open_store(store).read_changes(tmp_path, touched=Touched(skus=("P7", "P41")))

    assert products_of(staged) == store.products[""]


def test_many_touched_skus_of_any_spelling_take_few_requests(open_store, tmp_path) -> None:
    store = FakeStore(products={"": [stamped(n, sku=f"a,b & {n}%20") for n in range(1, 61)]})
    open_store(store).read(tmp_path)
    for item in store.products[""]:
        item["price"] = 9.0
    store.log.clear()

    touched = Touched(skus=tuple(f"a,b & {n}%20" for n in range(1, 51)))
    staged = open_store(store, page_size=300).read_changes(tmp_path, touched=touched)

    assert sum(item["price"] == 9.0 for item in products_of(staged)) == 50
    assert [len(page.named_skus) for page in product_pages(store) if page.named_skus] == [20, 20, 10]
