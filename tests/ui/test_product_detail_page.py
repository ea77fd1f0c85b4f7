"""One product: its facts, its two sides, its diff, and every SKU that a link may carry."""

from __future__ import annotations

import json
from pathlib import Path

from tests.ui.shop import HOSTILE_NAME, OpenPage, Shop, html_of

PAGE = "product_detail"


def test_a_product_in_sync_says_so_and_shows_its_facts(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, PAGE, sku="SKU-001")
    shown = html_of(app)
    assert "<h1><bdi>Anchor Mug</bdi></h1>" in shown
    assert "11.00 EUR" in shown
    assert "The exported data equals your catalog." in shown
    assert not app.exception


def test_what_differs_is_listed_by_field_and_side_by_side(open_page: OpenPage, held_shop: Shop) -> None:
    shown = html_of(open_page(held_shop, PAGE, sku="SKU-002"))
    assert "1 field differs between your catalog and what was exported." in shown
    assert (
        "<td><code><bdi>name</bdi></code></td><td><bdi>Birch Tray, large</bdi></td><td><bdi>Birch Tray</bdi></td>"
        in (shown)
    )
    assert '<tr class="cs-changed">' in shown
    assert "<mark>, large</mark>" in shown


def test_a_product_gone_from_the_catalog_is_told_as_still_exported(open_page: OpenPage, held_shop: Shop) -> None:
    shown = html_of(open_page(held_shop, PAGE, sku="SKU-010"))
    assert "Gone from your catalog, still exported: its removal is due with the next sync." in shown


def test_both_sides_can_be_copied_as_json(open_page: OpenPage, held_shop: Shop) -> None:
    catalog = open_page(held_shop, PAGE, sku="SKU-002", tab="Catalog JSON")
    assert json.loads(catalog.code[-1].value)["name"] == "Birch Tray, large"
    exported = open_page(held_shop, PAGE, sku="SKU-002", tab="Exported JSON")
    assert json.loads(exported.code[-1].value)["name"] == "Birch Tray"


def test_another_feed_of_the_product_can_be_looked_at(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, PAGE, sku="SKU-001", feed="prices", tab="Exported JSON")
    assert json.loads(app.code[-1].value)["regular"] == 11


def test_a_sku_is_found_in_another_case(open_page: OpenPage, synced_shop: Shop) -> None:
    assert "Anchor Mug" in html_of(open_page(synced_shop, PAGE, sku="sku-001"))


def test_an_unknown_sku_is_told_and_escaped(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, PAGE, sku="<script>alert(1)</script>")
    assert "&lt;script&gt;" in html_of(app)
    assert "<script" not in html_of(app)
    assert not app.exception


def test_without_a_sku_it_sends_to_the_list(open_page: OpenPage, synced_shop: Shop) -> None:
    assert "No product is chosen" in html_of(open_page(synced_shop, PAGE))


def test_before_the_first_sync_every_sku_is_unknown(open_page: OpenPage, tmp_path: Path) -> None:
    app = open_page(Shop(tmp_path), PAGE, sku="SKU-001")
    assert "No product has the SKU" in html_of(app)
    assert not app.exception


def test_a_hostile_name_is_shown_as_text(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, PAGE, sku="SKU-007")
    shown = html_of(app)
    assert "&lt;img src=&quot;http://198.51.100.7/p.png&quot;" in shown
    assert "<img" not in shown
    assert HOSTILE_NAME not in "".join(element.value for element in app.markdown)


def test_right_to_left_text_cannot_reorder_the_page(open_page: OpenPage, synced_shop: Shop) -> None:
    shown = html_of(open_page(synced_shop, PAGE, sku="SKU-009"))
    assert "\u202e" not in shown
    assert "<bdi>▯\u062a\u0645\u0631 abc</bdi>" in shown


def test_a_very_long_name_is_cut_in_the_heading(open_page: OpenPage, synced_shop: Shop) -> None:
    heading = html_of(open_page(synced_shop, PAGE, sku="SKU-010")).split("<h1>")[1].split("</h1>")[0]
    assert len(heading) < 400
    assert heading.endswith("…</bdi>")
