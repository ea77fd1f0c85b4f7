"""Whatever is taken away as a file is exactly what the pages show, all of it."""

from __future__ import annotations

import io

import polars as pl
import pytest

from syncengine.control.schema import utc_now
from syncengine.inspection.discrepancy_list import discrepancy_rows
from syncengine.inspection.discrepancy_table import DiscrepancyQuery
from syncengine.inspection.download import Download
from syncengine.inspection.finder import ProductFilters
from syncengine.inspection.item_search import ItemSearch, search_items
from syncengine.inspection.products import ProductQuery, search_products
from syncengine.inspection.run_items import RunItemsQuery, run_items
from syncengine.inspection.runs import list_runs_json
from syncengine.inspection.status import feed_table
from syncengine.inspection.takeaway import (
    discrepancies_download,
    feed_download,
    products_download,
    run_items_download,
)
from syncengine.inspection.view import CatalogView


def taken(download: Download) -> pl.DataFrame:
    """The file as a table."""
    return pl.read_parquet(io.BytesIO(b"".join(download.chunks("parquet"))))


@pytest.mark.parametrize(
    "more",
    [{}, {"text": "re"}, {"side": "catalog", "states": ("retry", "rejected")}, {"sort": "sku", "descending": False}],
)
def test_a_search_is_taken_away_whole_and_in_its_order(seen: CatalogView, more: dict[str, object]) -> None:
    shown = search_products(seen, ProductQuery(limit=1000, **more))  # type: ignore[arg-type]
    assert shown.total
    assert taken(products_download(seen, ProductQuery(limit=1, offset=3, **more))).equals(shown.rows)  # type: ignore[arg-type]


def test_a_search_with_further_conditions_is_taken_away_too(seen: CatalogView) -> None:
    query = ProductQuery(side="catalog", more=ProductFilters(json_text="NAME"), sort="sku")
    assert taken(products_download(seen, query)).equals(search_products(seen, query).rows)


def test_the_discrepancies_of_a_feed_are_those_listed(seen: CatalogView) -> None:
    found = taken(discrepancies_download(seen, DiscrepancyQuery(feeds=("products",), now=utc_now())))
    assert len(found) and found.drop("age_minutes").equals(discrepancy_rows(seen, "products").drop("age_minutes"))


@pytest.mark.parametrize("which", ["sent", "changed", "rejected"])
def test_a_list_of_a_run_is_taken_away_whole(seen: CatalogView, which: str) -> None:
    run_id = list_runs_json(seen)[0]["run_id"]
    whole = taken(run_items_download(seen, RunItemsQuery(run_id=run_id, which=which, limit=1)))
    assert whole.equals(run_items(seen, RunItemsQuery(run_id=run_id, which=which)).rows)


def test_a_feed_has_as_many_items_on_each_side_as_it_counts(seen: CatalogView) -> None:
    for row in feed_table(seen):
        assert len(taken(feed_download(seen, row.feed))) == row.catalog
        assert len(taken(feed_download(seen, row.feed, side="exported"))) == row.exported
    payloads = taken(feed_download(seen, "products"))["payload"].str.json_path_match("$.sku").to_list()
    assert sorted(payloads) == sorted(taken(feed_download(seen, "products"))["sku"].to_list())


def test_a_feed_is_taken_away_as_a_search_leaves_it(seen: CatalogView) -> None:
    whole = taken(feed_download(seen, "products"))
    sku, scope = whole["sku"][0], whole["store_view_code"][0]
    one = taken(feed_download(seen, "products", text=sku, scopes=(scope,)))
    listed = search_items(seen, ItemSearch(feed="products", side="catalog", text=sku, scopes=(scope,)))
    assert 0 < len(one) == listed.total < len(whole)
    assert set(one["store_view_code"]) == {scope}
    for state in whole["state"].unique():
        assert set(taken(feed_download(seen, "products", states=(state,)))["state"]) == {state}


def test_before_the_first_sync_every_file_is_empty_and_has_its_columns(view: CatalogView) -> None:
    for download in (
        products_download(view, ProductQuery()),
        discrepancies_download(view, DiscrepancyQuery(feeds=("products",), now=utc_now())),
        feed_download(view, "categories"),
    ):
        content = b"".join(download.chunks("csv")).decode()
        assert content.splitlines() == [",".join(download.schema)]
