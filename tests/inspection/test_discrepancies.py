"""The discrepancy report: its counts, the rows behind them, and what only waits."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from syncengine.control.feed_runs import FeedRun, save_feed_run
from syncengine.control.runs import Step, set_step
from syncengine.control.schema import utc_now
from syncengine.inspection.discrepancies import discrepancy_report
from syncengine.inspection.discrepancy_list import discrepancy_rows
from syncengine.inspection.view import CatalogView

from .lake_of import Answer, LakeOf, price, product, variant

LATER = timedelta(hours=2)  # longer than a sync window


def test_before_the_first_sync_there_is_nothing_to_compare(view: CatalogView) -> None:
    report = discrepancy_report(view)
    assert (report.feeds, report.match_score, report.catalog_at) == ((), None, None)
    assert len(discrepancy_rows(view, "products")) == 0


def test_the_counts_are_those_of_the_two_runs(seen: CatalogView) -> None:
    report = discrepancy_report(seen)
    (products,) = [feed for feed in report.feeds if feed.feed == "products"]
    assert (products.equal, products.only_catalog, products.only_exported, products.different) == (5, 2, 0, 2)
    assert {code: tally.items for code, tally in report.causes.items()} == {
        "rejected": 2, "in_flight": 1, "retry_scheduled": 1,
    }  # fmt: skip
    assert report.match_score == 8 / 12
    (name,) = report.fields
    assert (name.feed, name.field, name.items, name.example["exported"]) == (
        "products", "name", 2, f"Name of {name.example['item'].split(' / ')[0]}",
    )  # fmt: skip
    assert name.first_seen.isoformat() == "2026-05-04T12:17:00+00:00"  # the first attempt, in history


def test_what_is_younger_than_a_window_waits(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a"), product("b"), product("c")])
    lake.says(run_id="r-2", products=[product("a", name="New"), product("b"), product("d")])
    lake.publish()
    young = discrepancy_report(view)
    assert (young.total("waiting"), young.total("discrepancies")) == (3, 0)
    assert (young.fields[0].items, young.fields[0].waiting) == (0, 1)
    old = discrepancy_report(view, now=utc_now() + LATER)
    counts = {kind: old.total(kind) for kind in ("waiting", "different", "only_catalog", "only_exported", "equal")}
    assert counts == {"waiting": 0, "different": 1, "only_catalog": 1, "only_exported": 1, "equal": 1}


def test_what_was_refused_is_a_discrepancy_however_young(lake: LakeOf, view: CatalogView) -> None:
    lake.now = utc_now()
    lake.synced(products=[product("a"), product("b")], answers={"a": Answer("rejected")})
    report = discrepancy_report(view)
    assert (report.total("waiting"), report.total("only_catalog")) == (0, 1)


def test_a_product_that_left_the_catalog_is_dated_by_the_commit_that_took_it(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a"), product("gone")])
    before = utc_now()
    lake.says(run_id="r-2", products=[product("a")])
    after = utc_now()
    lake.says(run_id="r-3", products=[product("a"), product("b")])
    lake.publish()
    (row,) = discrepancy_rows(view, "products", now=utc_now() + LATER).filter(kind="only_exported").to_dicts()
    assert row["sku"] == "gone"
    assert before <= row["since"] <= after


def test_every_count_equals_the_rows_behind_it(seen: CatalogView) -> None:
    report = discrepancy_report(seen)
    causes: Counter[str] = Counter()
    fields: Counter[tuple[str, str]] = Counter()
    for feed in report.feeds:
        rows = discrepancy_rows(seen, feed.feed, destination=feed.destination).to_dicts()
        kinds = Counter("waiting" if row["waiting"] else row["kind"] for row in rows)
        for name in ("only_catalog", "only_exported", "different", "waiting"):
            assert getattr(feed, name) == kinds[name], (feed.feed, name)
        causes.update(row["reason"] for row in rows)
        fields.update((feed.feed, name) for row in rows for name in row["fields"] or ())
    assert {code: tally.items + tally.waiting for code, tally in report.causes.items()} == dict(causes)
    assert {(one.feed, one.field): one.items + one.waiting for one in report.fields} == dict(fields)
    assert sum(tally.items for tally in report.ages.values()) == report.total("discrepancies")


def test_fields_of_records_are_counted_over_all_their_labels(lake: LakeOf, view: CatalogView) -> None:
    def shop(name: str, color: str) -> list:  # type: ignore[type-arg]
        return [
            product(sku, variants=[{"sku": f"{sku}-{name}"}], attributes=[{"attributeCode": "color", "value": [color]}])
            for sku in ("a", "b")
        ]

    lake.synced(products=shop("1", "Red"))
    lake.says(run_id="r-2", products=shop("2", "Blue"))
    lake.publish()
    report = discrepancy_report(view)
    assert {one.field: one.waiting for one in report.fields} == {"variants[]": 2, "attributes[color].value": 2}


def test_a_feed_that_is_off_is_not_compared(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a")], prices=[price("a", 1)], variants=[variant("p", "a")])
    run = lake.begin()
    with lake.control.write() as connection:
        save_feed_run(
            connection,
            FeedRun(run_id=run.run_id, feed="prices", destination=lake.destination, status="not_offered"),
        )
        set_step(connection, run.run_id, Step.DIFF)
    lake.says(run_id=run.run_id, prices=[price("a", 2)])
    lake.publish()
    report = discrepancy_report(view, now=utc_now() + LATER)
    (prices,) = [feed for feed in report.feeds if feed.feed == "prices"]
    assert prices.is_off and prices.total == 0
    assert report.total("discrepancies") == 0
    assert len(discrepancy_rows(view, "prices")) == 0


def test_the_report_can_be_asked_as_of_an_earlier_snapshot(lake: LakeOf, view: CatalogView) -> None:
    run = lake.synced(products=[product("a"), product("b")], answers={"b": Answer("rejected")})
    lake.synced(products=[product("a"), product("b", name="Mended")])
    assert discrepancy_report(view).total("discrepancies") == 0
    then = discrepancy_report(view, snapshot=run.exported_snapshot)
    assert then.total("only_catalog") == 1
    assert then.catalog_at is not None and then.catalog_at < datetime.now(then.catalog_at.tzinfo)
