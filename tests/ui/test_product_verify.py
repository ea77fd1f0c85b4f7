"""Verify now on a product's page: asked of the engine for this product alone, answered there."""

from __future__ import annotations

from pathlib import Path

from syncengine.access.actions import request_live_check
from syncengine.access.roles import local_user
from syncengine.engine.live_check import answer_live_check
from tests.ui.shop import OpenPage, Shop, copy_of, engine_running, html_of, opened

PAGE = "product_detail"


def test_a_product_is_verified_and_its_items_lead_to_their_pages(
    open_page: OpenPage, held_shop: Shop, tmp_path: Path
) -> None:
    shop = copy_of(held_shop, tmp_path)
    with engine_running(shop) as store:
        app = opened(open_page(shop, PAGE, sku="SKU-002"), "verify-now")
        assert app.button(key="verify-ask").label == "Verify this product"
        app.button(key="verify-ask").click().run()
        assert "1 product, asked for by" in html_of(app)
        shop.products["SKU-002"]["name"] = "Birch Tray, huge"
        shop.write_records()
        assert answer_live_check(store, shop.settings(), should_stop=lambda: False)
        shown = html_of(app.run())
        assert "Store, snapshot and export agree on 0 of 1 product." in shown
        assert "name: Birch Tray → Birch Tray, huge" in shown
        assert 'class="cs-goes" href="item?feed=products&amp;id=' in shown
        app.button(key="verify-close").click().run()
        assert "Verified with the store" not in html_of(app)


def test_a_check_of_other_products_is_not_shown_as_the_answer(
    open_page: OpenPage, held_shop: Shop, tmp_path: Path
) -> None:
    shop = copy_of(held_shop, tmp_path)
    with engine_running(shop) as store:
        assert request_live_check(store, ["SKU-001"], user=local_user())
        asked = html_of(open_page(shop, PAGE, sku="SKU-002", verify="now"))
        assert "The engine makes a check of other products" in asked
        assert answer_live_check(store, shop.settings(), should_stop=lambda: False)
        answered = html_of(open_page(shop, PAGE, sku="SKU-002", verify="now"))
        assert "Other products were verified since then" in answered
        assert "agree on" not in answered


def test_without_being_asked_nothing_is_said_of_a_check(open_page: OpenPage, held_shop: Shop) -> None:
    assert "Verified with the store" not in html_of(open_page(held_shop, PAGE, sku="SKU-002"))
    assert "Nothing was verified yet." in html_of(open_page(held_shop, PAGE, sku="SKU-002", verify="now"))
