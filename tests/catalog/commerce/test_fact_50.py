"""Edits that leave `updated_at` alone: when each of them is seen. One test for each row of fact 50, and more."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from catalog.commerce.test_changes import delete, old_store, product_pages, products_of, set_price, set_special
from catalog.fake_store import FakeStore, Reply, product
from syncengine.catalog import StagedCatalog

Edit = Callable[[FakeStore], object]


def record(staged: StagedCatalog, id_: int) -> dict[str, Any]:
    (found,) = [item for item in products_of(staged) if item["id"] == id_]
    return found


def stock_by_source(store: FakeStore) -> None:
    store.lists["/V1/inventory/source-items"][4]["quantity"] = 77


def option_label(store: FakeStore) -> None:
    store.lists["/V1/products/attributes"] = [{"attribute_id": 1, "options": [{"label": "Crimson", "value": "5"}]}]


def category_name(store: FakeStore) -> None:
    store.lists["/V1/categories/list"] = [{"id": 3, "name": "Renamed"}]


def tier_price(store: FakeStore) -> None:
    store.tiers = [{"sku": "P5", "price": 1.25, "customer_group": "General", "quantity": 3}]


@pytest.mark.parametrize(
    ("edit", "entity", "shown"),
    [
        pytest.param(stock_by_source, "source_items", "77", id="stock by source"),
        pytest.param(option_label, "attributes", "Crimson", id="attribute option label"),
        pytest.param(category_name, "categories", "Renamed", id="category name"),
        pytest.param(tier_price, "tier_prices", "1.25", id="tier price"),
    ],
)
def test_fact_50_what_is_read_in_full_is_seen_by_the_next_partial_read(
    open_store, tmp_path, records, edit, entity, shown
) -> None:
    store = old_store()
    open_store(store).read(tmp_path)
    edit(store)

    con = records(open_store(store).read_changes(tmp_path))

    assert shown in str(con.execute(f"SELECT record FROM records.{entity}").fetchall())


def test_fact_50_stock_by_an_order_is_seen_by_the_next_partial_read(open_store, tmp_path, records) -> None:
    store = old_store()
    open_store(store).read(tmp_path)
    dump = "/V1/inventory/dump-stock-index-data/website/base"
    sold = Reply.of([{"sku": "P1", "qty": 0, "is_salable": False}])
    store.hook = lambda request: sold if request.path == dump else None

    con = records(open_store(store).read_changes(tmp_path))

    assert con.execute("SELECT record->>'is_salable' FROM records.stock_index").fetchall() == [("false",)]


@pytest.mark.parametrize("earlier_partial_reads", [0, 1])
@pytest.mark.parametrize(
    ("edit", "before"),
    [
        pytest.param(lambda store: set_price(store, 5, 99.0), {}, id="base price"),
        pytest.param(lambda store: set_special(store, 5, "1.000000"), {}, id="special price"),
        pytest.param(lambda store: set_special(store, 5, None), {"special": "2.000000"}, id="special price removed"),
        pytest.param(
            lambda store: set_special(store, 5, "2.000000", "2026-11-01 00:00:00"),
            {"special": "2.000000"},
            id="only the day of a special price",
        ),
    ],
)
def test_fact_50_prices_set_by_their_endpoints_are_seen_by_the_next_partial_read(
    open_store, tmp_path, edit, before, earlier_partial_reads
) -> None:
    store = old_store()
    if before:
        set_special(store, 5, before["special"])
    open_store(store).read(tmp_path)
    for _ in range(earlier_partial_reads):
        open_store(store).read_changes(tmp_path)
    edit(store)
    store.log.clear()

    staged = open_store(store).read_changes(tmp_path)

    assert record(staged, 5) == store.products[""][4]
    assert [page.named_ids for page in product_pages(store) if page.named_ids] == [[5]]


def test_fact_50_the_price_of_one_store_view_is_seen_in_that_view(open_store, tmp_path, records) -> None:
    store = old_store(10)
    store.views.append({"id": 2, "code": "fr", "website_id": 1, "is_active": 1})
    store.products["fr"] = copy.deepcopy(store.products[""])
    open_store(store).read(tmp_path)
    store.products["fr"][2]["price"] = 0.75

    con = records(open_store(store).read_changes(tmp_path))

    query = "SELECT scope, record->>'price' FROM records.products WHERE record->>'id' = '3' ORDER BY 1"
    assert con.execute(query).fetchall() == [("default", "1.5"), ("fr", "0.75")]


def test_prices_that_agree_cost_no_product_page(open_store, tmp_path) -> None:
    store = old_store()
    set_special(store, 5, "24.000000", "2026-11-01 00:00:00")
    store.products[""][7] |= {"type_id": "configurable", "price": 0}
    open_store(store).read(tmp_path)
    store.log.clear()

    for _ in range(2):
        open_store(store).read_changes(tmp_path)

    assert not [page for page in product_pages(store) if page.named_ids]


def test_prices_are_looked_up_no_more_often_than_the_settings_say(open_store, tmp_path) -> None:
    store = old_store()
    open_store(store).read(tmp_path)
    set_price(store, 5, 99.0)

    hourly = open_store(store, prices_every_minutes=60).read_changes(tmp_path)
    assert record(hourly, 5)["price"] == 1.5

    each_time = open_store(store).read_changes(tmp_path)
    assert record(each_time, 5)["price"] == 99.0


def test_a_store_that_refuses_the_price_look_ups_shows_such_edits_with_the_next_full_read(open_store, tmp_path) -> None:
    store = old_store()
    open_store(store).read(tmp_path)
    set_price(store, 5, 99.0)
    store.hook = lambda request: Reply.of({"message": "no"}, 401) if request.method == "POST" else None

    changes = open_store(store).read_changes(tmp_path)
    assert record(changes, 5)["price"] == 1.5

    full = open_store(store).read(tmp_path)
    assert record(full, 5)["price"] == 99.0


def test_a_product_deleted_while_its_new_price_is_looked_up_is_gone(open_store, tmp_path) -> None:
    store = old_store()
    open_store(store).read(tmp_path)
    set_price(store, 5, 99.0)

    def deletes(request: Any) -> None:
        if request.named_ids:
            delete(store, 5)

    store.hook = deletes
    staged = open_store(store).read_changes(tmp_path)

    assert products_of(staged) == store.products[""]
    assert 5 not in {item["id"] for item in products_of(staged)}


UNSEEN: list[Any] = [
    pytest.param({"custom_attributes": [{"attribute_code": "color", "value": "9"}]}, id="one attribute saved directly"),
    pytest.param({"media_gallery_entries": [{"id": 1, "file": "/a.jpg"}]}, id="images, before 2.4"),
    pytest.param({"extension_attributes": {"category_links": [{"category_id": "7"}]}}, id="category assigned by it"),
    pytest.param({"extension_attributes": {"website_ids": [2]}}, id="mass website update"),
    pytest.param({"extension_attributes": {"bundle_product_options": [{"qty": 2}]}}, id="part of a bundle"),
]


@pytest.mark.parametrize("values", UNSEEN)
def test_fact_50_the_others_are_seen_by_the_next_full_read(open_store, tmp_path, values) -> None:
    store = old_store()
    open_store(store).read(tmp_path)
    store.products[""][4] |= values

    changes = open_store(store).read_changes(tmp_path)
    assert not values.items() <= record(changes, 5).items()

    full = open_store(store).read(tmp_path)
    assert record(full, 5) == store.products[""][4]


def test_a_day_after_the_last_full_read_everything_is_read_again(open_store, tmp_path, monkeypatch) -> None:
    store = FakeStore(products={"": [product(1, updated_at="2026-01-01 00:00:00")]})
    open_store(store).read(tmp_path)
    store.products[""][0]["name"] = "changed without a stamp"
    manifest = tmp_path / "manifest.jsonl"
    started = datetime.now(UTC) - timedelta(hours=24, minutes=1)
    first, _, rest = manifest.read_text().partition("\n")
    assert '"started_at"' in first
    head = f'{{"source":{first.split(":", 1)[1].rsplit(",", 1)[0]},"started_at":"{started.isoformat()}"}}'
    manifest.write_text(f"{head}\n{rest}")

    staged = open_store(store).read_changes(tmp_path)

    assert not staged.is_partial
    assert record(staged, 1)["name"] == "changed without a stamp"
