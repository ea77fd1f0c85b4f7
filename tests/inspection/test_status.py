"""Where things stand."""

from __future__ import annotations

from syncengine.feeds.registry import FEEDS
from syncengine.inspection.products import ProductQuery, search_products
from syncengine.inspection.status import feed_table, sync_status
from syncengine.inspection.view import CatalogView, rows

from .lake_of import LakeOf, product


def test_before_the_first_sync_all_is_empty_and_nothing_fails(view: CatalogView) -> None:
    found = sync_status(view)
    assert found.last_sync is None
    assert (found.products_synced, found.delta_to_previous, found.equation) == (0, None, None)
    assert not found.engine.running
    assert found.as_json()["last_sync"] is None
    assert [feed.feed for feed in found.feeds] == list(FEEDS)
    assert all(feed.status is None and feed.source_records == 0 for feed in found.feeds)


def test_feeds_are_counted_at_their_destination(seen: CatalogView, worked: LakeOf) -> None:
    feeds = {feed.feed: feed for feed in sync_status(seen).feeds}
    products = feeds["products"]
    assert (products.source_records, products.sent_records, products.failed_records, products.waiting_records) == (
        9, 7, 2, 2,
    )  # fmt: skip
    assert (products.destination, products.status) == (worked.destination, "Success")
    assert (feeds["prices"].source_records, feeds["prices"].sent_records) == (2, 2)
    assert feeds["categories"].status is None


def test_the_equation_of_the_last_run_adds_up(seen: CatalogView) -> None:
    counts = sync_status(seen).equation
    assert counts is not None
    assert counts.catalog == counts.unchanged + counts.added + counts.changed + counts.skipped == 9
    assert counts.sent == counts.added + counts.changed + counts.removed + counts.resent == 6
    assert counts.sent == counts.accepted + counts.rejected + counts.waiting
    assert (counts.accepted, counts.rejected, counts.waiting, counts.removed, counts.set_aside) == (3, 1, 2, 1, 1)


def test_what_needs_attention_is_counted(seen: CatalogView) -> None:
    attention = sync_status(seen).needs_attention
    assert (attention.rejected, attention.retrying, attention.waiting, attention.set_aside) == (2, 2, 2, 1)


def test_numbers_equal_the_lists_behind_them(seen: CatalogView) -> None:
    found = sync_status(seen)
    synced = search_products(seen, ProductQuery(limit=1000))
    assert found.products_synced == synced.rows["sku"].n_unique() == 6
    feeds = {feed.feed: feed for feed in found.feeds}
    assert feeds["products"].sent_records == synced.total
    assert feeds["products"].source_records == search_products(seen, ProductQuery(side="catalog")).total
    for name, feed in feeds.items():
        counted = rows(seen.reader(), f'SELECT count(*) AS n FROM lake.catalog."{name}"')["n"][0]
        assert feed.source_records == counted


def test_the_delta_is_against_the_run_before(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a"), product("b")])
    assert sync_status(view).delta_to_previous is None
    lake.synced(products=[product("a"), product("c"), product("d"), product("e")])
    assert sync_status(view).delta_to_previous == 2
    lake.synced(products=[product("a"), product("c"), product("d"), product("e")])
    assert sync_status(view).delta_to_previous == 0


def test_the_json_has_the_promised_shape(seen: CatalogView) -> None:
    shape = sync_status(seen).as_json()
    assert {"last_sync", "products_synced", "next_sync_at", "engine", "feeds"} <= set(shape)
    assert {"status", "at", "products_updated", "run_id"} <= set(shape["last_sync"])
    assert set(shape["engine"]) == {"running", "pid", "heartbeat_at"}
    for feed in shape["feeds"]:
        assert {
            "feed", "destination", "status", "source_records", "sent_records", "failed_records", "last_exported_at",
        } <= set(feed)  # fmt: skip


def test_the_feed_table_lists_every_feed_with_its_identity(seen: CatalogView) -> None:
    table = {row.feed: row for row in feed_table(seen)}
    assert list(table) == list(FEEDS)
    assert table["prices"].as_json()["identity"] == ["sku", "customerGroupCode", "websiteCode"]
    products = table["products"]
    assert (products.catalog, products.exported, products.waiting, products.rejected) == (9, 7, 2, 2)
    assert (products.offered, table["productOverrides"].offered) == (True, False)


def test_before_the_first_sync_it_is_not_known_what_is_offered(view: CatalogView) -> None:
    assert {row.offered for row in feed_table(view)} == {None}
