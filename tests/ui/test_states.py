"""Every page in the states that a bad day brings: nothing yet, data that is gone or damaged, a store that is busy."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from syncengine.control.store import FILE_NAME
from syncengine.inspection.runs import recent_runs
from syncengine.inspection.view import CatalogView
from syncengine.lake.paths import DataDirectory
from tests.ui.shop import OpenPage, Shop, copy_of, html_of

# each page with what its link would say; the run's id is filled in
PAGES = {
    "status": {},
    "synced_products": {"q": "birch"},
    "product_detail": {"sku": "SKU-002"},
    "discrepancies": {},
    "runs": {"show": "Timeline"},
    "run_detail": {"run": "newest"},
    "settings": {},
    "item": {},
    "compare": {},
}
HUGE = "x" * 1_000_000


def newest_run(shop: Shop) -> str:
    return recent_runs(CatalogView(shop.settings()), limit=1)[0][0].run_id


def queried(shop: Shop, name: str) -> dict[str, str]:
    return {key: newest_run(shop) if value == "newest" else value for key, value in PAGES[name].items()}


@pytest.fixture
def shop(synced_shop: Shop, tmp_path: Path) -> Shop:
    """A synced shop to spoil."""
    return copy_of(synced_shop, tmp_path)


@pytest.fixture
def busy_store(shop: Shop) -> Iterator[None]:
    """Another process that writes to the control store for longer than anybody waits."""
    with closing(sqlite3.connect(shop.directory / "data" / FILE_NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.parametrize("name", PAGES)
def test_before_the_first_sync_a_page_says_what_to_do(open_page: OpenPage, tmp_path: Path, name: str) -> None:
    app = open_page(Shop(tmp_path), name, **({"sku": "SKU-002"} if name == "product_detail" else {}))
    assert not app.exception
    assert "cs-problem" not in html_of(app)
    assert "No sync yet" in html_of(app)


@pytest.mark.parametrize("name", PAGES)
def test_a_lake_that_is_gone_is_told_with_a_code_and_blanks_no_page(open_page: OpenPage, shop: Shop, name: str) -> None:
    query = queried(shop, name)
    shutil.rmtree(DataDirectory(shop.directory / "data").published)
    app = open_page(shop, name, **query)
    assert not app.exception
    shown = html_of(app)
    assert "Last sync <span" in shown
    if name not in ("runs", "settings", "item", "compare"):  # these ask the control store alone, or nothing yet
        assert "CS5102" in shown


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_drawn_while_another_process_writes_to_the_control_store(
    open_page: OpenPage, shop: Shop, busy_store: None, name: str
) -> None:
    app = open_page(shop, name, **queried(shop, name))
    assert not app.exception
    assert "cs-problem" not in html_of(app)
    assert "locked" not in html_of(app)


@pytest.mark.parametrize("name", PAGES)
def test_a_damaged_control_store_is_told_with_a_code(open_page: OpenPage, shop: Shop, name: str) -> None:
    query = queried(shop, name)
    for path in (shop.directory / "data").glob(f"{FILE_NAME}*"):
        path.write_bytes(b"not a database, and long enough to be looked at twice")
    app = open_page(shop, name, **query)
    assert not app.exception
    assert "CS5201" in html_of(app)


def test_a_publication_that_is_replaced_under_a_page_is_shown_with_the_next_drawing(
    open_page: OpenPage, shop: Shop
) -> None:
    app = open_page(shop)
    shop.products["SKU-002"]["name"] = "Another"
    assert shop.sync(feeds=("products", "prices")).error_message is None
    app.run()
    assert not app.exception
    assert "<strong>1</strong> product updated" in html_of(app)


def test_a_product_of_a_megabyte_is_drawn_on_every_tab(open_page: OpenPage, shop: Shop) -> None:
    attributes = shop.products["SKU-002"]["custom_attributes"]
    shop.products["SKU-002"]["custom_attributes"] = [*attributes, {"attribute_code": "name_long", "value": HUGE}]
    shop.products["SKU-002"]["custom_attributes"][0] = {"attribute_code": "description", "value": HUGE}
    assert shop.sync(feeds=("products", "prices")).status in ("success", "failed")
    for tab in ("Diff", "Catalog JSON", "Exported JSON", "History"):
        app = open_page(shop, "product_detail", sku="SKU-002", tab=tab)
        assert not app.exception
        assert len(html_of(app)) < 400_000


def test_a_run_whose_details_are_of_another_version_is_drawn(open_page: OpenPage, shop: Shop) -> None:
    details = json.dumps({"warnings": ["a line"], "held": [], "settings": "?", "volumes": None, "set_aside": []})
    with closing(sqlite3.connect(shop.directory / "data" / FILE_NAME)) as store, store:
        store.execute("UPDATE runs SET details = ?", (details,))
    app = open_page(shop, "run_detail", run=newest_run(shop))
    assert not app.exception
    assert "CS0001" not in html_of(app)
