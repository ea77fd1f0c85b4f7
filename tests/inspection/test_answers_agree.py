"""Every number that status, feeds, search and summary show equals the rows behind it, on a lake with every state in it.

tests/cli/test_answers_agree.py compares the commands and the API with these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import polars as pl
import pytest

from syncengine.control.schema import utc_now
from syncengine.inspection.discrepancies import discrepancy_report
from syncengine.inspection.discrepancy_list import discrepancy_rows
from syncengine.inspection.discrepancy_table import DiscrepancyQuery
from syncengine.inspection.item_search import ItemSearch, search_items
from syncengine.inspection.products import ProductQuery, search_products
from syncengine.inspection.questions import ask
from syncengine.inspection.reasons import Reason
from syncengine.inspection.run_charts import feed_sizes, field_changes, run_chart
from syncengine.inspection.run_items import RUN_LISTS, RunItemsQuery, run_items
from syncengine.inspection.runs import list_runs_json, run_errors
from syncengine.inspection.states import REJECTED, STATES, WAITING
from syncengine.inspection.status import feed_table, sync_status
from syncengine.inspection.takeaway import discrepancies_download, feed_download, products_download
from syncengine.inspection.view import CatalogView

from .conftest import BUSY, LOST, MALFORMED, REFUSED
from .lake_of import LakeOf, price, product, variant


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CatalogView]:
    """A lake whose products are in every state there is; the catalog is ahead of the last run."""
    made = LakeOf(tmp_path_factory.mktemp("every-state"))
    names = ("same", "changed", "gone", "refused", "refused-now", "busy", "given-up", "ahead", "leaves")
    first = [product(name) for name in names]
    made.synced(products=first, prices=[price("same", 10), price("gone", 9)], variants=[variant("parent", "same")])
    second = [
        *(product(name) for name in ("same", "refused", "ahead", "leaves")),
        product("changed", name="Another"),
        product("refused-now", name="Too much"),
        product("busy", name="Later"),
        product("given-up", name="Never"),
        product("lost"),
        product("parent", type="configurable", price="5.00", visibility="Search"),
    ]
    made.synced(
        products=second,
        prices=[price("same", 10)],
        answers={"refused-now": REFUSED, "busy": BUSY, "given-up": BUSY, "lost": LOST},
        set_aside=[MALFORMED],
    )
    with made.writer.commit("test", run_id=None):
        made.writer.connection.execute("UPDATE lake.delivery.products SET state = 'dead_letter' WHERE sku = 'given-up'")
        made.writer.connection.execute(
            "INSERT INTO touched_products SELECT feed_id FROM lake.delivery.products WHERE sku = 'given-up'"
        )
    ahead = [product("ahead", name="Newer"), product("never-sent")]
    made.says(run_id="r-later", products=[*(item for item in second if item.values["sku"] not in ("ahead", "leaves")),
                                          *ahead], set_aside=[MALFORMED])  # fmt: skip
    made.publish()
    yield CatalogView(made.settings)
    made.close()


def test_the_lake_of_these_tests_has_every_state_in_it(seen: CatalogView) -> None:
    states = search_items(seen, ItemSearch(feed="products")).facets["state"]
    assert set(states) == set(STATES)


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
        kinds = Counter(discrepancy_rows(seen, row.feed)["kind"].to_list())  # whether they only wait or not
        held_too = one.equal + kinds["different"]
        assert row.catalog == held_too + kinds["only_catalog"]
        assert row.exported == held_too + kinds["only_exported"]
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


def test_the_report_adds_up_feed_by_feed_and_its_parts_are_its_rows(seen: CatalogView) -> None:
    report = discrepancy_report(seen)
    rows = {one.feed: discrepancy_rows(seen, one.feed) for one in report.feeds}
    for one in report.feeds:
        counts = Counter("waiting" if row["waiting"] else row["kind"] for row in rows[one.feed].iter_rows(named=True))
        kinds = ("only_catalog", "only_exported", "different", "waiting")
        assert {kind: getattr(one, kind) for kind in kinds} == {kind: counts[kind] for kind in kinds}
    everything = pl.concat([found.select("reason", "waiting") for found in rows.values()])
    for code, tally in report.causes.items():
        assert code in list(Reason)
        found = everything.filter(pl.col("reason") == code)
        assert (tally.items, tally.waiting) == (int((~found["waiting"]).sum()), int(found["waiting"].sum()))
    assert sum(tally.items + tally.waiting for tally in report.ages.values()) == len(everything)
    for field in report.fields:
        with_field = rows[field.feed].filter(pl.col("fields").list.contains(field.field))
        assert field.items + field.waiting == len(with_field)
    equal, total = report.total("equal"), report.total("total")
    assert report.match_score == equal / total


def test_the_items_of_each_feed_are_what_its_numbers_say(seen: CatalogView) -> None:
    for row in feed_table(seen):
        states = search_items(seen, ItemSearch(feed=row.feed)).facets["state"]
        assert sum(states.get(name, 0) for name in WAITING) == row.waiting
        assert sum(states.get(name, 0) for name in REJECTED) == row.rejected
        for side, items_there in (("catalog", row.catalog), ("exported", row.exported)):
            page = search_items(seen, ItemSearch(feed=row.feed, side=side, limit=1000))  # type: ignore[arg-type]
            assert page.total == len(page.rows) == items_there
            assert sum(len(frame) for frame in feed_download(seen, row.feed, side=side).frames) == items_there  # type: ignore[arg-type]


def test_each_list_of_each_run_is_as_long_as_its_equation_says(seen: CatalogView) -> None:
    chart = {row["run_id"]: row for row in run_chart(seen).iter_rows(named=True)}
    for run in list_runs_json(seen):
        totals = {name: sum(feed[name] for feed in run["feeds"]) for name in (*RUN_LISTS, "catalog")}
        for name in RUN_LISTS:
            found = run_items(seen, RunItemsQuery(run_id=run["run_id"], which=name, limit=1000))
            assert found.total == len(found.rows) == totals[name]
        assert {name: chart[run["run_id"]][name] for name in totals} == totals
        sizes = feed_sizes(seen).filter(pl.col("run_id") == run["run_id"])
        assert int(sizes["items"].sum()) == totals["catalog"]
        changed = run_items(seen, RunItemsQuery(run_id=run["run_id"], which="changed", limit=1000)).rows
        fields = Counter(field for row in changed.iter_rows(named=True) for field in row["fields"])
        assert dict(field_changes(seen, run["run_id"]).select("field", "items").rows()) == dict(fields)


def test_what_is_taken_away_is_as_long_as_what_is_shown(seen: CatalogView) -> None:
    for side in ("synced", "catalog"):
        query = ProductQuery(side=side)  # type: ignore[arg-type]
        taken = sum(len(frame) for frame in products_download(seen, query).frames)
        assert taken == search_products(seen, query).total
    for row in feed_table(seen):
        taken = sum(
            len(frame)
            for frame in discrepancies_download(seen, DiscrepancyQuery(feeds=(row.feed,), now=utc_now())).frames
        )
        assert taken == len(discrepancy_rows(seen, row.feed))
