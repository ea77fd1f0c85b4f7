"""Noise, and feeds that are off, through whole syncs: neither the setting nor what it names sends anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncengine.errors import SettingsError
from syncengine.inspection.discrepancies import discrepancy_report
from syncengine.inspection.noise_preview import noise_preview
from syncengine.inspection.products import product_diff, product_story
from syncengine.inspection.reasons import Reason
from syncengine.inspection.run_charts import run_chart
from syncengine.inspection.run_list import timeline
from syncengine.inspection.view import CatalogView
from syncengine.inspection.why import why_product
from syncengine.settings import Settings
from syncengine.settings.feeds import FeedSettings
from tests.ui.shop import Shop, copy_of

FEEDS = ("products", "prices")


@pytest.fixture
def shop(synced_shop: Shop, tmp_path: Path) -> Shop:
    return copy_of(synced_shop, tmp_path / "shop")


def quiet(shop: Shop) -> Settings:
    return shop.settings(feeds=FeedSettings(noise={"products": ("name",)}))


def sent(view: CatalogView) -> int:
    return int(run_chart(view)["sent"][-1])


def test_leaving_a_field_out_sends_nothing_then_or_when_only_it_changes(shop: Shop) -> None:
    view = CatalogView(quiet(shop))
    assert shop.sync(settings=quiet(shop), feeds=FEEDS).error_message is None
    assert sent(view) == 0
    assert view.noise() == {"products": frozenset({"name"})}

    shop.products["SKU-002"]["name"] = "Birch Tray, larger"
    assert shop.sync(settings=quiet(shop), feeds=FEEDS).error_message is None
    assert sent(view) == 0
    (item,) = product_story(view, "SKU-002").of_feed("products")
    assert item.kind == "equal" and '"Birch Tray, larger"' in (item.catalog or "")
    assert discrepancy_report(view).match_score == 1


def test_what_was_left_out_goes_with_what_else_changes(shop: Shop) -> None:
    shop.sync(settings=quiet(shop), feeds=FEEDS)
    shop.products["SKU-002"] |= {"name": "Birch Tray, larger", "weight": 9}
    shop.sync(settings=quiet(shop), feeds=FEEDS)
    view = CatalogView(quiet(shop))
    assert sent(view) == 1
    (item,) = product_story(view, "SKU-002").of_feed("products")
    assert '"Birch Tray, larger"' in (item.exported or "")


def test_listening_again_sends_what_was_kept_back_and_nothing_else(shop: Shop) -> None:
    shop.sync(settings=quiet(shop), feeds=FEEDS)
    shop.products["SKU-002"]["name"] = "Birch Tray, larger"
    shop.sync(settings=quiet(shop), feeds=FEEDS)
    shop.sync(feeds=FEEDS)
    view = CatalogView(shop.settings())
    assert sent(view) == 1
    assert view.noise() == {}
    assert product_diff(view, "SKU-002").equal


def test_the_change_of_the_setting_stands_in_the_timeline(shop: Shop) -> None:
    shop.sync(settings=quiet(shop), feeds=FEEDS)
    (entry,) = [one for one in timeline(CatalogView(quiet(shop))) if one.action == "change noise"]
    assert (entry.subject, entry.details["after"], entry.details["items"]) == ("products", ["name"], 10)


def test_a_preview_says_what_would_have_been_saved(shop: Shop) -> None:
    shop.products["SKU-002"]["name"] = "Birch Tray, larger"
    shop.products["SKU-003"] |= {"name": "Cedar Bowl, larger", "weight": 9}
    shop.sync(feeds=FEEDS)
    view = CatalogView(shop.settings())
    found = noise_preview(view, "products", ["name"])
    assert (found.sends, found.updates, found.saved, found.items) == (12, 2, 1, 1)
    assert noise_preview(view, "products", ["name", "weight"]).saved == 2
    assert "1 of 12 sends" in found.sentence
    with pytest.raises(SettingsError):
        noise_preview(view, "products", ["sku"])


def test_noise_that_names_no_field_stops_a_sync_before_it_begins(shop: Shop) -> None:
    with pytest.raises(SettingsError, match="cannot be left out"):
        shop.sync(settings=shop.settings(feeds=FeedSettings(noise={"products": ("sku",)})), feeds=FEEDS)


def test_a_feed_that_is_off_is_neither_read_nor_sent_and_why_says_so(shop: Shop) -> None:
    settings = shop.settings(feeds=FeedSettings(off=("prices",)))
    shop.products["SKU-002"]["price"] = 99
    run = shop.sync(settings=settings)
    assert run.error_message is None and "prices" not in run.feeds
    view = CatalogView(settings)
    assert [feed.is_off for feed in discrepancy_report(view).feeds if feed.feed == "prices"] == [True]
    shop.products["SKU-011"] = {**shop.products["SKU-002"], "id": 11, "sku": "SKU-011"}
    shop.sync(settings=settings)
    found = {reason.feed: reason for reason in why_product(view, "SKU-011").reasons}
    assert found["prices"].code is Reason.FEED_OFF
    assert found["prices"].sentence == "Feed `prices` is switched off."
    with pytest.raises(SettingsError, match="switched off"):
        shop.sync(settings=settings, feeds=("prices",))
