"""The strip at the top of every page."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from syncengine.control.engine import release_engine, take_engine
from syncengine.control.schedule_pause import put_pause
from syncengine.control.store import open_control_store
from tests.ui.shop import OpenPage, Shop, copy_of, engine_of, html_of

PAGES = (None, "synced_products", "runs", "product_detail")


@pytest.mark.parametrize("name", PAGES)
def test_every_page_tells_the_last_sync_the_engine_and_its_own_age(
    open_page: OpenPage, synced_shop: Shop, name: str | None
) -> None:
    shown = html_of(open_page(synced_shop, name))
    assert "Last sync <span" in shown
    assert "Sync not running" in shown
    assert "Updated just now" in shown


def test_a_beating_heart_is_told_with_when_it_was_seen(open_page: OpenPage, synced_shop: Shop, tmp_path: Path) -> None:
    shop = copy_of(synced_shop, tmp_path)
    with engine_of(shop, silent_seconds=8):
        assert re.search(r"Engine running, seen \d+ s ago", html_of(open_page(shop, "runs")))


def test_an_engine_that_does_not_respond_is_told(open_page: OpenPage, synced_shop: Shop, tmp_path: Path) -> None:
    shop = copy_of(synced_shop, tmp_path)
    with engine_of(shop, silent_seconds=29):
        shown = html_of(open_page(shop, "runs"))
    assert re.search(r"the engine does not respond, seen \d+ s ago", shown)
    assert 'cs-dot cs-t-bad">' in shown


def test_an_engine_that_was_stopped_is_told_from_one_that_is_gone(
    open_page: OpenPage, synced_shop: Shop, tmp_path: Path
) -> None:
    shop = copy_of(synced_shop, tmp_path)
    store = open_control_store(shop.directory / "data")
    with store.write() as connection:
        take_engine(connection, pid=2**22 - 3, host=socket.gethostname(), kind="engine")
    shown = html_of(open_page(shop))
    assert "it was killed, or its machine restarted" in shown
    with store.write() as connection:
        release_engine(connection, ended_by="SIGTERM")
    store.close()
    shown = html_of(open_page(shop))
    assert "The engine was stopped by SIGTERM at" in shown
    assert "Sync not running, stopped just now" in shown


def test_before_the_first_sync_it_says_so(open_page: OpenPage, tmp_path: Path) -> None:
    assert "No sync yet" in html_of(open_page(Shop(tmp_path), "runs"))


def test_a_shop_of_one_store_view_has_no_scope_to_choose(open_page: OpenPage, synced_shop: Shop) -> None:
    assert "Scope" not in [box.label for box in open_page(synced_shop).selectbox]


def test_a_scope_that_does_not_exist_is_left_out(open_page: OpenPage, synced_shop: Shop) -> None:
    assert not open_page(synced_shop, scope="nowhere").exception


def test_a_paused_schedule_is_told_on_every_page(open_page: OpenPage, synced_shop: Shop, tmp_path: Path) -> None:
    shop = copy_of(synced_shop, tmp_path)
    store = open_control_store(shop.directory / "data")
    with store.write() as connection:
        put_pause(connection, reason="<b>Sale</b> weekend", by="anna")
    store.close()
    for name in (None, "runs"):
        shown = html_of(open_page(shop, name))
        assert "Schedule paused" in shown
        assert "by anna, just now: &lt;b&gt;Sale&lt;/b&gt; weekend." in shown


def test_the_select_shows_the_scope_that_another_page_brought_along(open_page: OpenPage, french_shop: Shop) -> None:
    app = open_page(french_shop, "synced_products", scope="french")
    del app.query_params["scope"]
    app.session_state["scope"] = ""
    app.switch_page("../pages/product_detail.py")
    app.query_params["sku"] = "SKU-001"
    app.run()
    assert app.selectbox(key="scope").value == "french"
    assert app.query_params["scope"] == "french"
