"""One item of any feed: its facts, its tabs, and what a link may carry."""

from __future__ import annotations

import json
import re
from pathlib import Path

from syncengine.inspection.item_search import ItemSearch, search_items
from syncengine.inspection.view import CatalogView
from tests.ui.shop import OpenPage, Shop, copy_of, html_of, table_of
from ui import item_head

PAGE = "item"


def item_id(shop: Shop, feed: str, text: str = "") -> str:
    """The feed_id of the first item of a feed."""
    return str(search_items(CatalogView(shop.settings()), ItemSearch(feed=feed, text=text)).rows["feed_id"][0])


def category_shop(place: Path) -> Shop:
    """A shop with a category below the root."""
    shop = Shop(place, products=1)
    shop.write_records()
    base = {"is_active": True, "level": 1, "position": 1, "include_in_menu": True}
    records = [
        {**base, "id": 2, "parent_id": 1, "name": "Root", "path": "1/2", "custom_attributes": []},
        {**base, "id": 3, "parent_id": 2, "name": "Bags", "path": "1/2/3", "level": 2,
         "custom_attributes": [{"attribute_code": "url_key", "value": "bags"},
                               {"attribute_code": "url_path", "value": "bags"}]},
    ]  # fmt: skip
    shop.categories = records
    assert shop.sync(feeds=("categories",)).error_message is None
    return shop


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
    (row,) = table_of(deliveries, "Sent")
    assert row["Attempt"] == "1" and row["Run"].startswith("r-")
    assert len(row["Request id"]) > 10


def test_what_a_link_may_carry_is_told_and_escaped(open_page: OpenPage, synced_shop: Shop) -> None:
    for feed, item in (("prices", "<script>alert(1)</script>"), ("<b>feed</b>", "x"), ("prices", "' OR 1=1")):
        app = open_page(synced_shop, PAGE, feed=feed, id=item)
        assert not app.exception
        assert "<script" not in html_of(app) and "<b>feed" not in html_of(app)
        assert "<h1>Feed " in html_of(app) or "cs-problem" in html_of(app)


def test_without_an_item_it_sends_to_the_list(open_page: OpenPage, synced_shop: Shop) -> None:
    assert "No item is chosen" in html_of(open_page(synced_shop, PAGE))


def test_a_part_of_an_identity_is_read_as_people_know_it() -> None:
    assert item_head.part_words("customerGroupCode", "da4b9237bacccdf19c0760cab7aec4a8359010b0") == "group 2"
    assert item_head.part_words("websiteCode", "*") == "* (all)"
    assert item_head.part_words("urlPath", "") == "(root category)"
    assert item_head.part_words("sku", "*") == "*"


def test_a_category_is_headed_by_its_name_and_leads_to_its_products(open_page: OpenPage, tmp_path: Path) -> None:
    shop = category_shop(tmp_path)
    app = open_page(shop, PAGE, feed="categories", id=item_id(shop, "categories", "bags"))
    assert "<h1><bdi>Bags</bdi></h1>" in html_of(app)
    assert "Products in this category" in [link.proto.label for link in app.get("page_link")]


def test_the_reason_tells_its_times_by_the_readers_own_clock(open_page: OpenPage, synced_shop: Shop) -> None:
    shown = html_of(open_page(synced_shop, PAGE, feed="prices", id=item_id(synced_shop, "prices")))
    assert re.search(r"equals your catalog as of \d+ \w{3} \d{4}, \d\d:\d\d UTC", shown)


def test_values_that_never_count_are_named_with_both_sides(
    open_page: OpenPage, synced_shop: Shop, tmp_path: Path
) -> None:
    shop = copy_of(synced_shop, tmp_path / "shop")
    shop.products["SKU-002"]["updated_at"] = "2026-03-03 03:03:03"
    assert shop.sync(feeds=("products",)).error_message is None
    shown = html_of(open_page(shop, PAGE, feed="products", id=item_id(shop, "products", "SKU-002")))
    assert "which never causes an export" in shown
    assert "<code><bdi>updatedAt</bdi></code></td><td><bdi>2026-03-03 03:03:03</bdi></td>" in shown


def test_what_is_held_is_so_called_and_leads_to_its_review(open_page: OpenPage, held_shop: Shop) -> None:
    shown = html_of(open_page(held_shop, PAGE, feed="products", id=item_id(held_shop, "products", "SKU-002")))
    assert "</i>Held for review</span>" in shown and "Waiting for next sync" not in shown
    assert re.search(r'approve or refuse it\. <a href="run\?run=r-[^"]+">Review what is held</a>', shown)


def test_what_waits_names_the_pages_own_button_as_the_next_step(open_page: OpenPage, waiting_shop: Shop) -> None:
    shown = html_of(open_page(waiting_shop, PAGE, feed="prices", id=item_id(waiting_shop, "prices", "SKU-003")))
    assert "<strong>Next:</strong> “Resync this product” sends it now." in shown


def test_the_switches_of_a_diff_mean_the_same_on_every_page(open_page: OpenPage, held_shop: Shop) -> None:
    found = item_id(held_shop, "products", "SKU-002")
    pages = {PAGE: {"feed": "products", "id": found}, "discrepancies": {"item": f"products:{found}", "ages": "all"}}
    for name, query in pages.items():
        for only_changes, folded in (("True", True), ("False", False)):
            app = open_page(held_shop, name, **query, only_changes=only_changes)
            assert app.toggle(key="only_changes").value is folded
            assert ("equal lines" in html_of(app)) is folded
