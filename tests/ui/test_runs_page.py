"""The Runs page: the table, one run's feeds and causes, and a link to one run."""

from __future__ import annotations

from pathlib import Path

from tests.ui.shop import OpenPage, Shop, html_of

PAGE = "runs"


def test_each_run_is_listed_with_its_counts_newest_first(open_page: OpenPage, held_shop: Shop) -> None:
    runs = open_page(held_shop, PAGE).dataframe[0].value
    assert list(runs["Status"]) == ["! Held for review", "✓ Success"]
    assert list(runs["Sent"]) == [0, 20]
    assert list(runs["Accepted"]) == [0, 20]


def test_the_newest_run_is_opened_with_its_reason(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop, PAGE)
    assert "would be removed" in html_of(app)
    assert list(app.dataframe[1].value["Feed"]) == ["products", "prices"]


def test_a_link_opens_one_run(open_page: OpenPage, held_shop: Shop) -> None:
    first = open_page(held_shop, PAGE).dataframe[0].value["Run"].iloc[-1]
    app = open_page(held_shop, PAGE, run=first)
    assert first in html_of(app)
    assert list(app.dataframe[1].value["Accepted"]) == [10, 10]


def test_a_run_that_does_not_exist_is_told(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, PAGE, run="r-none")
    assert "There is no run" in html_of(app)
    assert len(app.dataframe) == 1


def test_before_the_first_run_it_names_the_command(open_page: OpenPage, tmp_path: Path) -> None:
    app = open_page(Shop(tmp_path), PAGE)
    assert "No run yet" in html_of(app)
    assert [code.value for code in app.code] == ["catalog-sync sync"]
