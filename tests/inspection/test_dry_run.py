"""Which items a dry run counted: the same that its plan counted, whatever came after it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from syncengine.changes.plan import Selection
from syncengine.control.runs import Run
from syncengine.engine import open_workshop
from syncengine.errors import UnknownRunError
from syncengine.inspection.dry_run import is_told, would_send
from syncengine.inspection.runs import find_run
from syncengine.inspection.view import CatalogView
from syncengine.progress import SilentObserver
from tests.ui.shop import Shop

FEEDS = ("products", "prices")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Eight products were sent."""
    shop = Shop(tmp_path, products=8)
    assert shop.sync(feeds=FEEDS).error_message is None
    return shop


def changed(shop: Shop) -> None:
    """One product more, one less, one of another name."""
    shop.products["SKU-009"] = dict(shop.products["SKU-001"], sku="SKU-009", id=9)
    del shop.products["SKU-008"]
    shop.products["SKU-002"]["name"] = "Another"


def told(shop: Shop, run: Run, **more: int) -> list[tuple[str, ...]]:
    """What is told of the run: change and item, of its products."""
    found = would_send(CatalogView(shop.settings()), run.run_id, **more)
    assert found is not None
    return sorted(found.filter(feed="products").select("change", "item").rows())


def test_what_is_told_is_what_was_counted_and_stays_so_after_a_sync(shop: Shop) -> None:
    changed(shop)
    run = shop.sync(feeds=FEEDS, dry_run=True)
    expected = [("added", "SKU-009 / default"), ("changed", "SKU-002 / default"), ("removed", "SKU-008 / default")]
    assert told(shop, run) == expected
    shop.products["SKU-003"]["name"] = "Later"
    assert shop.sync(feeds=FEEDS).error_message is None
    assert told(shop, run) == expected

    view = CatalogView(shop.settings())
    counted = {(one.feed, name): getattr(one, name) for one in find_run(view, run.run_id)[1] for name in
               ("added", "changed", "removed") if getattr(one, name)}  # fmt: skip
    found = would_send(view, run.run_id)
    assert found is not None and Counter(found.select("feed", "change").iter_rows()) == counted
    assert found["sku"].to_list() == [item.split(" / ")[0] for item in found["item"]]


def test_what_the_plan_left_alone_is_not_told(shop: Shop) -> None:
    settings = shop.settings()
    with open_workshop(settings, SilentObserver(), kind="command", should_stop=lambda: False) as workshop:
        workshop.writer.connection.execute(
            """INSERT INTO lake.delivery.products BY NAME
               SELECT destination, feed_id, NULL::UUID AS feed_hash, 'dead_letter' AS state
               FROM lake.exported.products WHERE sku = 'SKU-008'"""
        )
    changed(shop)
    run = shop.sync(feeds=FEEDS, dry_run=True)
    assert told(shop, run) == [("added", "SKU-009 / default"), ("changed", "SKU-002 / default")]


def test_of_each_kind_some_are_told(shop: Shop) -> None:
    for product in shop.products.values():
        product["name"] += "!"
    run = shop.sync(feeds=FEEDS, dry_run=True)
    assert told(shop, run, samples=2) == [("changed", "SKU-001 / default"), ("changed", "SKU-002 / default")]


def test_nothing_is_told_of_other_runs(shop: Shop) -> None:
    view = CatalogView(shop.settings())
    resync = shop.sync(feeds=FEEDS, dry_run=True, selection=Selection(resync=True))
    real = shop.sync(feeds=FEEDS)
    assert not is_told(resync) and not is_told(real)
    assert would_send(view, resync.run_id) is None and would_send(view, real.run_id) is None
    with pytest.raises(UnknownRunError):
        would_send(view, "r-none")
