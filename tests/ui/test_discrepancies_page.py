"""Data discrepancy: the numbers, what they are made of, the list with its filters, one item opened, empty states."""

from __future__ import annotations

import html
import re
from pathlib import Path
from urllib.parse import parse_qs

from streamlit.testing.v1 import AppTest

from syncengine.engine.live_check import answer_live_check
from syncengine.inspection.products import product_story
from syncengine.inspection.view import CatalogView
from tests.ui.shop import OpenPage, Shop, copy_of, engine_running, html_of, opened, table_of
from ui.discrepancy_verify import command

PAGE = "discrepancies"


def column(app: AppTest, heading: str, *, of: str = "SKU") -> list[str]:
    """The values below a heading of the table that begins with another one."""
    return [row[heading] for row in table_of(app, of)]


def link(app: AppTest, words: str, *, kind: str) -> tuple[str, dict[str, list[str]], bool]:
    """Where a row of a table leads, page and query, and whether it is the one that is chosen."""
    table = next(found for found in re.findall(r"<table.*?</table>", html_of(app), re.DOTALL) if kind in found)
    for href, current, inner in re.findall(r'<a class="cs-goes" href="(.*?)"(.*?)>(.*?)</a>', table, re.DOTALL):
        if html.unescape(re.sub("<[^>]+>", "", inner)) == words:
            page, _, query = html.unescape(href).partition("?")
            return page, parse_qs(query), "aria-current" in current
    raise AssertionError(f"no row {words}")


def test_the_three_numbers_and_the_score_say_what_they_count(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop, PAGE, ages="all")
    shown = html_of(app)
    assert "Data discrepancy" in shown
    for words in ("Only in your catalog", "Only in the export", "Different values", "Match score"):
        assert words in shown
    assert "equal / (equal + different + only in the catalog + only in the export + waiting)" in shown
    assert "Catalog as of" in shown
    assert not app.exception


def test_a_held_delete_is_listed_with_its_reason_and_a_field_that_differs_with_both_values(
    open_page: OpenPage, held_shop: Shop
) -> None:
    app = open_page(held_shop, PAGE)
    assert "SKU-010" in column(app, "SKU")
    assert "Held for review" in column(app, "Reason")
    name = next(row for row in table_of(app, "Field") if row["Field"] == "name")
    assert (name["In your catalog"], name["Exported"]) == ("Birch Tray, large", "Birch Tray")
    assert (name["Items"], name["Share"], name["Feed"]) == ("1", "100.0 %", "products")


def test_filters_come_from_the_url_and_each_has_a_chip_that_takes_it_away(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop, PAGE, field="products:name")
    assert column(app, "SKU") == ["SKU-002"]
    assert app.button(key="chip-field").label == r"Field\: name \(products\)"
    app.button(key="chip-field").click().run()
    assert "SKU-010" in column(app, "SKU")
    assert "field" not in app.query_params


def test_a_row_of_a_filter_leads_to_the_page_narrowed_by_it_and_the_chosen_one_back(
    open_page: OpenPage, held_shop: Shop
) -> None:
    choices = {"q": "sku", "ages": "all", "page": "1", "item": "products:x", "tick": "products:y"}
    app = open_page(held_shop, PAGE, **choices)
    kept = {"q": ["sku"], "ages": ["all"]}
    assert link(app, "name", kind="cs-by-field") == (PAGE, {**kept, "field": ["products:name"]}, False)
    assert link(app, "prices", kind="cs-by-feed") == (PAGE, {**kept, "feed": ["prices"]}, False)
    assert link(app, "Held for review", kind="cs-by-reason") == (PAGE, {**kept, "reason": ["delete_guard"]}, False)
    assert link(app, "Under a day", kind="cs-by-age") == (PAGE, {**kept, "age": ["day"]}, False)
    narrowed = open_page(held_shop, PAGE, **choices, feed="prices", field="products:name")
    without = {**kept, "field": ["products:name"]}
    assert link(narrowed, "prices", kind="cs-by-feed") == (PAGE, without, True)
    assert not link(narrowed, "products", kind="cs-by-feed")[2]


def test_a_parameter_may_be_called_as_anything_without_harm(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop, PAGE, name_="x", self="z", tick=["", ":", "nofeed:x", "products:';--"])
    assert not app.exception
    assert "Could not read" not in html_of(app)
    assert link(app, "name", kind="cs-by-field")[1]["name"] == ["x"]


def test_a_row_opens_its_item_and_is_shown_as_the_one_that_is_open(open_page: OpenPage, held_shop: Shop) -> None:
    item = f"products:{item_id(held_shop, 'products', 'SKU-002')}"
    app = open_page(held_shop, PAGE, feed="products")
    assert link(app, "SKU-002", kind="cs-opens") == (PAGE, {"feed": ["products"], "item": [item]}, False)
    app = open_page(held_shop, PAGE, feed="products", item=item)
    assert link(app, "SKU-002", kind="cs-opens")[2]
    assert not link(app, "SKU-010", kind="cs-opens")[2]


def test_ticked_rows_are_sent_and_verified_alone_whatever_the_list_shows(open_page: OpenPage, held_shop: Shop) -> None:
    items = [f"products:{item_id(held_shop, 'products', sku)}" for sku in ("SKU-002", "SKU-010")]
    one = open_page(held_shop, PAGE, feed="prices", tick=items[0])
    assert "1 item selected" in html_of(one)
    assert "verify-now" in one.session_state
    assert "SKU-002" in html_of(opened(one, "these")).split('<p class="cs-line">')[-1]
    both = opened(open_page(held_shop, PAGE, tick=items), "verify-now")
    assert both.button(key="verify-ask").label == "Verify these 2 products"
    assert 'aria-label="Select SKU-002, products"' in html_of(both)
    none = open_page(held_shop, PAGE, tick="products:0b6dd0b5-2a54-4f21-8a0a-3d5a3f1f6f11")
    assert "these" not in none.session_state
    assert "verify-now" not in none.session_state


def test_a_number_leads_to_the_items_it_counts(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop, PAGE)
    app.button(key="show-only_exported").click().run()
    assert set(column(app, "Kind")) == {"Only in the export"}
    assert app.query_params["kind"] == "only_exported"


def test_a_search_narrows_the_list(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop, PAGE, q="sku-002")
    assert set(column(app, "SKU")) == {"SKU-002"}
    nothing = open_page(held_shop, PAGE, q="<b>no such thing</b>")
    assert "Nothing matches these filters" in html_of(nothing)
    assert "<b>no such" not in html_of(nothing)


def test_an_opened_item_says_since_when_by_which_run_and_request_and_shows_both_sides(
    open_page: OpenPage, held_shop: Shop
) -> None:
    feed_id = item_id(held_shop, "products", "SKU-002")
    shown = html_of(open_page(held_shop, PAGE, item=f"products:{feed_id}"))
    assert "Since " in shown
    assert "Last acknowledged" in shown and "by run r-" in shown
    assert "<mark>, large</mark>" in shown
    assert "Held back" in shown


def item_id(shop: Shop, feed: str, sku: str) -> str:
    """The feed_id of a product's item."""
    return product_story(CatalogView(shop.settings()), sku).of_feed(feed)[0].feed_id


def test_an_opened_item_can_be_sent_again_and_what_is_held_reviewed(open_page: OpenPage, held_shop: Shop) -> None:
    item = next(
        one for one in product_story(CatalogView(held_shop.settings()), "SKU-002").items if one.feed == "products"
    )
    app = open_page(held_shop, PAGE, item=f"products:{item.feed_id}")
    review = next(link for link in app.get("page_link") if link.label == "Review what is held")
    assert "run=r-" in review.query_string
    app = opened(app, "resync-opened")
    assert "SKU-002" in html_of(app) and app.button(key="resync-opened-ask")


def test_an_item_in_the_url_that_does_not_exist_is_told(open_page: OpenPage, held_shop: Shop) -> None:
    for item in ("products:0b6dd0b5-2a54-4f21-8a0a-3d5a3f1f6f11", "nofeed:x", "products:'; DROP TABLE x"):
        app = open_page(held_shop, PAGE, item=item)
        assert not app.exception
        assert "cs-empty" in html_of(app) or "cs-problem" in html_of(app)


def test_what_merely_waits_is_left_out_until_it_is_asked_for(open_page: OpenPage, waiting_shop: Shop) -> None:
    app = open_page(waiting_shop, PAGE)
    assert "No discrepancies older than 1 h" in html_of(app)
    assert "changed more recently" in html_of(app)
    app.button(key="nothing-waiting").click().run()
    assert "SKU-003" in column(app, "SKU")
    assert app.query_params["ages"] == "all"


def test_when_everything_agrees_it_says_so(open_page: OpenPage, synced_shop: Shop) -> None:
    shown = html_of(open_page(synced_shop, PAGE))
    assert "100.00 %" in shown
    assert "The destination holds exactly what your catalog says." in shown


def test_before_the_first_sync_it_names_the_command(open_page: OpenPage, tmp_path: Path) -> None:
    app = open_page(Shop(tmp_path), PAGE)
    assert "No sync has run yet" in html_of(app)
    assert "catalog-sync sync" in [code.value for code in app.code]
    assert not app.exception


def test_flapping_and_hot_fields_have_tabs_in_the_url(open_page: OpenPage, flapping_shop: Shop) -> None:
    flapping = open_page(flapping_shop, PAGE, tab="Flapping")
    (row,) = table_of(flapping, "Item")
    assert (row["Field"], row["Feed"], row["Changes"]) == ("name", "products", "4")
    assert row["Values in order"].endswith("Anchor Mug → Anchor Mug, blue → Anchor Mug")
    hot = open_page(flapping_shop, PAGE, tab="Hot fields")
    first = table_of(hot, "Field")[0]
    assert (first["Field"], first["Exports"], first["Alone"], first["Items"]) == ("name", "4", "4", "1")


def test_what_flaps_leads_to_the_history_of_the_item(open_page: OpenPage, flapping_shop: Shop) -> None:
    app = open_page(flapping_shop, PAGE, tab="Flapping")
    page, query, _ = link(app, table_of(app, "Item")[0]["Item"], kind="cs-opens")
    item = item_id(flapping_shop, "products", "SKU-001")
    assert (page, query) == ("item", {"feed": ["products"], "id": [item], "tab": ["History"]})


def test_a_hot_field_can_be_previewed_as_noise(open_page: OpenPage, flapping_shop: Shop) -> None:
    app = open_page(flapping_shop, PAGE, tab="Hot fields")
    page, query, _ = link(app, "name", kind="cs-opens")
    assert (page, query) == (PAGE, {"tab": ["Hot fields"], "hot": ["products:name"]})
    app = open_page(flapping_shop, PAGE, tab="Hot fields", hot="products:name")
    assert link(app, "name", kind="cs-opens") == (PAGE, {"tab": ["Hot fields"]}, True)
    assert "Without name, 4 of " in html_of(app)
    assert '[feeds.noise]\nproducts = ["name"]' in [code.value for code in app.code]


def test_without_any_change_both_tabs_say_what_would_stand_there(open_page: OpenPage, synced_shop: Shop) -> None:
    assert "Nothing flaps" in html_of(open_page(synced_shop, PAGE, tab="Flapping"))
    assert "No field caused an export" in html_of(open_page(synced_shop, PAGE, tab="Hot fields"))


def test_hostile_values_in_the_url_are_left_out(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop, PAGE, kind="<script>", feed="nothing", reason="'", age="%", page="-4", field="a:b")
    assert not app.exception
    assert "SKU-010" in column(app, "SKU")


def test_the_file_is_of_the_list_as_it_is_filtered(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop, PAGE, field="products:name", kind="different", q="sku", scope="default")
    (csv,) = [link.url for link in opened(app, "download-list").get("link_button") if "format=csv" in link.url]
    assert csv == (
        "/api/download/discrepancies?format=csv&feed=products&kind=different&field=name&q=sku&waiting=false&scope=default"
    )
    everything = opened(open_page(held_shop, PAGE, ages="all"), "download-list")
    assert "/api/download/discrepancies?format=parquet" in [link.url for link in everything.get("link_button")]


def test_a_page_beyond_the_last_shows_the_last(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop, PAGE, page="900")
    assert not app.exception
    assert "SKU-010" in column(app, "SKU")


def test_the_numbers_follow_the_scope_and_say_which_feeds_cannot(open_page: OpenPage, french_shop: Shop) -> None:
    whole, french = (open_page(french_shop, PAGE, ages="all", **scope) for scope in ({}, {"scope": "french"}))
    assert "Counted for" not in html_of(whole)
    assert "Counted for french" in html_of(french)
    assert "variants, scopesCustomerGroup" in html_of(french)
    waiting = [{row["Feed"]: row["Waiting"] for row in table_of(app, "Feed")} for app in (whole, french)]
    assert [one["products"] for one in waiting] == ["2", "1"]
    (csv,) = [link.url for link in opened(french, "download-list").get("link_button") if "format=csv" in link.url]
    assert csv.endswith("scope=french")


def test_the_command_that_verifies_is_safe_to_paste() -> None:
    assert command(["A", "b c", "$(rm -rf ~)"]) == "catalog-sync verify A 'b c' '$(rm -rf ~)'"
    assert command(["-x"]) == "catalog-sync verify -- -x"


def test_verify_now_is_asked_of_the_engine_and_its_answer_shown(
    open_page: OpenPage, held_shop: Shop, tmp_path: Path
) -> None:
    shop = copy_of(held_shop, tmp_path)
    with engine_running(shop) as store:
        app = open_page(shop, PAGE, q="SKU-002")
        assert "Verified with the store" not in html_of(app)
        opened(app, "verify-now").button(key="verify-ask").click().run()
        assert not app.session_state["verify-now"], "what was asked for is shown beside it"
        assert "1 product, asked for by" in html_of(app) and "as soon as it is free" in html_of(app)
        shop.products["SKU-002"]["name"] = "Birch Tray, huge"
        shop.write_records()
        assert answer_live_check(store, shop.settings(), should_stop=lambda: False)
        app.run()
        assert "Store, snapshot and export agree on 0 of 1 product." in html_of(app)
        verified = next(part for part in html_of(app).split("<table") if "cs-verified" in part)
        assert "the store changed since the last snapshot, and the export differs from both" in verified
        assert "name: Birch Tray → Birch Tray, huge" in verified
        assert link(app, "SKU-002", kind="cs-verified")[1]["item"]
        assert "The catalog was read again" not in html_of(app)
        app.button(key="verify-close").click().run()
        assert "Verified with the store" not in html_of(app)


def test_without_an_engine_verify_now_says_so_and_names_the_command(
    open_page: OpenPage, held_shop: Shop, tmp_path: Path
) -> None:
    app = open_page(copy_of(held_shop, tmp_path), PAGE, q="SKU-002")
    opened(app, "verify-now").button(key="verify-ask").click().run()
    assert "No engine is running" in html_of(app)
    assert "catalog-sync verify SKU-002" in [code.value for code in app.code]


def test_a_link_to_a_verification_that_never_was_is_told(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop, PAGE, verify="now")
    assert "Nothing was verified yet." in html_of(app)
    assert not app.exception


def test_a_damaged_publication_is_told_in_its_place(open_page: OpenPage, held_shop: Shop, tmp_path: Path) -> None:
    shop = copy_of(held_shop, tmp_path / "damaged")
    for path in (shop.directory / "data" / "lake" / "published").glob("*.ducklake"):
        path.write_bytes(b"this is no database")
    app = open_page(shop, PAGE)
    assert "Could not read the discrepancies." in html_of(app)
    assert not app.exception
