"""The list behind the report: page by page all of it, narrowed by every filter, and the file that holds the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from syncengine.control.schema import utc_now
from syncengine.inspection import discrepancy_list
from syncengine.inspection.discrepancies import discrepancy_report
from syncengine.inspection.discrepancy_list import (
    discrepancy_frames,
    discrepancy_page,
    discrepancy_rows,
    discrepancy_schema,
    discrepant_skus,
)
from syncengine.inspection.discrepancy_table import DiscrepancyQuery
from syncengine.inspection.scopes import store_scopes
from syncengine.inspection.takeaway import discrepancies_download
from syncengine.inspection.view import CatalogView

from .lake_of import Answer, LakeOf, price, product, variant

LATER = timedelta(hours=2)  # longer than a sync window


@pytest.fixture
def scoped(lake: LakeOf, view: CatalogView) -> CatalogView:
    """Two store views that differ in one product each, in one of them in another field; a price and a variant too."""
    lake.synced(
        products=[product("a"), product("a", view="french"), product("b"), product("b", view="french"), product("c")],
        prices=[price("a", 1), price("a", 1, website="other")],
        variants=[variant("p", "a")],
    )
    lake.says(
        run_id="r-2",
        products=[
            product("a", name="New"), product("a", view="french"), product("b"),
            product("b", view="french", visibility="Search"), product("c"),
        ],
        prices=[price("a", 2), price("a", 2, website="other")],
        variants=[variant("p", "a"), variant("p", "b")],
    )  # fmt: skip
    lake.publish()
    return view


def test_a_long_list_is_paged_and_taken_away_to_the_last(
    lake: LakeOf, view: CatalogView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discrepancy_list, "_ROWS_AT_ONCE", 500)
    lake.synced(products=[product("first")])
    lake.says(run_id="r-2", products=[product(f"sku-{number:04}") for number in range(1_210)])
    lake.publish()
    query = DiscrepancyQuery(kinds=("only_catalog",), now=utc_now() + LATER)
    page = discrepancy_page(view, query, limit=25, offset=1_185)
    assert (page.total, page.products) == (1_210, 1_210)
    assert (page.feeds, page.reasons) == (("products",), ("changed_waiting",))
    assert page.rows["sku"].to_list() == [f"sku-{number:04}" for number in range(1_185, 1_210)]
    assert [len(frame) for frame in discrepancy_frames(view, query)] == [500, 500, 210], "some thousands at a time"
    assert len(discrepancies_download(view, query).schema) == len(discrepancy_schema())


def test_the_pages_together_are_the_list_and_the_list_is_the_file(scoped: CatalogView) -> None:
    query = DiscrepancyQuery(now=utc_now() + LATER)
    total = discrepancy_page(scoped, query, limit=1).total
    pages = pl.concat([discrepancy_page(scoped, query, limit=2, offset=at).rows for at in range(0, total, 2)])
    assert len(pages) == total == discrepancy_report(scoped, now=query.now).total("discrepancies")
    assert pl.concat(discrepancies_download(scoped, query).frames).equals(pages)


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ({"kinds": ("different",)}, pl.col("kind") == "different"),
        ({"states": ("rejected",)}, pl.col("state") == "rejected"),
        ({"reasons": ("in_flight", "rejected")}, pl.col("reason").is_in(["in_flight", "rejected"])),
        ({"field": "name"}, pl.col("fields").list.contains("name")),
        ({"text": "REFUSED"}, pl.col("sku").str.contains("refused")),
        ({"text": "%"}, pl.col("sku") == "%"),
        ({"waiting": True}, pl.col("waiting")),
        ({"waiting": False}, ~pl.col("waiting")),
        ({"ages": ("day", "week")}, pl.col("age_minutes") < 7 * 24 * 60),
        ({"ages": ("older",)}, pl.col("age_minutes") >= 7 * 24 * 60),
    ],
    ids=str,
)
def test_every_filter_leaves_its_rows(seen: CatalogView, narrowed: dict[str, object], expected: pl.Expr) -> None:
    query = DiscrepancyQuery(feeds=("products",), now=utc_now())
    left = discrepancy_page(seen, replace(query, **narrowed), limit=100, columns_of="products").rows  # type: ignore[arg-type]
    whole = discrepancy_rows(seen, "products", now=query.now)
    assert sorted(left["feed_id"]) == sorted(whole.filter(expected)["feed_id"])


def test_the_numbers_of_a_scope_are_those_of_the_rows_in_it(scoped: CatalogView) -> None:
    now = utc_now() + LATER
    for scope in (None, *store_scopes(scoped)):
        report = discrepancy_report(scoped, now=now, scope=scope)
        rows = pl.concat(discrepancy_frames(scoped, DiscrepancyQuery(now=now, scope=scope)))
        for feed in report.feeds:
            kinds = Counter(rows.filter(feed=feed.feed)["kind"].to_list())
            assert {kind: getattr(feed, kind) for kind in kinds} == kinds
        fields = Counter(name for names in rows["fields"].drop_nulls() for name in names)
        assert Counter({one.field: one.items for one in report.fields}) == fields
        assert sum(one.items for one in report.causes.values()) == len(rows)


def test_a_store_view_shows_what_is_in_it_and_what_belongs_to_none(scoped: CatalogView) -> None:
    now = utc_now() + LATER
    scopes = {scope.key: scope for scope in store_scopes(scoped)}
    french = discrepancy_report(scoped, now=now, scope=scopes["french"])
    by_feed = {one.feed: one for one in french.feeds}
    assert (by_feed["products"].equal, by_feed["products"].different) == (1, 1)
    assert (by_feed["prices"].different, by_feed["prices"].total) == (1, 1), "only its own website's price"
    assert (by_feed["variants"].equal, by_feed["variants"].only_catalog) == (1, 1), "belongs to no store view"
    assert {one.field: one.example["item"] for one in french.fields if one.feed == "products"} == {
        "visibility": "b / french"
    }
    of_all = discrepancy_report(scoped, now=now)
    assert {one.field for one in of_all.fields if one.feed == "products"} == {"visibility", "name"}
    assert next(one for one in of_all.feeds if one.feed == "products").equal == 3


def test_the_products_of_a_list_are_each_named_once(scoped: CatalogView) -> None:
    query = DiscrepancyQuery(now=utc_now() + LATER)
    assert discrepant_skus(scoped, query, most=10) == ["a", "b"]
    assert discrepant_skus(scoped, query, most=1) == ["a"]


def test_the_destination_has_its_name_and_the_scope_its_words(scoped: CatalogView) -> None:
    rows = discrepancy_page(scoped, DiscrepancyQuery(now=utc_now() + LATER), limit=10).rows
    assert set(rows["destination"]) == set(scoped.destinations.values())
    assert set(rows.filter(feed="prices")["scope"]) == {"0/base", "0/other"}


def test_a_name_with_a_formula_is_no_formula_in_the_file(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("x"), product("=1+1")], answers={"=1+1": Answer("rejected")})
    content = b"".join(discrepancies_download(view, DiscrepancyQuery(now=utc_now())).chunks("csv")).decode()
    assert "'=1+1" in content and ",=1+1" not in content


def test_before_the_first_sync_the_list_is_empty(view: CatalogView) -> None:
    page = discrepancy_page(view, DiscrepancyQuery(now=utc_now()), limit=10)
    assert (page.total, page.rows.schema) == (0, discrepancy_schema())
    assert discrepant_skus(view, DiscrepancyQuery(now=utc_now()), most=1) == []
