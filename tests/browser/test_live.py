"""What happens on the pages by itself, while somebody looks at them."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from syncengine.control.engine import beat, release_engine, take_engine
from syncengine.control.runs import RunStatus, finish_run, set_progress
from syncengine.control.schema import utc_now
from syncengine.control.store import ControlStore, open_control_store
from syncengine.inspection.runs import recent_runs
from syncengine.inspection.view import CatalogView
from tests.browser.serving import app_server
from tests.ui.shop import Shop, copy_of

pytestmark = pytest.mark.browser
PATIENCE = 30_000


@pytest.fixture(scope="module")
def live_shop(browser_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop of its own, in which runs come and go."""
    return copy_of(browser_shop, tmp_path_factory.mktemp("live"))


@pytest.fixture(scope="module")
def address(live_shop: Shop, browser_type_launch_args: object) -> Iterator[str]:
    """The app of that shop."""
    del browser_type_launch_args
    with app_server(live_shop.environment, directory=live_shop.directory) as served:
        yield served


@pytest.fixture
def store(live_shop: Shop) -> Iterator[ControlStore]:
    """Its control store, as the engine writes to it."""
    opened = open_control_store(live_shop.directory / "data")
    yield opened
    opened.close()


def progress(store: ControlStore, run_id: str, done: int) -> None:
    told = {"step": "export", "subject": "products", "done": done, "total": 120, "at": utc_now().isoformat()}
    with store.write() as connection:
        set_progress(connection, run_id, told)


def test_progress_comes_without_a_reload_and_leaves_what_is_typed_alone(
    page: Page, address: str, live_shop: Shop, store: ControlStore
) -> None:
    with live_shop.sync_in_progress() as run_id:
        page.goto(f"{address}/run?run={run_id}")
        expect(page.get_by_text("products 40 of 120")).to_be_visible(timeout=PATIENCE)
        page.evaluate("window.stayed = true")
        progress(store, run_id, 90)
        expect(page.get_by_text("products 90 of 120")).to_be_visible(timeout=PATIENCE)
        assert page.evaluate("window.stayed")

        page.get_by_role("link", name="Synced products").click()
        box = page.get_by_role("searchbox")
        box.press_sequentially("anchor mug 13", delay=150)
        expect(page.locator(".cs-strip").get_by_text("In Progress")).to_be_visible(timeout=PATIENCE)
        expect(box).to_have_value("anchor mug 13")
        assert page.evaluate("window.stayed")
        with store.write() as connection:
            finish_run(connection, run_id, RunStatus.CANCELLED)


def test_an_engine_that_stops_is_seen_within_half_a_minute(page: Page, address: str, store: ControlStore) -> None:
    with store.write() as connection:
        take_engine(connection, pid=os.getpid(), host=socket.gethostname(), kind="engine")
        beat(connection, next_sync_at=utc_now() + timedelta(minutes=23))
    page.goto(f"{address}/runs")
    expect(page.locator(".cs-strip").get_by_text("Engine running")).to_be_visible(timeout=PATIENCE)
    with store.write() as connection:
        release_engine(connection)
    expect(page.locator(".cs-strip").get_by_text("Sync not running")).to_be_visible(timeout=30_000)


def test_a_runs_items_are_taken_away_as_csv_that_no_spreadsheet_runs(
    page: Page, address: str, live_shop: Shop, tmp_path: Path
) -> None:
    first = recent_runs(CatalogView(live_shop.settings()), limit=50)[-1][0].run_id
    page.goto(f"{address}/run?run={first}&items=added")
    page.get_by_role("button", name="Download these items").click()
    with page.expect_download(timeout=PATIENCE) as downloaded:
        page.get_by_role("link", name="CSV").click()
    target = tmp_path / "items.csv"
    downloaded.value.save_as(target)
    lines = target.read_text("utf-8").splitlines()
    assert len(lines) == 61  # thirty products, thirty prices
    assert not any(re.search(r'(^|,)"?[=+@]', line) for line in lines)


def test_back_leads_from_a_run_to_the_filtered_list(page: Page, address: str) -> None:
    page.goto(f"{address}/runs?status=success")
    expect(page.get_by_text("1–1 of 1 run")).to_be_visible(timeout=PATIENCE)
    page.locator("table.cs-runs tbody a").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/run\?run=r-"), timeout=PATIENCE)
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=PATIENCE)
    page.go_back()
    expect(page).to_have_url(re.compile("status=success"), timeout=PATIENCE)
    expect(page.get_by_text("1–1 of 1 run")).to_be_visible(timeout=PATIENCE)
