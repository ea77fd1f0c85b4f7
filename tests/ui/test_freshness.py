"""The picture of how old the exported data was, hour by hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl

from syncengine.inspection.run_charts import Freshness
from ui.freshness import hours

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def found(*points: tuple[float, float]) -> Freshness:
    """Points of so many hours ago with so many minutes of age."""
    rows = [(NOW - timedelta(hours=ago), age, None) for ago, age in points]
    schema = {"at": pl.Datetime("us", "UTC"), "age_minutes": pl.Float64, "run_id": pl.String}
    return Freshness(
        points=pl.DataFrame(rows, schema=schema, orient="row"),
        worst_minutes=None, now_minutes=None, on_time_share=None, window_minutes=60,
    )  # fmt: skip


def test_each_hour_tells_the_greatest_age_in_it_and_data_ages_between_two_points() -> None:
    told = dict(hours(found((5.5, 10), (2.5, 190), (2.5, 20), (0, 170)), NOW))
    ages = [told[NOW - timedelta(hours=ago)] for ago in (7, 6, 5, 4, 3, 2, 1)]
    assert ages == [None, 40.0, 100.0, 160.0, 190.0, 110.0, 170.0]
    assert len(told) == 7 * 24


def test_without_a_success_no_hour_has_an_age() -> None:
    assert {age for _, age in hours(found(), NOW)} == {None}
