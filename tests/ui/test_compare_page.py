"""The comparison of two runs or times: proposed, linked to, empty, and asked for what is not kept."""

from __future__ import annotations

import html
import re
from pathlib import Path
from urllib.parse import parse_qs

from syncengine.inspection.changes import changes_between
from syncengine.inspection.view import CatalogView
from tests.ui.shop import OpenPage, Shop, html_of, opened, table_of

PAGE = "compare"


def test_the_last_two_runs_are_compared_until_others_are_chosen(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop, PAGE)
    products = next(row for row in table_of(app, "Feed") if row["Feed"] == "products")
    assert (products["Changed"], products["Removed"], products["Added"]) == ("1", "1", "0")
    assert int(products["Before"]) == int(products["Unchanged"]) + 2
    assert {row["Change"] for row in table_of(app, "Item")} == {"~ Changed", "- Removed"}
    assert table_of(app, "Field") == [{"Field": "name", "Items": "1"}]
    assert not app.exception


def test_the_feed_whose_items_are_listed_and_the_item_are_links_that_keep_what_is_compared(
    open_page: OpenPage, held_shop: Shop
) -> None:
    asked = {"from": "previous", "to": "last", "side": "catalog"}
    app = open_page(held_shop, PAGE, **asked, item="products:x", of="prices")
    assert {row["Change"] for row in table_of(app, "Item")} == {"- Removed"}
    chosen = re.findall(r'href="([^"]*)" aria-current="true">([^<]*)<', html_of(app))
    assert [words for _, words in chosen] == ["prices"]
    query = {name: [value] for name, value in asked.items()}
    links = [html.unescape(found) for found in re.findall(r'class="cs-goes" href="compare\?([^"]*)"', html_of(app))]
    assert {**query, "of": ["products"]} in map(parse_qs, links)
    items = [parse_qs(one) for one in links if "item=" in one]
    assert items
    assert all(one["of"] == ["prices"] and one["item"][0].startswith("prices:") for one in items)
    unknown = open_page(held_shop, PAGE, **asked, of="<b>nothing</b>")
    assert "Items: products" in html_of(unknown)
    assert "<b>nothing" not in html_of(unknown)


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
