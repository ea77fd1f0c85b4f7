"""Reading only what changed gives the same catalog as reading everything."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.fake_store import FakeStore, Reply, Request, product
from catalog.reading import product_ids
from syncengine.catalog import ReadStoppedError, StagedCatalog
from syncengine.errors import IncompleteReadError

LONG_AGO = "2026-01-01 00:00:00"


def stamped(id_: int, **values: Any) -> dict[str, Any]:
    return product(id_, updated_at=LONG_AGO) | values


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")


def old_store(count: int = 40) -> FakeStore:
    return FakeStore(products={"": [stamped(n) for n in range(1, count + 1)]})


def edit(store: FakeStore, id_: int, name: str) -> None:
    for item in store.products[""]:
        if item["id"] == id_:
            item.update(name=name, updated_at=now())


def set_price(store: FakeStore, id_: int, price: float) -> None:
    """As the base price endpoint does: `updated_at` stays."""
    for item in store.products[""]:
        if item["id"] == id_:
            item["price"] = price


def set_special(store: FakeStore, id_: int, price: str | None, starts: str | None = None) -> None:
    """As the special price endpoint does: `updated_at` stays."""
    values = {"special_price": price, "special_from_date": starts}
    for item in store.products[""]:
        if item["id"] == id_:
            item.pop("custom_attributes", None)
            if attributes := [{"attribute_code": code, "value": value} for code, value in values.items() if value]:
                item["custom_attributes"] = attributes


def delete(store: FakeStore, id_: int) -> None:
    store.products[""] = [item for item in store.products[""] if item["id"] != id_]


def products_of(staged: StagedCatalog) -> list[dict[str, Any]]:
    """The products' records by id, from the staged pages themselves."""
    pages = [json.loads(f.read_bytes()) for part in staged.parts if part.entity == "products" for f in part.files]
    return sorted(itertools.chain.from_iterable(page["items"] for page in pages), key=lambda item: item["id"])


def product_pages(store: FakeStore) -> list[Request]:
    return [request for request in store.log if request.is_product_page]


def test_without_an_earlier_read_everything_is_read(open_store, tmp_path) -> None:
    staged = open_store(old_store()).read_changes(tmp_path)

    assert not staged.is_partial
    assert staged.counts["products"] == 40


def test_nothing_changed_costs_one_empty_page_and_a_count(open_store, tmp_path) -> None:
    store = old_store()
    first = open_store(store).read(tmp_path)
    store.log.clear()

    second = open_store(store).read_changes(tmp_path)

    assert [len(page.changed_since) for page in product_pages(store)] == [19]
    assert (second.is_partial, second.counts["products"]) == (True, 40)
    assert products_of(second) == products_of(first)
    assert second.read_at > first.read_at


def test_an_edited_a_created_and_a_deleted_product_are_seen(open_store, tmp_path, records) -> None:
    store = old_store()
    open_store(store, connections=1).read(tmp_path)
    edit(store, 17, "changed")
    delete(store, 33)
    store.products[""].append(stamped(41, updated_at=now()))
    store.log.clear()

    staged = open_store(store).read_changes(tmp_path)

    assert products_of(staged) == store.products[""]
    assert product_ids(records(staged)) == [n for n in range(1, 42) if n != 33]
    asked = [page.id_range() for page in product_pages(store) if not page.changed_since]
    assert asked == [(40, 41), (30, 40)], "the new ids, and the one page where something is gone"


def test_categories_attributes_and_stock_come_in_full_each_time(open_store, tmp_path, records) -> None:
    store = old_store()
    open_store(store).read(tmp_path)
    store.lists["/V1/categories/list"] = [{"id": 9, "name": "New"}]

    con = records(open_store(store).read_changes(tmp_path))

    assert con.execute("SELECT record->>'$.name' FROM records.categories").fetchall() == [("New",)]


def test_a_new_store_view_is_read_in_full_and_one_that_went_is_dropped(open_store, tmp_path, records) -> None:
    store = old_store()
    open_store(store).read(tmp_path)
    store.views = [{"id": 0, "code": "admin"}, {"id": 2, "code": "fr", "is_active": 1}]

    con = records(open_store(store).read_changes(tmp_path))

    scopes = con.execute("SELECT scope, count(*) FROM records.products GROUP BY scope").fetchall()
    assert scopes == [("fr", 40)]


def test_a_read_that_resumed_misses_no_edit_made_since_it_first_began(open_store, tmp_path) -> None:
    store = old_store()
    store.hook = lambda request: (
        Reply.of([], 200, Date="Sun, 01 Mar 2026 12:00:00 GMT") if request.path == "/V1/store/websites" else None
    )
    with pytest.raises(ReadStoppedError):
        open_store(store).read(tmp_path, should_stop=lambda: any(page.is_product_page for page in store.log))
    store.hook = lambda request: None
    open_store(store).read(tmp_path)
    store.log.clear()

    open_store(store).read_changes(tmp_path)

    assert product_pages(store)[0].changed_since <= "2026-03-01 11:55:00"


def test_a_full_read_into_the_place_of_a_complete_one_reads_everything_again(open_store, tmp_path) -> None:
    store = old_store()
    open_store(store).read(tmp_path)
    store.products[""][4]["name"] = "renamed without a stamp"
    store.log.clear()

    staged = open_store(store).read(tmp_path)

    assert products_of(staged) == store.products[""]
    assert sorted(page.id_range()[0] for page in product_pages(store))[0] == 0


def test_the_watermark_is_the_stores_clock_with_an_overlap(open_store, tmp_path) -> None:
    store = old_store()
    store.hook = lambda request: (
        Reply.of([], 200, Date="Sun, 01 Mar 2026 12:00:00 GMT") if request.path == "/V1/store/websites" else None
    )
    open_store(store).read(tmp_path)
    store.log.clear()

    open_store(store).read_changes(tmp_path)

    (page,) = product_pages(store)
    assert "2026-03-01 11:54:55" <= page.changed_since <= "2026-03-01 11:55:00"


def test_a_partial_read_that_died_is_made_good_by_the_next(open_store, tmp_path) -> None:
    store = old_store()
    open_store(store).read(tmp_path)
    for id_ in (3, 13, 23):
        edit(store, id_, "changed")
    delete(store, 30)
    store.hook = lambda request: Reply.of({"total_count": 77}) if request.query.get("fields") == "total_count" else None
    with pytest.raises(IncompleteReadError):
        open_store(store).read_changes(tmp_path)
    store.hook = lambda request: None

    staged = open_store(store).read_changes(tmp_path)

    assert products_of(staged) == store.products[""]


edits = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), st.integers(1, 30), st.text(max_size=5)),
        st.tuples(st.just("price"), st.integers(1, 30), st.integers(0, 9)),
        st.tuples(st.just("special"), st.integers(1, 30), st.integers(0, 3)),
        st.tuples(st.just("tier"), st.integers(1, 30), st.integers(1, 9)),
        st.tuples(st.just("stock"), st.integers(1, 25), st.integers(0, 9)),
        st.tuples(st.just("delete"), st.integers(1, 30), st.none()),
        st.tuples(st.just("create"), st.integers(1, 3), st.none()),
        st.tuples(st.just("sync"), st.none(), st.none()),
    ),
    max_size=9,
)


def apply(store: FakeStore, kind: str, argument: int, value: Any) -> None:
    if kind == "edit":
        edit(store, argument, value)
    elif kind == "price":
        set_price(store, argument, float(value))
    elif kind == "special":
        set_special(store, argument, value and f"{value}.000000")
    elif kind == "tier":
        store.tiers.append({"sku": f"P{argument}", "price": value, "customer_group": "General", "quantity": 1})
    elif kind == "stock":
        store.lists["/V1/inventory/source-items"][argument - 1]["quantity"] = value
    elif kind == "delete":
        delete(store, argument)
    else:
        highest = max((item["id"] for item in store.products[""]), default=0)
        store.products[""] += [stamped(highest + n, updated_at=now()) for n in range(1, argument + 1)]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=edits)
def test_any_sequence_of_edits_read_in_parts_equals_the_whole(open_store, tmp_path_factory, records, steps) -> None:
    place = tmp_path_factory.mktemp("parts")
    store = old_store(30)
    source = open_store(store, page_size=7)
    source.read(place)
    for kind, argument, value in steps:
        if kind == "sync":
            source.read_changes(place)
        else:
            apply(store, kind, argument, value)

    parts = source.read_changes(place)
    whole = source.read(tmp_path_factory.mktemp("whole"))

    assert products_of(parts) == products_of(whole) == store.products[""]
    for entity in ("tier_prices", "source_items"):
        query = f"SELECT record::VARCHAR FROM records.{entity} ORDER BY 1"
        assert records(parts).execute(query).fetchall() == records(whole).execute(query).fetchall()
