"""What is due, by a clock that the tests turn: after downtime, in quiet hours, and when the clock jumps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from syncengine.control.store import ControlStore
from syncengine.engine.timetable import FULL, MAINTENANCE, RETRY, SYNC, Timetable
from syncengine.errors import UnknownFeedError
from syncengine.settings import ScheduleSettings

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def timetable(control: ControlStore, **settings: object) -> Timetable:
    return Timetable(ScheduleSettings.model_validate({"retry_minutes": 0, **settings}), control)


def runs(table: Timetable, moments: list[datetime], *, only: str = SYNC) -> list[datetime]:
    """When something ran, for an engine that looks at these moments; every run is over at once."""
    found = []
    for now in moments:
        due = table.due(now)
        if any(item.timer == only for item in due):
            found.append(now)
        table.served(due, now)
    return found


def minutes(begin: datetime, count: int, *, step: int = 1) -> list[datetime]:
    return [begin + timedelta(minutes=step * number) for number in range(count)]


def test_a_new_engine_waits_for_its_first_window(control: ControlStore) -> None:
    assert runs(timetable(control), minutes(NOON + timedelta(minutes=10), 121)) == [NOON + HOUR, NOON + 2 * HOUR]


def test_many_missed_windows_are_one_run_at_the_start(control: ControlStore) -> None:
    runs(timetable(control), [NOON])
    later = NOON + timedelta(days=3, minutes=20)

    assert runs(timetable(control), minutes(later, 60)) == [later, later + timedelta(minutes=40)]


def test_no_missed_window_is_no_run_at_the_start(control: ControlStore) -> None:
    runs(timetable(control), [NOON, NOON + HOUR])

    assert runs(timetable(control), minutes(NOON + HOUR + timedelta(minutes=1), 58)) == []


def test_a_suspended_machine_catches_up_with_one_run(control: ControlStore) -> None:
    before, after = minutes(NOON, 30), minutes(NOON + timedelta(hours=8, minutes=17), 43)

    assert runs(timetable(control), before + after) == [after[0]]


def test_a_clock_put_back_two_hours_repeats_no_window_and_stops_nothing(control: ControlStore) -> None:
    before = minutes(NOON - timedelta(minutes=1), 3)  # a run at 12:00
    table = timetable(control)
    assert runs(table, before) == [NOON]

    again = minutes(NOON - 2 * HOUR + timedelta(minutes=5), 3 * 60)

    assert runs(table, again) == [NOON - HOUR, NOON, NOON + HOUR][: len(again) // 60]
    assert table.next_sync_at(again[-1]) - again[-1] <= HOUR


def test_a_clock_put_back_by_seconds_does_not_repeat_the_window(control: ControlStore) -> None:
    table = timetable(control)
    runs(table, [NOON - HOUR, NOON])
    back = NOON - timedelta(seconds=3)

    assert runs(table, [back + timedelta(seconds=number) for number in range(10)]) == []
    assert table.next_sync_at(back) == NOON + HOUR


def test_a_clock_put_forward_a_year_and_back_costs_one_run_each_way_at_most(control: ControlStore) -> None:
    table = timetable(control)
    runs(table, [NOON])
    year = timedelta(days=365)

    assert runs(table, minutes(NOON + year + timedelta(minutes=5), 30)) == [NOON + year + timedelta(minutes=5)]
    back = minutes(NOON + timedelta(minutes=40), 90)
    assert runs(table, back) == [NOON + HOUR, NOON + 2 * HOUR]
    assert table.next_sync_at(back[-1]) == NOON + 3 * HOUR


@pytest.mark.parametrize("day", [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)])
def test_a_change_of_the_clocks_neither_doubles_nor_drops_a_run(control: ControlStore, day: datetime) -> None:
    found = runs(timetable(control, timezone="Europe/Berlin"), minutes(day - 6 * HOUR, 24 * 60))

    assert {after - before for before, after in pairwise(found)} == {HOUR}


def test_in_quiet_hours_nothing_is_due_and_their_end_is_one_run(control: ControlStore) -> None:
    table = timetable(control, quiet_hours=["22:00-06:00"], every_minutes=30)
    runs(table, minutes(NOON, 9 * 60 + 59))

    night = runs(table, minutes(NOON + 10 * HOUR, 8 * 60 + 31))

    assert night == [NOON + 18 * HOUR, NOON + timedelta(hours=18, minutes=30)]


def test_started_in_quiet_hours_it_waits_with_what_was_missed(control: ControlStore) -> None:
    runs(timetable(control), [NOON])
    quiet = timetable(control, quiet_hours=["22:00-06:00"])
    night = NOON + 11 * HOUR

    assert runs(quiet, minutes(night, 60)) == []
    assert quiet.next_sync_at(night) == NOON + 18 * HOUR


def test_a_feed_has_windows_of_its_own_and_the_whole_sync_counts_for_them(control: ControlStore) -> None:
    table = timetable(control, feed_minutes={"prices": 15})
    seen = {}
    for now in minutes(NOON - timedelta(minutes=20), 100):
        due = table.due(now)
        if due:
            seen[f"{now:%H:%M}"] = [item.feed or item.timer for item in due]
        table.served([item for item in due if item.timer == SYNC] or due, now)

    assert seen == {
        "11:45": ["prices"], "12:00": ["sync", "prices"], "12:15": ["prices"], "12:30": ["prices"],
        "12:45": ["prices"], "13:00": ["sync", "prices"], "13:15": ["prices"],
    }  # fmt: skip


def test_a_feed_that_there_is_not_is_told_at_the_start(control: ControlStore) -> None:
    with pytest.raises(UnknownFeedError):
        timetable(control, feed_minutes={"price": 15})


def test_retries_have_a_timer_of_their_own(control: ControlStore) -> None:
    table = timetable(control, retry_minutes=20)

    assert runs(table, minutes(NOON + timedelta(minutes=1), 50), only=RETRY) == [
        NOON + timedelta(minutes=20), NOON + timedelta(minutes=40),
    ]  # fmt: skip


def test_maintenance_comes_once_a_night_quiet_or_not_and_is_made_up_for(control: ControlStore) -> None:
    settings = {"quiet_hours": ["22:00-06:00"]}
    assert len(runs(timetable(control, **settings), minutes(NOON, 4 * 24 * 6, step=10), only=MAINTENANCE)) == 4

    off_at_night = NOON + timedelta(days=6)
    assert runs(timetable(control, **settings), minutes(off_at_night, 30), only=MAINTENANCE) == [off_at_night]


def test_everything_is_read_when_the_last_full_read_is_a_day_old(control: ControlStore) -> None:
    table = timetable(control)
    assert not table.full_is_due(NOON)
    assert not table.full_is_due(NOON + 23 * HOUR)
    assert table.full_is_due(NOON + 24 * HOUR)
    table.full_was_read(NOON + 24 * HOUR)

    assert not timetable(control).full_is_due(NOON + 25 * HOUR)


def test_everything_is_read_once_a_day_from_the_set_time_on(control: ControlStore) -> None:
    table = timetable(control, full_at="14:00")
    assert not table.full_is_due(NOON)
    assert table.full_is_due(NOON + 2 * HOUR)
    table.full_was_read(NOON + 2 * HOUR)

    assert not table.full_is_due(NOON + 3 * HOUR)
    assert table.full_is_due(NOON + 26 * HOUR)


def test_a_full_read_of_a_clock_that_was_wrong_is_forgotten(control: ControlStore) -> None:
    table = timetable(control)
    table.full_was_read(NOON + timedelta(days=365))

    assert not table.full_is_due(NOON)
    assert table.full_is_due(NOON + 24 * HOUR), f"{FULL} counts from now on"


def test_the_next_sync_is_now_when_one_is_due(control: ControlStore) -> None:
    table = timetable(control)
    table.due(NOON)

    assert table.next_sync_at(NOON) == NOON + HOUR
    assert table.next_sync_at(NOON + timedelta(minutes=61)) == NOON + timedelta(minutes=61)
