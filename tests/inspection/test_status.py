"""Where things stand."""

from __future__ import annotations

from syncengine.feeds.registry import FEEDS
from syncengine.inspection.products import ProductQuery, search_products
from syncengine.inspection.scopes import store_scopes
from syncengine.inspection.status import feed_table, sync_status
from syncengine.inspection.view import CatalogView, rows

from .conftest import MALFORMED
from .lake_of import Answer, LakeOf, price, product, variant


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
    assert set(shape["engine"]) == {"running", "pid", "heartbeat_at", "ended"}
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


def test_within_a_scope_products_records_and_what_needs_attention_are_counted_in_it(
    lake: LakeOf, view: CatalogView
) -> None:
    lake.synced(
        products=[product("a"), product("b"), product("a", view="french")],
        prices=[price("a", 1)],
        variants=[variant("p", "a")],
    )
    lake.synced(
        products=[product("a"), product("b", name="Too much"), product("a", view="french")],
        prices=[price("a", 1)],
        variants=[variant("p", "a")],
        answers={"b": Answer("rejected")},
        set_aside=[{**MALFORMED, "scope": scope} for scope in ("french", "french", "default", "base")],
    )
    website, default, french = store_scopes(view)
    whole = sync_status(view)
    assert (whole.products_synced, whole.needs_attention.rejected, whole.needs_attention.set_aside) == (2, 1, 4)
    found = {scope.key: sync_status(view, scope) for scope in (website, default, french)}
    assert {key: one.products_synced for key, one in found.items()} == {"website:base": 2, "default": 2, "french": 1}
    assert {key: one.needs_attention.rejected for key, one in found.items()} == {
        "website:base": 1, "default": 1, "french": 0,
    }  # fmt: skip
    assert {key: one.needs_attention.set_aside for key, one in found.items()} == {
        "website:base": 4, "default": 2, "french": 3,
    }  # fmt: skip
    records = {one.feed: (one.source_records, one.sent_records) for one in found["french"].feeds}
    assert (records["products"], records["prices"], records["variants"]) == ((1, 1), (1, 1), (1, 1))
    assert found["website:base"].feeds == whole.feeds
    assert found["french"].equation == whole.equation, "a run is of all store views"
    assert found["french"].delta_to_previous == 0
