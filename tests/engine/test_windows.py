"""When windows are: on plain days, in quiet hours, and on the days when the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from syncengine.engine.windows import Grid, grid_daily, grid_every
from syncengine.settings import ScheduleSettings


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def grid(**settings: object) -> Grid:
    schedule = ScheduleSettings.model_validate(settings)
    return grid_every(schedule, schedule.every_minutes)


def slots(found: Grid, begin: str, end: str) -> list[str]:
    moments, slot = [], found.next_after(at(begin) - timedelta(microseconds=1))
    while slot < at(end):
        moments.append(f"{slot:%d %H:%M}")
        slot = found.next_after(slot)
    return moments


def test_hourly_windows_are_at_the_set_minute() -> None:
    assert slots(grid(at_minute=5), "2026-01-01T22:00", "2026-01-02T02:00") == [
        "01 22:05",
        "01 23:05",
        "02 00:05",
        "02 01:05",
    ]


def test_a_window_that_is_now_is_the_last_one_and_not_the_next() -> None:
    hourly = grid()

    assert hourly.next_after(at("2026-01-01T12:00")) == at("2026-01-01T13:00")
    assert hourly.last_until(at("2026-01-01T12:00")) == at("2026-01-01T12:00")
    assert hourly.last_until(at("2026-01-01T11:59:59")) == at("2026-01-01T11:00")


def test_an_interval_that_does_not_fit_into_the_day_begins_anew_at_midnight() -> None:
    assert slots(grid(every_minutes=420), "2026-01-01T00:00", "2026-01-02T01:00") == [
        "01 00:00", "01 07:00", "01 14:00", "01 21:00", "02 00:00",
    ]  # fmt: skip


def test_windows_are_counted_in_the_time_zone() -> None:
    kolkata = grid(timezone="Asia/Kolkata", every_minutes=360)

    assert slots(kolkata, "2026-01-01T00:00", "2026-01-02T00:00") == ["01 00:30", "01 06:30", "01 12:30", "01 18:30"]


def test_quiet_hours_over_midnight_have_no_window() -> None:
    quiet = grid(quiet_hours=["22:00-06:00"])

    assert quiet.next_after(at("2026-01-01T21:00")) == at("2026-01-02T06:00")
    assert quiet.last_until(at("2026-01-02T03:00")) == at("2026-01-01T21:00")
    assert [quiet.is_quiet(at(f"2026-01-01T{hour:02}:00")) for hour in (5, 6, 21, 22)] == [True, False, False, True]


def test_quiet_hours_follow_the_local_clock_through_the_year() -> None:
    berlin = grid(timezone="Europe/Berlin", quiet_hours=["22:00-06:00"])

    assert berlin.next_after(at("2026-01-01T22:00")) == at("2026-01-02T05:00")
    assert berlin.next_after(at("2026-07-01T22:00")) == at("2026-07-02T04:00")


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_a_day_on_which_the_clocks_change_has_a_window_for_each_hour_that_passes(day: str, hours: int) -> None:
    berlin = grid(timezone="Europe/Berlin")
    midnight = datetime.fromisoformat(day).astimezone(berlin.zone).replace(hour=0)
    first = datetime.fromisoformat(day).replace(tzinfo=berlin.zone).astimezone(UTC)
    found, slot = 0, first
    while slot.astimezone(berlin.zone).date() == midnight.date():
        following = berlin.next_after(slot)
        assert following - slot == timedelta(hours=1)
        found, slot = found + 1, following

    assert found == hours


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ("02:30", ["2026-03-28T01:30", "2026-03-29T01:30", "2026-03-30T00:30"]),  # 02:30 of the 29th there is not
        ("03:30", ["2026-03-28T02:30", "2026-03-29T01:30", "2026-03-30T01:30"]),
    ],
)
def test_what_is_daily_comes_once_on_the_day_an_hour_is_left_out(clock: str, expected: list[str]) -> None:
    daily = grid_daily("Europe/Berlin", clock)
    slot, found = at("2026-03-28T00:00"), []
    for _ in expected:
        slot = daily.next_after(slot)
        found.append(slot)

    assert found == [at(text) for text in expected]


def test_what_is_daily_comes_once_on_the_day_an_hour_is_doubled() -> None:
    daily = grid_daily("Europe/Berlin", "02:30")

    first = daily.next_after(at("2026-10-24T12:00"))

    assert daily.next_after(first) - first == timedelta(hours=25)


@given(
    moment=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)).map(lambda value: value.replace(tzinfo=UTC)),
    minutes=st.integers(1, 1440),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo"]),
    quiet=st.sampled_from([[], ["23:30-00:30"], ["01:00-05:00", "12:00-13:00"]]),
)
def test_the_next_window_is_later_and_the_last_one_is_not(moment, minutes, zone, quiet) -> None:
    try:
        found = grid(every_minutes=minutes, timezone=zone, quiet_hours=quiet)
    except ValidationError:
        return  # no window is left
    after, until = found.next_after(moment), found.last_until(moment)

    assert until is not None
    assert until <= moment < after
    assert found.last_until(after) == after
    assert found.next_after(until) == after, "no window lies between the two"
    assert not found.is_quiet(after)


@pytest.mark.parametrize(
    "settings",
    [
        {"quiet_hours": ["00:00-24:00"]},
        {"quiet_hours": ["23:00-01:00"], "every_minutes": 1440},
        {"quiet_hours": ["25:00-01:00"]},
        {"quiet_hours": ["nights"]},
        {"quiet_hours": ["06:00-06:00"]},
        {"timezone": "Europe/Nowhere"},
        {"full_at": "3 am"},
        {"feed_minutes": {"prices": 0}},
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ScheduleSettings.model_validate(settings)
