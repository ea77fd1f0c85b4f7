"""Estimates: the numbers of a plan before anything is written, and how long they take."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.items import PRODUCTS, product
from support.lakes import LIMITS, Stand, open_stand

from syncengine.export.budget import RateLimits
from syncengine.export.destinations.base import Limits
from syncengine.export.estimate import Volume, forecast, plan_volume
from syncengine.export.outbox import read_batches

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    """30 products acknowledged; then 10 of them are gone, 5 changed, and 12 new."""
    made = open_stand(tmp_path)
    made.merge(PRODUCTS, [product(f"s-{n:02}") for n in range(30)])
    made.deliver()
    changed = [product(f"s-{n:02}", name="N" * n) for n in range(5)]
    made.merge(PRODUCTS, [*changed, *(product(f"s-{n:02}") for n in [*range(5, 20), *range(30, 42)])])
    yield made
    made.writer.close()


@pytest.mark.parametrize("limits", [LIMITS, Limits(max_items=4, max_bytes=2**20), Limits(max_items=100, max_bytes=700)])
def test_the_estimate_is_what_the_outbox_comes_to(stand: Stand, limits: Limits) -> None:
    plan = stand.plan()
    volume = plan_volume(stand.writer.connection, plan, limits)
    outbox = stand.outbox(plan, limits=limits)
    sent = [payload for batch in read_batches(outbox) for payload in batch.payloads]
    assert (volume.items, volume.items) == (len(sent), 27)
    assert volume.requests == outbox.batches
    assert volume.bytes == sum(map(len, sent))


def _volume(requests: int) -> Volume:
    return Volume(destination="d", feed="products", items=requests * 100, requests=requests, bytes=requests * 1000)


def test_without_a_rate_no_time_is_promised() -> None:
    ahead = forecast("d", [_volume(10)], RateLimits(), used_today=0, now=NOON)
    assert (ahead.requests, ahead.seconds, ahead.cap_reached_at, ahead.finished_at) == (10, None, None, None)


def test_the_slowest_limit_counts() -> None:
    by_second = forecast("d", [_volume(601)], RateLimits(per_second=10, per_minute=6000), used_today=0, now=NOON)
    by_minute = forecast("d", [_volume(601)], RateLimits(per_second=10, per_minute=60), used_today=0, now=NOON)
    assert by_second.seconds == pytest.approx(61.2, abs=0.1)
    assert by_minute.seconds == pytest.approx(612, abs=2)


def test_a_day_that_does_not_suffice_says_when_it_is_spent_and_when_all_is_sent() -> None:
    ahead = forecast("d", [_volume(1000)], RateLimits(per_second=1, per_day=400), used_today=100, now=NOON)
    assert ahead.cap_reached_at is not None and ahead.finished_at is not None
    assert (ahead.cap_reached_at - NOON).total_seconds() == pytest.approx(299 / 0.98)
    # 300 today, 400 tomorrow, 300 the day after
    assert ahead.finished_at.date() == datetime(2026, 5, 3).date()


@given(requests=st.integers(1, 10_000), per_day=st.integers(1, 500), used=st.integers(0, 600))
def test_the_days_of_a_forecast_hold_all_requests(requests: int, per_day: int, used: int) -> None:
    ahead = forecast("d", [_volume(requests)], RateLimits(per_day=per_day), used_today=used, now=NOON)
    left = max(0, per_day - used)
    if requests <= left:
        assert ahead.finished_at is None
    else:
        assert ahead.finished_at is not None
        days = (ahead.finished_at.date() - NOON.date()).days
        assert left + per_day * (days - 1) < requests <= left + per_day * days
