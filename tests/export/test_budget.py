"""The rate budget: never above what is permitted, close below it, slowed and recovered, kept through a restart."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from syncengine.control.store import ControlStore, open_control_store
from syncengine.errors import SyncInterruptedError
from syncengine.export.budget import (
    DayBudgetSpentError,
    DayUseInControlStore,
    MeteredTransport,
    RateBudget,
    RateLimits,
    fair_shares,
)
from syncengine.transport import Answer

TODAY = date(2026, 5, 1)


@dataclass(slots=True)
class Clock:
    """A clock that moves when somebody sleeps."""

    now: float = 1000.0
    day: date = TODAY
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.now += seconds

    def budget(self, **limits: float) -> RateBudget:
        """A budget on this clock."""
        return RateBudget(
            RateLimits(**limits),  # type: ignore[arg-type]
            clock=lambda: self.now,
            sleep=self.sleep,
            today=lambda: self.day,
        )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def control(tmp_path: Path) -> Iterator[ControlStore]:
    with closing(open_control_store(tmp_path)) as store:
        yield store


def _most_within(times: list[float], seconds: float) -> int:
    return max(sum(1 for other in times if at <= other < at + seconds) for at in times)


def test_without_limits_nobody_waits(clock: Clock) -> None:
    budget = clock.budget()
    for _ in range(1000):
        budget.acquire()
    assert (clock.slept, budget.requests) == ([], 1000)


@pytest.mark.parametrize("rate", [1, 2.5, 5, 40, 300])
def test_the_rate_is_reached_and_never_exceeded_in_any_second(clock: Clock, rate: float) -> None:
    budget = clock.budget(per_second=rate)
    times = [budget.acquire() for _ in range(int(rate * 30))]
    assert _most_within(times, 1.0) <= math.ceil(rate)
    assert len(times) / (times[-1] - times[0] + 1 / rate) >= 0.95 * rate


def test_slots_missed_for_a_moment_are_caught_up_and_a_long_idle_time_is_not(clock: Clock) -> None:
    budget = clock.budget(per_second=40)
    budget.acquire()
    clock.now += 3600
    times = [budget.acquire() for _ in range(40)]
    assert _most_within(times, 1.0) <= 40
    assert _most_within(times, 0.001) <= 40 * 0.25 + 1


def test_a_minute_holds_no_more_than_its_limit_and_small_syncs_go_at_once(clock: Clock) -> None:
    budget = clock.budget(per_minute=30)
    times = [budget.acquire() for _ in range(90)]
    assert times[29] == times[0]
    assert _most_within(times, 60.0) == 30


@settings(max_examples=40, deadline=None)
@given(per_second=st.floats(0.5, 50), per_minute=st.integers(1, 400), idle=st.lists(st.floats(0, 5), max_size=60))
def test_both_limits_hold_whenever_requests_come(per_second: float, per_minute: int, idle: list[float]) -> None:
    clock = Clock()
    budget = clock.budget(per_second=per_second, per_minute=per_minute)
    times = []
    for pause in idle:
        clock.now += pause
        times.append(budget.acquire())
    if times:
        assert _most_within(times, 60.0) <= per_minute
        count = max(1, int(per_second))
        assert _most_within(times, count / per_second) <= count


def test_a_spent_day_is_told_at_once_and_the_next_day_is_fresh(clock: Clock) -> None:
    budget = clock.budget(per_day=3)
    for _ in range(3):
        budget.acquire()
    with pytest.raises(DayBudgetSpentError) as caught:
        budget.acquire()
    assert (caught.value.exit_code, budget.left_today(), clock.slept) == (3, 0, [])
    clock.day = date(2026, 5, 2)
    budget.acquire()
    assert budget.left_today() == 2


def _stored(control: ControlStore, **limits: int) -> RateBudget:
    use = DayUseInControlStore(control, "d")
    return RateBudget(RateLimits(**limits), day_use=use, today=lambda: TODAY)


def test_a_restart_does_not_break_the_daily_cap(control: ControlStore) -> None:
    first = _stored(control, per_day=1000)
    for _ in range(7):
        first.acquire()  # and then it is killed: what it had reserved stays reserved
    second = _stored(control, per_day=1000)
    sent = 7
    with pytest.raises(DayBudgetSpentError):
        while True:
            second.acquire()
            sent += 1
    assert 1000 - 5 <= sent <= 1000


def test_a_clean_end_gives_back_what_was_not_sent(control: ControlStore) -> None:
    first = _stored(control, per_day=1000)
    for _ in range(7):
        first.acquire()
    first.close()
    assert _stored(control, per_day=1000).left_today() == 993


def test_destinations_have_days_of_their_own(control: ControlStore) -> None:
    _stored(control, per_day=10).acquire()
    assert DayUseInControlStore(control, "other").used(TODAY) == 0
    assert DayUseInControlStore(control, "d").used(TODAY) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_throttled_answer_stops_everybody_for_as_long_as_it_says(clock: Clock, status: int) -> None:
    budget = clock.budget(per_second=10)
    at = budget.acquire()
    budget.note(status, permitted_at=at, retry_after=7.0)
    assert budget.acquire() >= at + 7.0
    assert budget.throttled == 1


def test_throttling_halves_the_pace_once_for_all_that_were_on_the_way(clock: Clock) -> None:
    budget = clock.budget(per_second=40)
    on_the_way = [budget.acquire() for _ in range(4)]
    for at in on_the_way:
        budget.note(429, permitted_at=at, retry_after=None)
    assert budget.pace == pytest.approx(40 * 0.98 / 2)


def test_success_brings_the_pace_back_in_equal_steps_up_to_what_is_permitted(clock: Clock) -> None:
    budget = clock.budget(per_second=40)
    budget.note(429, permitted_at=budget.acquire(), retry_after=0.0)
    paces = []
    while budget.pace is not None and budget.pace < 40 * 0.98:
        budget.note(200, permitted_at=budget.acquire(), retry_after=None)
        paces.append((clock.now, budget.pace))
    assert paces == sorted(paces, key=lambda item: item[1])
    took = paces[-1][0] - paces[0][0]
    assert 8 <= took <= 12  # half of the rate at 5 % of it a second


def test_a_destination_without_limits_is_slowed_below_what_it_could_not_take(clock: Clock) -> None:
    budget = clock.budget()
    for _ in range(100):
        at = budget.acquire()
        clock.now += 0.02
    budget.note(429, permitted_at=at, retry_after=0.0)
    assert budget.pace == pytest.approx(25, rel=0.1)
    for _ in range(100):
        budget.note(503, permitted_at=budget.acquire(), retry_after=0.0)
    assert budget.pace == pytest.approx(50 * 0.05, rel=0.1)


def test_a_stop_ends_the_wait(clock: Clock) -> None:
    stopped = iter([False, False, True])
    budget = RateBudget(
        RateLimits(per_minute=1), clock=lambda: clock.now, sleep=clock.sleep, should_stop=lambda: next(stopped)
    )
    budget.acquire()
    with pytest.raises(SyncInterruptedError):
        budget.acquire()
    assert clock.slept == [0.5, 0.5]


def test_each_http_request_costs_one(clock: Clock) -> None:
    class Peer:
        base_url = "https://peer.example"

        def request(self, method: str, path: str, **options: object) -> Answer:
            status = 429 if path == "/full" else 200
            headers = CaseInsensitiveDict({"Retry-After": "9"})
            return Answer(status=status, headers=headers, body=b"", elapsed_seconds=0, sent_at=datetime.now(UTC))

        def close(self) -> None:
            """Nothing is open."""

    budget = clock.budget(per_day=3)
    transport = MeteredTransport(Peer(), budget)  # type: ignore[arg-type]
    transport.request("POST", "/one")
    transport.request("POST", "/full")
    before = clock.now
    transport.request("POST", "/two")
    assert clock.now >= before + 9
    with pytest.raises(DayBudgetSpentError):
        transport.request("GET", "/three")
    assert (budget.requests, budget.throttled) == (3, 1)


@pytest.mark.parametrize(
    ("available", "expected"),
    [
        (None, {"a": None, "b": None, "c": None}),
        (200, {"a": None, "b": None, "c": None}),
        (105, {"a": 50, "b": 5, "c": 50}),
        (3, {"a": 1, "b": 1, "c": 1}),
        (0, {"a": 0, "b": 0, "c": 0}),
    ],
)
def test_a_short_day_is_shared_fairly_between_feeds(available: int | None, expected: dict[str, int | None]) -> None:
    assert fair_shares({"a": 100, "b": 5, "c": 90}, available) == expected


def test_a_feed_that_has_had_its_share_stops_and_the_next_one_goes_on(clock: Clock) -> None:
    budget = clock.budget(per_day=10)
    budget.begin_feed(1)
    budget.acquire()
    with pytest.raises(DayBudgetSpentError, match="share"):
        budget.acquire()
    budget.begin_feed(None)
    assert budget.left_today() == 9
    budget.acquire()
