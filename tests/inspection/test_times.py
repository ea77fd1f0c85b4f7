"""The one text form of a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from syncengine.inspection.times import aware, iso


def test_times_of_the_lake_are_utc() -> None:
    assert iso(datetime(2026, 5, 4, 11, 17)) == "2026-05-04T11:17:00+00:00"


def test_other_zones_become_utc() -> None:
    there = datetime(2026, 5, 4, 13, 17, tzinfo=timezone(timedelta(hours=2)))
    assert aware(there) == datetime(2026, 5, 4, 11, 17, tzinfo=UTC)
    assert iso(there) == "2026-05-04T11:17:00+00:00"


def test_no_time_is_none() -> None:
    assert aware(None) is None
    assert iso(None) is None
