"""States and their counts."""

from __future__ import annotations

from syncengine.feeds.registry import FEEDS, get_feed
from syncengine.inspection.states import REJECTED, STATES, WAITING, count_feed, state_expression
from syncengine.inspection.view import CatalogView, rows

from .lake_of import LakeOf

PRODUCTS = get_feed("products")


def test_products_are_counted_by_what_became_of_them(seen: CatalogView, worked: LakeOf) -> None:
    counts = count_feed(seen, seen.reader(), PRODUCTS, worked.destination)
    assert counts.by_state == {
        "in_sync": 5,  # same in two views, parent, changed, new
        "rejected": 2,
        "retry": 1,
        "unknown": 1,
        "removed": 1,
    }
    assert (counts.catalog, counts.exported, counts.waiting, counts.rejected) == (9, 7, 2, 2)


def test_the_catalog_is_what_is_in_sync_waiting_or_rejected(seen: CatalogView, worked: LakeOf) -> None:
    for feed in FEEDS.values():
        counts = count_feed(seen, seen.reader(), feed, worked.destination)
        assert counts.catalog == counts.by_state.get("in_sync", 0) + counts.waiting + counts.rejected
        assert set(counts.by_state) <= set(STATES)


def test_no_state_is_both_waiting_and_rejected() -> None:
    assert not WAITING & REJECTED
    assert WAITING | REJECTED | {"in_sync", "removed"} == set(STATES)


def test_the_state_is_the_same_as_in_the_search_copy(seen: CatalogView, worked: LakeOf) -> None:
    statement = f"""
        SELECT coalesce(catalog.sku, held.sku) AS sku, coalesce(catalog.store_view_code, held.store_view_code) AS view,
               {state_expression()} AS state
        FROM lake.catalog.products AS catalog
        FULL JOIN lake.exported.products AS held ON held.feed_id = catalog.feed_id
        LEFT JOIN lake.delivery.products AS delivery ON delivery.feed_id = coalesce(catalog.feed_id, held.feed_id)
        ORDER BY ALL"""
    ours = rows(seen.reader(), statement)
    searched = rows(
        seen.reader(),
        """SELECT sku, store_view_code AS view, state FROM search.catalog_products
           UNION SELECT sku, store_view_code, state FROM search.synced_products ORDER BY ALL""",
    )
    assert ours.filter(ours["state"] != "removed").rows() == searched.rows()


def test_a_feed_that_was_never_compiled_counts_nothing(view: CatalogView, lake: LakeOf) -> None:
    counts = count_feed(view, None, PRODUCTS, lake.destination)
    assert (counts.catalog, counts.exported, counts.waiting, counts.rejected, counts.last_exported_at) == (
        0,
        0,
        0,
        0,
        None,
    )
