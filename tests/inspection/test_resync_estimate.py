"""What a resync would send, told from counts and from what earlier runs sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncengine.errors import UnknownFeedError
from syncengine.inspection.resync_estimate import estimate_resync
from syncengine.inspection.view import CatalogView
from tests.ui.shop import Shop


def test_before_the_first_sync_there_is_nothing_to_measure_by(tmp_path: Path) -> None:
    found = estimate_resync(CatalogView(Shop(tmp_path).settings()))
    assert (found.items, found.batches, found.seconds) == (0, 0, None)


def test_items_and_batches_are_those_of_the_named_feeds(tmp_path: Path) -> None:
    shop = Shop(tmp_path, products=5)
    run = shop.sync(feeds=("products", "prices"))
    view = CatalogView(shop.settings())
    assert estimate_resync(view, ("products",)).items == 5
    both = estimate_resync(view, ("products", "prices"))
    assert both.items == 10 and both.batches == 2
    assert run.finished_at is not None
    assert both.seconds == pytest.approx((run.finished_at - run.started_at).total_seconds())
    assert both.seconds_items == 10
    with pytest.raises(UnknownFeedError):
        estimate_resync(view, ("nonsense",))


def test_a_small_run_after_it_changes_nothing_of_the_measure(tmp_path: Path) -> None:
    shop = Shop(tmp_path, products=5)
    shop.sync(feeds=("products",))
    shop.products["SKU-001"]["name"] = "Another Mug"
    shop.sync(feeds=("products",))
    found = estimate_resync(CatalogView(shop.settings()), ("products",))
    assert (found.items, found.batches, found.seconds_items) == (5, 1, 5)


def test_only_what_differs_can_be_counted(tmp_path: Path) -> None:
    shop = Shop(tmp_path, products=5)
    shop.sync(feeds=("products",))
    view = CatalogView(shop.settings())
    assert estimate_resync(view, ("products",), only_differing=True).items == 0
    shop.products["SKU-002"]["name"] = "Birch Tray, large"
    shop.hold_changes(feeds=("products",))
    assert estimate_resync(view, ("products",), only_differing=True).items == 2
