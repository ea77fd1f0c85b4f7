"""The Runs page: filters, the picture, the table and the timeline."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from syncengine.changes.plan import Selection
from syncengine.commands import request_sync
from syncengine.control.audit import add_audit
from syncengine.control.runs import RUNS
from syncengine.control.store import open_control_store
from syncengine.inspection.runs import recent_runs
from syncengine.inspection.view import CatalogView
from syncengine.pipeline import SyncOptions
from tests.ui.shop import OpenPage, Shop, copy_of, html_of, opened, table_of

PAGE = "runs"


def test_each_run_is_listed_with_its_counts_newest_first(open_page: OpenPage, held_shop: Shop) -> None:
    runs = table_of(open_page(held_shop, PAGE), "Run")
    assert [run["Status"] for run in runs] == ["Held for review", "Success"]
    assert [run["Exported"] for run in runs] == ["0", "20"]
    assert list(runs[0]) == [
        "Run", "Status", "Started", "Duration", "Trigger", "By", "Mode", "Catalog", "Unchanged", "Added", "Changed",
        "Removed", "Exported", "Rejected",
    ]  # fmt: skip


def test_what_was_asked_for_and_has_not_begun_stands_above_the_runs(
    open_page: OpenPage, held_shop: Shop, tmp_path: Path
) -> None:
    shop = copy_of(held_shop, tmp_path)
    store = open_control_store(shop.directory / "data")
    request_sync(store, SyncOptions(feeds=("products",), full=True, requested_by="ann"), start_now=True)
    store.close()
    app = open_page(shop, PAGE)
    assert "To come" in html_of(app)
    (row,) = table_of(app, "Status")
    assert (row["Status"], row["By"], row["Begins"]) == ("Requested", "ann", "When the engine is free")
    assert len(table_of(app, "Run")) == 2


def test_the_picture_says_in_words_what_it_shows(open_page: OpenPage, held_shop: Shop) -> None:
    shown = html_of(open_page(held_shop, PAGE))
    assert "2 runs: accepted, rejected and waiting items of each, oldest first. The most in one run: 20." in shown
    assert "20 accepted, 0 rejected, 0 waiting" in shown


@pytest.mark.parametrize(
    ("query", "statuses"),
    [
        ({"status": "success"}, ["Success"]),
        ({"status": ["success", "held"]}, ["Held for review", "Success"]),
        ({"work": "True"}, ["Success"]),
        ({"trigger": "cli", "feed": "prices", "since": "2020-01-31"}, ["Held for review", "Success"]),
        ({"status": "no such status"}, ["Held for review", "Success"]),
        ({"since": "not a day", "page": "-7"}, ["Held for review", "Success"]),
    ],
)
def test_filters_come_from_the_url(
    open_page: OpenPage, held_shop: Shop, query: dict[str, str], statuses: list[str]
) -> None:
    app = open_page(held_shop, PAGE, **query)
    assert [run["Status"] for run in table_of(app, "Run")] == statuses
    assert not app.exception


def test_without_a_match_it_says_so_and_offers_to_clear(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop, PAGE, until="2020-01-31")
    assert "No run matches these filters" in html_of(app)
    assert "Clear all" in [button.label for button in app.button]


def test_clearing_the_filters_shows_all_runs(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop, PAGE, status="success", work="True")
    next(button for button in app.button if button.label == "Clear all").click().run()
    assert len(table_of(app, "Run")) == 2


def test_the_timeline_tells_who_asked_for_what(open_page: OpenPage, synced_shop: Shop, tmp_path: Path) -> None:
    shop = copy_of(synced_shop, tmp_path)
    store = open_control_store(shop.directory / "data")
    with store.write() as connection:
        add_audit(
            connection, actor="<b>anna", action="pause schedule", subject="schedule", details={"reason": "a sale"}
        )
    store.close()
    shown = html_of(open_page(shop, PAGE, show="Timeline"))
    assert "Paused the schedule" in shown
    assert "by &lt;b&gt;anna" in shown
    assert "<small><bdi>a sale</bdi></small>" in shown


def test_the_timeline_says_what_was_asked_for_and_leads_to_the_runs(
    open_page: OpenPage, synced_shop: Shop, tmp_path: Path
) -> None:
    shop = copy_of(synced_shop, tmp_path)
    store = open_control_store(shop.directory / "data")
    wanted = Selection(resync=True, by="sku", values=("SKU-001", "SKU-002"))
    request_sync(store, SyncOptions(selection=wanted, requested_by="ann"), start_now=False)
    store.close()
    shown = html_of(open_page(shop, PAGE, show="Timeline"))
    assert "Asked for" in shown
    assert "Resync of all feeds · 2 SKUs: SKU-001, SKU-002" in shown
    assert '<a href="run?run=r-' in shown


def test_the_timeline_follows_the_filters(open_page: OpenPage, held_shop: Shop, tmp_path: Path) -> None:
    shop = copy_of(held_shop, tmp_path)
    store = open_control_store(shop.directory / "data")
    with store.write() as connection:
        add_audit(connection, actor="anna", action="pause schedule", subject="schedule", details={"reason": "a sale"})
    store.close()
    shown = html_of(open_page(shop, PAGE, show="Timeline", status="success"))
    assert shown.count("<li><time>") == 1
    assert "Held for review" not in shown.split('<ol class="cs-happened">')[1]
    assert "Paused the schedule" not in shown


def test_a_dry_run_is_told_by_its_mode(open_page: OpenPage, waiting_shop: Shop) -> None:
    runs = table_of(open_page(waiting_shop, PAGE), "Run")
    assert [run["Mode"] for run in runs] == ["Dry run", "Changed only"]
    assert [run["Trigger"] for run in runs] == ["CLI", "CLI"]


def test_a_row_leads_to_its_run_by_an_address(open_page: OpenPage, held_shop: Shop) -> None:
    newest, _ = recent_runs(CatalogView(held_shop.settings()), limit=1)[0]
    short = newest.run_id.rpartition("-")[2]
    link = f'<a href="run?run={newest.run_id}" title="{newest.run_id}">{short}</a>'
    assert link in html_of(open_page(held_shop, PAGE))


def test_who_asked_is_no_html(open_page: OpenPage, synced_shop: Shop, tmp_path: Path) -> None:
    shop = copy_of(synced_shop, tmp_path)
    store = open_control_store(shop.directory / "data")
    with store.write() as connection:
        connection.execute(update(RUNS).values(requested_by="<b>ann"))
    store.close()
    assert "&lt;b&gt;ann" in html_of(open_page(shop, PAGE))


def test_a_run_in_progress_stands_above_the_list_with_how_far_it_is(
    open_page: OpenPage, synced_shop: Shop, tmp_path: Path
) -> None:
    shop = copy_of(synced_shop, tmp_path)
    with shop.sync_in_progress():
        app = open_page(shop, PAGE)
    assert "products 40 of 120" in html_of(app)
    assert table_of(app, "Run")[0]["Duration"] != "–"


def test_the_address_of_what_is_shown_can_be_copied(open_page: OpenPage, held_shop: Shop) -> None:
    app = opened(open_page(held_shop, PAGE, status="success"), "link-runs")
    assert [code.value.split("?")[1] for code in app.code] == ["status=success"]


def test_before_the_first_run_it_names_the_command(open_page: OpenPage, tmp_path: Path) -> None:
    app = open_page(Shop(tmp_path), PAGE)
    assert "No run yet" in html_of(app)
    assert [code.value for code in app.code] == ["catalog-sync sync"]
