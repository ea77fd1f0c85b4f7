"""The list of products: columns, search, sides, paging, empty answers, hostile text."""

from __future__ import annotations

import re
from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests.ui.shop import HOSTILE_NAMES, OpenPage, Shop, copy_of, html_of, opened, table_of
from ui import list_texts
from ui.product_table import clicked_sort

PAGE = "synced_products"


def listed(app: AppTest) -> list[dict[str, str]]:
    """The rows of the product list."""
    return table_of(app, "ID")


def skus(app: AppTest) -> list[str]:
    """The SKUs of the product list, in its order."""
    return [row["SKU"] for row in listed(app)]


def test_the_eight_columns_stand_in_their_documented_order(open_page: OpenPage, synced_shop: Shop) -> None:
    rows = listed(open_page(synced_shop, PAGE))
    assert [heading for heading in rows[0] if heading][:8] == [
        "ID",
        "Name",
        "Type",
        "Last Exported",
        "Last Modified",
        "SKU",
        "Price",
        "Visibility",
    ]
    row = next(row for row in rows if row["SKU"] == "SKU-001")
    assert (row["ID"], row["Name"], row["Type"]) == ("1", "Anchor Mug", "Simple")
    assert (row["Price"], row["Visibility"], row["State"]) == ("11.00 EUR", "Catalog, Search", "✓ In sync")


def test_a_search_narrows_the_list_and_an_exact_sku_stands_first(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, PAGE, q="sku-00")
    assert len(listed(app)) == 9
    app.text_input(key="q").set_value("SKU-004").run()
    assert skus(app) == ["SKU-004"]
    assert "1–1 of 1 product row" in html_of(app)


def test_search_text_is_literal(open_page: OpenPage, synced_shop: Shop) -> None:
    for text in ("%", "_", "'", '"; DROP TABLE', "\\"):
        app = open_page(synced_shop, PAGE, q=text)
        assert not app.exception
        assert "Could not read" not in html_of(app)
        assert not listed(app) or text in "".join(row["Name"] for row in listed(app))


def test_sort_and_size_come_from_the_url(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, PAGE, sort="sku.desc")
    assert skus(app)[:2] == ["SKU-010", "SKU-009"]
    assert not app.exception


def test_a_filter_in_the_url_narrows_the_list_by_value(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop, PAGE, side="catalog", state="waiting")
    assert skus(app) == ["SKU-002"]
    nothing = open_page(held_shop, PAGE, type="bundle")
    assert "No product matches these filters" in html_of(nothing)


def test_a_choice_goes_into_the_url_by_its_value_and_out_again_with_the_default(
    open_page: OpenPage, synced_shop: Shop
) -> None:
    app = open_page(synced_shop, PAGE)
    app.selectbox(key="sort").set_value("sku.asc").run()
    assert app.query_params["sort"] == "sku.asc"
    app.selectbox(key="sort").set_value("last_exported.desc").run()
    assert "sort" not in app.query_params


def test_a_value_in_the_url_that_is_none_of_ours_falls_back(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, PAGE, sort="payload.desc", rows="7", page="-3", side="all")
    assert len(listed(app)) == 10
    assert not app.exception


def test_a_click_on_a_column_sorts_by_it_on_the_server_and_a_second_one_turns_it_round() -> None:
    assert clicked_sort("Name", "last_exported.desc") == "name.asc"
    assert clicked_sort("Name", "name.asc") == "name.desc"
    assert clicked_sort("Last Modified", "name.asc") == "last_modified.desc"


def test_headings_lead_to_the_list_sorted_by_them_and_tell_how_it_is_sorted(
    open_page: OpenPage, synced_shop: Shop
) -> None:
    shown = html_of(open_page(synced_shop, PAGE, q="SKU-00", sort="name.asc", page="1"))
    assert 'href="products?q=SKU-00&amp;sort=name.desc"' in shown
    assert 'href="products?q=SKU-00&amp;sort=sku.asc"' in shown
    assert shown.count("aria-sort=") == 1
    assert '<th scope="col" class="cs-long" aria-sort="ascending">' in shown


def test_each_row_leads_to_its_product_and_knows_the_way_back(open_page: OpenPage, synced_shop: Shop) -> None:
    shown = html_of(open_page(synced_shop, PAGE, q="sku-004"))
    assert 'href="product?sku=SKU-004&amp;view=default&amp;from=q%3Dsku-004"' in shown


def test_no_match_offers_the_other_list(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop, PAGE, q="Birch Tray, large")
    assert "No product matches" in html_of(app)
    assert "In the store catalog there are 1 match." in html_of(app)
    next(button for button in app.button if "Search the store catalog" in button.label).click().run()
    assert app.session_state["side"] == "catalog"
    assert skus(app) == ["SKU-002"]
    assert listed(app)[0]["State"] == "… Waiting"


def test_before_the_first_sync_the_list_names_the_command(open_page: OpenPage, tmp_path: Path) -> None:
    app = open_page(Shop(tmp_path), PAGE)
    assert "No product has been synced yet" in html_of(app)
    assert [code.value for code in app.code] == ["catalog-sync sync"]


def test_hostile_names_stay_in_the_table_and_never_become_html(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, PAGE)
    assert set(HOSTILE_NAMES[:2]) <= {row["Name"] for row in listed(app)}
    assert "<img" not in html_of(app)
    assert "198.51.100.7" not in "".join(element.value for element in app.markdown)


def test_a_hostile_search_text_is_escaped_where_it_is_repeated(open_page: OpenPage, synced_shop: Shop) -> None:
    shown = html_of(open_page(synced_shop, PAGE, q="<img src=x onerror=alert(1)>"))
    assert "<img" not in shown
    assert "&lt;img src=x" in shown


def test_each_filter_has_a_chip_that_takes_it_away(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop, PAGE, side="catalog", state="waiting", price_from="11.5")
    assert skus(app) == ["SKU-002"]
    chips = [button for button in app.button if str(button.key).startswith("chip-")]
    assert [chip.label for chip in chips] == [r"State\: Waiting for next sync", r"Price from\: 11\.5"]
    chips[0].click().run()
    assert "state" not in app.query_params
    assert app.query_params["price_from"] == "11.5"
    assert len(listed(app)) == 8


def test_a_filter_stays_when_the_filters_are_closed_and_opened_again(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop, PAGE, side="catalog")
    assert "price_from" not in [one.key for one in app.text_input]
    opened(app, "filter").text_input(key="price_from").set_value("11.5").run()
    app.toggle(key="changed_last").set_value(True).run()
    app.toggle(key="changed_last").set_value(False).run()
    for is_open in (False, False, True, True):
        app.session_state["filter"] = is_open
        app.run()
        assert len(listed(app)) == 8
        assert [one.value for one in app.text_input if one.key == "price_from"] == ["11.5"] * is_open
    app.session_state["filter"] = False
    app.run()
    app.button(key="chips-clear").click().run()
    assert "price_from" not in app.query_params
    assert opened(app, "filter").text_input(key="price_from").value == ""
    assert len(listed(app)) == 9


def test_the_toggle_of_the_last_run_says_what_the_url_says(open_page: OpenPage, flapping_shop: Shop) -> None:
    app = opened(open_page(flapping_shop, PAGE), "filter")
    app.toggle(key="changed_last").set_value(True).run()
    assert app.query_params["run"] == "last"
    assert skus(app) == ["SKU-001"]
    app.session_state["filter"] = False
    app.run()
    next(button for button in app.button if str(button.key).startswith("chip-0")).click().run()
    assert not opened(app, "filter").toggle(key="changed_last").value
    assert len(listed(app)) == 10


def test_products_are_found_by_price_reason_changed_field_and_json(open_page: OpenPage, flapping_shop: Shop) -> None:
    def found(**query: str) -> list[str]:
        app = open_page(flapping_shop, PAGE, sort="sku.asc", **query)
        assert not app.exception
        return skus(app)

    assert found(price_from="12", price_to="13") == ["SKU-002", "SKU-003"]
    assert found(changed_field="name") == ["SKU-001"]
    assert found(run="last") == ["SKU-001"]
    assert found(json_text="Description 4") == ["SKU-004"]
    assert found(reason="rejected") == []
    assert len(found(reason="in_sync")) == 10


def test_a_price_that_is_none_is_told_and_filters_nothing(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, PAGE, price_from="cheap", price_to="NaN")
    assert "A price is a number" in html_of(app)
    assert len(listed(app)) == 10


def test_a_selection_can_be_sent_again_and_a_second_press_queues_nothing_new(
    open_page: OpenPage, synced_shop: Shop, tmp_path: Path
) -> None:
    shop = copy_of(synced_shop, tmp_path / "shop")
    app = open_page(shop, PAGE, sort="sku.asc")
    assert next(button for button in app.button if button.label == "Resync selected").disabled
    app.query_params["tick"] = ["SKU-001", "SKU-003"]
    app.run()
    assert "2 products selected" in html_of(app)
    opened(app, "selected").button(key="selected-ask").click().run()
    assert "Resync requested at" in html_of(app)
    assert "selected-ask" not in [button.key for button in app.button]


def test_pictures_stand_before_the_documented_columns_and_only_safe_addresses_are_loaded(
    open_page: OpenPage, synced_shop: Shop
) -> None:
    app = open_page(synced_shop, PAGE, pictures="True")
    rows = table_of(app, "Picture")
    assert [heading for heading in rows[0] if heading][:2] == ["Picture", "ID"]
    assert html_of(app).count('<div class="cs-thumb"') == len(rows)


def test_a_misspelled_sku_leads_to_its_neighbours(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, PAGE, q="SKU-00X")
    assert "Spelled like it:" in [text.value for text in app.text]


def test_the_items_of_any_feed_are_listed_and_searched(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, PAGE, feed="prices", q="sku-004")
    assert "Items of the feed prices" in html_of(app)
    (shown,) = table_of(app, "SKU")
    assert list(shown)[:5] == ["SKU", "Customer group code", "Website code", "Name", "State"]
    assert list(shown.values())[:5] == ["SKU-004", "0 (all others)", "base", "Dune Lamp", "✓ In sync"]


def test_an_item_of_a_feed_leads_to_its_page_and_knows_the_way_back(open_page: OpenPage, synced_shop: Shop) -> None:
    shown = html_of(open_page(synced_shop, PAGE, feed="prices", q="sku-004"))
    (address,) = re.findall(r'class="cs-goes" href="([^"]+)"', shown)
    assert re.fullmatch(r"item\?feed=prices&amp;id=[0-9a-f-]{36}&amp;from=feed%3Dprices%26q%3Dsku-004", address)


def test_headings_lead_to_the_items_in_their_order_and_the_choice_of_the_order_knows_it(
    open_page: OpenPage, synced_shop: Shop
) -> None:
    app = open_page(synced_shop, PAGE, feed="prices", order="-item", page="1")
    assert [row["SKU"] for row in table_of(app, "SKU")][:2] == ["SKU-010", "SKU-009"]
    assert app.selectbox(key="order").value == "-item"
    shown = html_of(app)
    assert '<th scope="col" class="cs-long" aria-sort="descending">' in shown and shown.count("aria-sort=") == 1
    assert 'href="products?feed=prices"' in shown  # the default order
    for column in ("website_code", "state", "-last_exported", "-last_modified"):
        assert f'href="products?feed=prices&amp;order={column}"' in shown
    assert "order=customer_group_code" not in shown  # which are shown as numbers, and ordered by their hashes


def test_an_order_that_another_feed_does_not_have_is_let_go(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, PAGE, feed="prices", order="website_code")
    app.selectbox(key="feed").set_value("productAttributes").run()
    assert not app.exception
    assert "order" not in app.query_params and app.selectbox(key="order").value == "item"


def test_hostile_names_of_items_never_become_html(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, PAGE, feed="prices")
    assert set(HOSTILE_NAMES[:2]) <= {row["Name"] for row in table_of(app, "SKU")}
    assert "<img" not in html_of(app)


def test_the_items_of_a_feed_without_store_views_are_those_of_the_scopes_website(
    open_page: OpenPage, french_shop: Shop
) -> None:
    app = open_page(french_shop, PAGE, feed="prices", scope="french")
    assert {row["Website code"] for row in table_of(app, "SKU")} == {"base"}
    assert list_texts.WHOLE_FEED not in html_of(app)


def test_a_feed_that_belongs_to_no_scope_is_shown_whole_and_says_so(open_page: OpenPage, french_shop: Shop) -> None:
    app = open_page(french_shop, PAGE, feed="scopesWebsite", scope="french")
    assert list_texts.WHOLE_FEED in html_of(app)


def test_what_is_seen_of_a_feed_is_what_is_downloaded(open_page: OpenPage, french_shop: Shop) -> None:
    app = opened(open_page(french_shop, PAGE, feed="prices", q="sku-002", scope="french"), "download-items")
    addresses = [button.proto.url for button in app.get("link_button")]
    assert "/api/download/items?format=csv&feed=prices&side=exported&q=sku-002&website=base" in addresses


def test_how_many_there_are_stands_above_the_table(open_page: OpenPage, synced_shop: Shop) -> None:
    shown = html_of(open_page(synced_shop, PAGE, rows="25"))
    assert shown.count("1–10 of 10 product rows") == 1
    assert shown.index("1–10 of 10 product rows") > shown.index("<h1>")
    assert "1–10 of 10 items" in html_of(open_page(synced_shop, PAGE, feed="prices"))


def test_a_search_that_finds_nothing_anywhere_says_so_in_words(open_page: OpenPage, synced_shop: Shop) -> None:
    assert "Nor does any in the store catalog." in html_of(open_page(synced_shop, PAGE, q="zzzzz"))


def test_a_feed_without_items_says_why(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, PAGE, feed="variants")
    assert "The feed variants has no items here" in html_of(app)
    assert not app.exception


def test_values_in_the_url_that_are_none_of_ours_are_left_out_of_a_feed_too(
    open_page: OpenPage, synced_shop: Shop
) -> None:
    app = open_page(synced_shop, PAGE, feed="prices", state="<script>", order="payload", side="both", page="99999")
    assert not app.exception
    assert "<script" not in html_of(app)


def test_the_browsers_own_back_comes_to_the_same_list(open_page: OpenPage, synced_shop: Shop) -> None:
    left = "q=SKU-00&state=in_sync&sort=sku.asc&rows=25"
    app = open_page(synced_shop, PAGE, sku="SKU-003", view="default", from_=left)
    assert app.text_input(key="q").value == "SKU-00"
    assert skus(app)[:2] == ["SKU-001", "SKU-002"]
    assert "1–9 of 9 product rows" in html_of(app)
    app.text_input(key="q").set_value("SKU-002").run()
    assert "1–1 of 1 product row" in html_of(app)
    assert "from" not in app.query_params and app.query_params["q"] == "SKU-002"
    assert app.query_params["state"] == "in_sync"
    app.text_input(key="q").set_value("").run()
    assert "1–10 of 10 product rows" in html_of(app)
