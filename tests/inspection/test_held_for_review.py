"""Removals that wait for a decision: which, of how many, and until when they are asked about."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncengine.commands import approve_run
from syncengine.inspection.held_for_review import held_feeds, held_sample
from syncengine.inspection.view import CatalogView
from tests.ui.shop import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Six products were sent; one is gone from the catalog, and its removal is held."""
    shop = Shop(tmp_path, products=6)
    assert shop.sync(feeds=("products", "prices")).error_message is None
    assert shop.hold_changes(feeds=("products", "prices")).status == "held"
    return shop


def test_what_is_held_is_counted_and_named(shop: Shop) -> None:
    view = CatalogView(shop.settings())
    held = {feed.feed: feed for feed in held_feeds(view)}
    assert set(held) == {"products", "prices"}
    products = held["products"]
    assert (products.removed, products.exported, products.approved) == (1, 6, False)
    assert products.percent == "17"
    sample = held_sample(view, "products", products.destination)
    assert sample["sku"].to_list() == ["SKU-006"] and sample["name"].to_list() == ["Fjord Blanket"]
    assert sample["items"].to_list() == [1]


def test_an_approval_is_told_until_the_next_sync_carries_it_out(shop: Shop) -> None:
    view = CatalogView(shop.settings())
    approve_run(view.control, held_feeds(view)[0].run_id, actor="anna")
    assert all(feed.approved for feed in held_feeds(view))
    assert shop.sync(feeds=("products", "prices")).error_message is None
    assert held_feeds(view) == ()


def test_a_later_run_that_plans_the_feed_anew_takes_the_question_over(shop: Shop) -> None:
    shop.products["SKU-006"] = dict(shop.products["SKU-001"], sku="SKU-006", id=6, name="Fjord Blanket")
    assert shop.sync(feeds=("products",)).error_message is None
    assert [feed.feed for feed in held_feeds(CatalogView(shop.settings()))] == ["prices"]


def test_nothing_is_held_before_the_first_sync(tmp_path: Path) -> None:
    view = CatalogView(Shop(tmp_path).settings())
    assert held_feeds(view) == ()
    assert held_sample(view, "products", "nowhere").height == 0
