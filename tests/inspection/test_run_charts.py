"""Numbers over time equal the runs they are drawn from."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from syncengine.control.runs import RUNS
from syncengine.inspection.run_charts import feed_sizes, field_changes, freshness, run_chart
from syncengine.inspection.runs import list_runs_json
from syncengine.inspection.view import CatalogView

from .lake_of import FIRST_SYNC, LakeOf, product

NOON = FIRST_SYNC.replace(hour=12, minute=0)


def test_before_the_first_run_there_is_nothing_to_draw(view: CatalogView) -> None:
    assert len(run_chart(view)) == len(feed_sizes(view)) == len(field_changes(view)) == 0
    found = freshness(view)
    assert len(found.points) == 0
    assert (found.worst_minutes, found.now_minutes, found.on_time_share) == (None, None, None)


def test_each_run_has_its_counts_oldest_first(seen: CatalogView) -> None:
    chart = run_chart(seen)
    runs = list_runs_json(seen)[::-1]
    assert chart["run_id"].to_list() == [run["run_id"] for run in runs]
    for name in ("sent", "accepted", "rejected", "waiting", "added", "changed", "removed"):
        assert chart[name].to_list() == [sum(feed[name] for feed in run["feeds"]) for run in runs]
    assert all(seconds >= 0 for seconds in chart["seconds"])


def test_a_feed_of_its_own_is_counted_alone(seen: CatalogView) -> None:
    chart = run_chart(seen, feed="prices")
    assert chart["sent"].to_list() == [2]


def test_feed_sizes_are_what_the_catalog_had_in_each_run(seen: CatalogView) -> None:
    assert feed_sizes(seen, feed="products")["items"].to_list() == [8, 9]
    assert set(feed_sizes(seen)["feed"]) == {"products", "prices", "variants"}


def test_fields_are_counted_over_the_updates_of_a_run(seen: CatalogView) -> None:
    last = list_runs_json(seen)[0]
    assert field_changes(seen, last["run_id"]).rows() == [("products", "name", 3)]
    assert field_changes(seen, feed="prices").rows() == []


def succeeded(lake: LakeOf, started: datetime, minutes: int) -> None:
    """A run that began then and took so long."""
    run = lake.synced(products=[product("a")])
    with lake.control.write() as connection:
        times = {"started_at": started, "finished_at": started + timedelta(minutes=minutes)}
        connection.execute(update(RUNS).where(RUNS.c.run_id == run.run_id).values(**times))


def test_the_state_ages_until_a_run_succeeds_and_is_then_as_old_as_its_start(view: CatalogView, lake: LakeOf) -> None:
    succeeded(lake, NOON, 10)
    succeeded(lake, NOON + timedelta(hours=1), 20)
    found = freshness(view, now=NOON + timedelta(hours=2))
    assert [(f"{at:%H:%M}", age) for at, age, _ in found.points.rows()] == [
        ("12:10", 10), ("13:20", 80), ("13:20", 20), ("14:00", 60),
    ]  # fmt: skip
    assert (found.worst_minutes, found.now_minutes, found.on_time_share) == (80, 60, 1)


def test_a_state_older_than_two_windows_is_late(view: CatalogView, lake: LakeOf) -> None:
    succeeded(lake, NOON, 0)
    found = freshness(view, now=NOON + timedelta(hours=8))
    assert found.on_time_share == pytest.approx(2 / 8)


def test_what_lies_before_the_days_asked_for_is_cut_off(view: CatalogView, lake: LakeOf) -> None:
    succeeded(lake, NOON, 0)
    found = freshness(view, days=1, now=NOON + timedelta(days=3))
    assert found.points["age_minutes"].to_list() == [48 * 60, 72 * 60]
