"""Every number that status, feeds, search and summary show equals the rows behind it."""

from __future__ import annotations

from collections import Counter

import pytest

from syncengine.inspection.discrepancies import discrepancy_report, discrepancy_rows
from syncengine.inspection.products import ProductQuery, search_products
from syncengine.inspection.questions import ask
from syncengine.inspection.runs import list_runs_json, run_errors
from syncengine.inspection.states import REJECTED, WAITING
from syncengine.inspection.status import feed_table, sync_status
from syncengine.inspection.view import CatalogView


def items(view: CatalogView, question: str) -> int:
    return int(ask(view, question).rows.item())


def test_products_synced_is_the_number_of_skus_that_search_lists(seen: CatalogView) -> None:
    page = search_products(seen, ProductQuery(limit=1000))
    assert sync_status(seen).products_synced == page.rows["sku"].n_unique()
    assert page.total == len(page.rows)


def test_each_feeds_numbers_are_its_rows(seen: CatalogView) -> None:
    status = {(one.feed, one.destination): one for one in sync_status(seen).feeds}
    for row in feed_table(seen):
        shown = status[row.feed, row.destination]
        catalog = items(seen, f"SELECT count(*) FROM items WHERE feed = '{row.feed}'")
        told = items(seen, f"SELECT count(*) FROM exported_items WHERE feed = '{row.feed}' AND NOT is_deleted")
        assert (row.catalog, row.exported) == (shown.source_records, shown.sent_records) == (catalog, told)
        states = Counter(discrepancy_rows(seen, row.feed)["state"].to_list())
        waiting, rejected = (sum(states[name] for name in names) for names in (WAITING, REJECTED))
        assert (row.waiting, row.rejected) == (shown.waiting_records, shown.failed_records) == (waiting, rejected)


def test_what_needs_attention_is_what_can_be_listed(seen: CatalogView) -> None:
    attention = sync_status(seen).needs_attention
    states = Counter(state for row in feed_table(seen) for state in discrepancy_rows(seen, row.feed)["state"].to_list())
    assert attention.rejected == states["rejected"] + states["dead_letter"]
    assert attention.retrying == states["retry"] + states["unknown"]
    assert attention.waiting == sum(states[name] for name in WAITING)
    assert attention.set_aside == items(seen, "SELECT count(*) FROM set_aside")


def test_each_feed_of_the_summary_is_what_feeds_lists(seen: CatalogView) -> None:
    summary = {one.feed: one for one in discrepancy_report(seen).feeds}
    for row in feed_table(seen):
        one = summary[row.feed]
        held_too = one.equal + one.different
        assert row.catalog == held_too + one.only_catalog
        assert row.exported == held_too + one.only_exported
        assert one.total == one.equal + len(discrepancy_rows(seen, row.feed))


@pytest.mark.parametrize("side", ["synced", "catalog"])
def test_each_facet_counts_the_rows_it_leads_to(seen: CatalogView, side: str) -> None:
    everything = search_products(seen, ProductQuery(side=side))  # type: ignore[arg-type]
    for facet, name in (("type", "types"), ("visibility", "visibilities"), ("state", "states")):
        assert sum(everything.facets[facet].values()) == everything.total
        for value, count in everything.facets[facet].items():
            page = search_products(seen, ProductQuery(side=side, **{name: (value,)}))  # type: ignore[arg-type]
            assert page.total == count == len(page.rows)


def test_the_states_of_search_are_those_of_the_lake(seen: CatalogView) -> None:
    page = search_products(seen, ProductQuery(side="catalog", limit=1000))
    different = {
        (row["sku"], row["store_view_code"]): row["state"]
        for row in discrepancy_rows(seen, "products").iter_rows(named=True)
        if row["kind"] != "only_exported"
    }
    listed = {(row["sku"], row["store_view"]): row["state"] for row in page.rows.iter_rows(named=True)}
    assert {key: state for key, state in listed.items() if state != "in_sync"} == different


def test_each_runs_numbers_are_its_attempts(seen: CatalogView) -> None:
    for run in list_runs_json(seen):
        for feed in run["feeds"]:
            attempts = ask(
                seen,
                f"SELECT outcome, count(*) AS items FROM attempts "
                f"WHERE run_id = '{run['run_id']}' AND feed = '{feed['feed']}' GROUP BY outcome",
            ).rows
            counted = dict(attempts.rows())
            assert feed["sent"] == sum(counted.values())
            assert feed["accepted"] == counted.get("accepted", 0)
            assert feed["rejected"] == counted.get("rejected", 0)
            assert feed["waiting"] == counted.get("retry", 0) + counted.get("unknown", 0)
        refused = sum(group.items for group in run_errors(seen, run["run_id"]) if group.outcome != "set_aside")
        assert refused == sum(feed["rejected"] + feed["waiting"] for feed in run["feeds"])
