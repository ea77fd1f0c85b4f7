"""The Runs page: filters, the picture, the table and the timeline."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncengine.commands import request_sync
from syncengine.control.audit import add_audit
from syncengine.control.store import open_control_store
from syncengine.pipeline import SyncOptions
from tests.ui.shop import OpenPage, Shop, copy_of, html_of

PAGE = "runs"


def test_each_run_is_listed_with_its_counts_newest_first(open_page: OpenPage, held_shop: Shop) -> None:
    runs = open_page(held_shop, PAGE).dataframe[0].value
    assert list(runs["Status"]) == ["! Held for review", "✓ Success"]
    assert list(runs["Exported"]) == [0, 20]
    assert list(runs.columns) == [
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
    (row,) = app.dataframe[0].value.to_dict("records")
    assert (row["Status"], row["By"], row["Begins"]) == ("… Requested", "ann", "When the engine is free")
    assert len(app.dataframe[1].value) == 2


def test_the_picture_says_in_words_what_it_shows(open_page: OpenPage, held_shop: Shop) -> None:
    shown = html_of(open_page(held_shop, PAGE))
    assert "2 runs: accepted, rejected and waiting items of each, oldest first. The most in one run: 20." in shown
    assert "20 accepted, 0 rejected, 0 waiting" in shown


@pytest.mark.parametrize(
    ("query", "statuses"),
    [
        ({"status": "success"}, ["✓ Success"]),
        ({"status": ["success", "held"]}, ["! Held for review", "✓ Success"]),
        ({"work": "True"}, ["✓ Success"]),
        ({"trigger": "cli", "feed": "prices", "since": "2020-01-31"}, ["! Held for review", "✓ Success"]),
        ({"status": "no such status"}, ["! Held for review", "✓ Success"]),
        ({"since": "not a day", "page": "-7"}, ["! Held for review", "✓ Success"]),
    ],
)
def test_filters_come_from_the_url(
    open_page: OpenPage, held_shop: Shop, query: dict[str, str], statuses: list[str]
) -> None:
    app = open_page(held_shop, PAGE, **query)
    assert list(app.dataframe[0].value["Status"]) == statuses
    assert not app.exception


def test_without_a_match_it_says_so_and_offers_to_clear(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop, PAGE, until="2020-01-31")
    assert "No run matches these filters" in html_of(app)
    assert "Clear all" in [button.label for button in app.button]


def test_clearing_the_filters_shows_all_runs(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop, PAGE, status="success", work="True")
    next(button for button in app.button if button.label == "Clear all").click().run()
    assert len(app.dataframe[0].value) == 2


def test_the_timeline_tells_who_asked_for_what(open_page: OpenPage, synced_shop: Shop, tmp_path: Path) -> None:
    shop = copy_of(synced_shop, tmp_path)
    store = open_control_store(shop.directory / "data")
    with store.write() as connection:
        add_audit(
            connection, actor="<b>anna", action="pause schedule", subject="schedule", details={"reason": "a sale"}
        )
    store.close()
    shown = html_of(open_page(shop, PAGE, show="Timeline"))
    assert "pause schedule" in shown
    assert "by &lt;b&gt;anna" in shown
    assert "reason: a sale" in shown


def test_before_the_first_run_it_names_the_command(open_page: OpenPage, tmp_path: Path) -> None:
    app = open_page(Shop(tmp_path), PAGE)
    assert "No run yet" in html_of(app)
    assert [code.value for code in app.code] == ["catalog-sync sync"]
