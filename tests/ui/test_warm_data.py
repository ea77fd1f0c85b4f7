"""What pages need of a new publication is worked out once, before somebody asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncengine.errors import LakeUnavailableError
from syncengine.inspection import states
from syncengine.inspection.courtesy import giving_way
from syncengine.inspection.discrepancies import discrepancy_report
from syncengine.inspection.status import sync_status
from syncengine.inspection.view import CatalogView
from tests.ui.shop import Shop, copy_of
from ui import discrepancy_data
from ui.warm_data import Watch, work_out


def test_a_new_publication_is_worked_out_once_and_the_next_one_again(synced_shop: Shop, tmp_path: Path) -> None:
    shop = copy_of(synced_shop, tmp_path / "shop")
    view = CatalogView(shop.settings())
    worked: list[CatalogView] = []
    watch = Watch(view, worked.append)
    assert [watch.look(), watch.look()] == [True, False]
    shop.products["SKU-001"]["name"] = "Anchor Mug, green"
    assert shop.sync(feeds=("products", "prices")).error_message is None
    assert [watch.look(), watch.look()] == [True, False]
    assert worked == [view, view]


def test_the_report_is_there_when_the_page_asks(
    synced_shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = CatalogView(copy_of(synced_shop, tmp_path / "shop").settings())
    asked: list[object] = []
    monkeypatch.setattr(discrepancy_data, "discrepancy_report", lambda *_, **__: asked.append(view))
    assert Watch(view).look()
    assert asked == [view]


def test_the_counts_of_the_start_page_are_there_when_it_asks(
    synced_shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = CatalogView(copy_of(synced_shop, tmp_path / "shop").settings())
    assert Watch(view).look()
    monkeypatch.setattr(states, "_count", lambda *_, **__: pytest.fail("counted anew"))
    assert sync_status(view).as_json()["feeds"]


def test_the_report_gives_way_between_its_items_and_only_where_it_was_told_to(held_shop: Shop, tmp_path: Path) -> None:
    view, asked = CatalogView(copy_of(held_shop, tmp_path / "shop").settings()), []
    with giving_way(lambda: asked.append(1)):
        work_out(view)
    assert asked == []  # the work tells itself how: it is done beside the pages
    with giving_way(lambda: asked.append(1)):
        discrepancy_report(CatalogView(view.settings))
    assert asked == [1]
    discrepancy_report(CatalogView(view.settings))
    assert asked == [1]


def test_before_the_first_publication_and_while_none_can_be_read_nothing_is_worked_out(
    synced_shop: Shop, tmp_path: Path
) -> None:
    assert not Watch(CatalogView(Shop(tmp_path / "empty").settings())).look()

    def fails(_: CatalogView) -> None:
        raise LakeUnavailableError("away")

    assert not Watch(CatalogView(copy_of(synced_shop, tmp_path / "shop").settings()), fails).look()
