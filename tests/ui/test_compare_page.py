"""The comparison of two runs or times: proposed, linked to, empty, and asked for what is not kept."""

from __future__ import annotations

from pathlib import Path

from syncengine.inspection.changes import changes_between
from syncengine.inspection.view import CatalogView
from tests.ui.shop import OpenPage, Shop, html_of, opened

PAGE = "compare"


def test_the_last_two_runs_are_compared_until_others_are_chosen(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop, PAGE)
    feeds = next(frame.value for frame in app.dataframe if "Before" in frame.value.columns)
    products = feeds[feeds["Feed"] == "products"].iloc[0]
    assert (products["Changed"], products["Removed"], products["Added"]) == (1, 1, 0)
    assert products["Before"] == products["Unchanged"] + products["Changed"] + products["Removed"]
    items = next(frame.value for frame in app.dataframe if "Change" in frame.value.columns)
    assert set(items["Change"]) == {"~ Changed", "- Removed"}
    assert not app.exception


def test_an_item_is_opened_with_what_it_was_and_what_came_of_it(open_page: OpenPage, held_shop: Shop) -> None:
    view = CatalogView(held_shop.settings())
    (feed,) = changes_between(view, before="previous", after="last", feeds=("products",)).feeds
    ids = {one.change: one.feed_id for one in feed.items}
    changed = html_of(open_page(held_shop, PAGE, item=f"products:{ids['changed']}"))
    assert "1 field changed between the two states." in changed
    assert ">Before<" in changed and ">After<" in changed and "Birch Tray<mark>, large</mark>" in changed
    removed = open_page(held_shop, PAGE, item=f"products:{ids['removed']}")
    assert '"sku": "SKU-010"' in removed.code[0].value
    assert "Removed: the later state does not have it." in html_of(removed)
    assert [link.label for link in removed.get("page_link") if "id=" in link.query_string] == ["Open the item"]


def test_an_item_that_neither_state_has_is_told(open_page: OpenPage, held_shop: Shop) -> None:
    for item in ("products:<b>x</b>", "products:0470ec04-e054-17af-6c3c-937d3bc496b5"):
        app = open_page(held_shop, PAGE, item=item)
        assert "Neither of the two states has this item" in html_of(app)
        assert "<b>x</b>" not in html_of(app) and not app.exception
    assert "Choose an item" in html_of(open_page(held_shop, PAGE, item="nothing"))


def test_the_comparison_can_be_taken_away_in_three_formats(open_page: OpenPage, held_shop: Shop) -> None:
    app = opened(open_page(held_shop, PAGE), "download-changes")
    assert [button.label for button in app.get("download_button")] == ["CSV", "Parquet", "JSON"]
    assert not app.exception


def test_a_link_names_both_moments_the_side_and_the_feed(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop, PAGE, **{"from": "previous", "to": "last", "side": "exported", "feed": "products"})
    assert "Nothing changed" in html_of(app)
    assert app.selectbox(key="side").value == "exported"


def test_a_moment_that_is_not_kept_is_told_with_the_oldest_that_is(open_page: OpenPage, held_shop: Shop) -> None:
    for moment in ("1999-01-01", "<b>x</b>", "r-no-such-run"):
        app = open_page(held_shop, PAGE, **{"from": moment, "to": "last"})
        assert not app.exception
        assert "Could not read the comparison." in html_of(app)
        assert "<b>x</b>" not in html_of(app)


def test_before_two_runs_it_says_what_is_missing(open_page: OpenPage, tmp_path: Path, synced_shop: Shop) -> None:
    assert "There is nothing to compare yet" in html_of(open_page(Shop(tmp_path), PAGE))
    assert "There is nothing to compare yet" in html_of(open_page(synced_shop, PAGE))
