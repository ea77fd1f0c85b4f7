"""One item of any feed: its facts, its tabs, and what a link may carry."""

from __future__ import annotations

import json

from syncengine.inspection.item_search import ItemSearch, search_items
from syncengine.inspection.view import CatalogView
from tests.ui.shop import OpenPage, Shop, html_of

PAGE = "item"


def item_id(shop: Shop, feed: str) -> str:
    """The feed_id of the first item of a feed."""
    return str(search_items(CatalogView(shop.settings()), ItemSearch(feed=feed)).rows["feed_id"][0])


def test_an_item_of_another_feed_shows_its_facts_and_both_sides(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, PAGE, feed="prices", id=item_id(synced_shop, "prices"), tab="Exported JSON")
    shown = html_of(app)
    assert "SKU-001" in shown and "In sync" in shown
    assert json.loads(app.code[-1].value)["regular"] == 11
    assert not app.exception


def test_its_history_names_run_and_request(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, PAGE, feed="prices", id=item_id(synced_shop, "prices"), tab="History")
    assert "Sent for the first time" in html_of(app)
    deliveries = open_page(synced_shop, PAGE, feed="prices", id=item_id(synced_shop, "prices"), tab="Deliveries")
    table = deliveries.dataframe[0].value
    assert list(table["Attempt"]) == [1]
    assert table["Run"][0].startswith("r-")


def test_what_a_link_may_carry_is_told_and_escaped(open_page: OpenPage, synced_shop: Shop) -> None:
    for feed, item in (("prices", "<script>alert(1)</script>"), ("<b>feed</b>", "x"), ("prices", "' OR 1=1")):
        app = open_page(synced_shop, PAGE, feed=feed, id=item)
        assert not app.exception
        assert "<script" not in html_of(app) and "<b>feed" not in html_of(app)
        assert "cs-empty" in html_of(app) or "cs-problem" in html_of(app)


def test_without_an_item_it_sends_to_the_list(open_page: OpenPage, synced_shop: Shop) -> None:
    assert "No item is chosen" in html_of(open_page(synced_shop, PAGE))
