"""Work beside the pages rests while somebody waits for one."""

from __future__ import annotations

import pytest

from tests.ui.shop import OpenPage, Shop
from ui import looking
from ui.looking import LOOK_SECONDS, REST_SECONDS, WORK_SECONDS, Courtesy, is_quiet, somebody_looks


class _Clock:
    """A time that only rests and work move on."""

    def __init__(self) -> None:
        self.now, self.rests = 100.0, []

    def monotonic(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.rests.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    clock = _Clock()
    monkeypatch.setattr(looking, "time", clock)
    monkeypatch.setattr(looking, "_rest", clock)
    monkeypatch.setattr(looking, "_begun", [float("-inf")])
    return clock


def test_nobody_looks_until_a_page_begins_and_again_a_moment_after(clock: _Clock) -> None:
    assert is_quiet()
    somebody_looks()
    assert not is_quiet()
    clock.now += LOOK_SECONDS + 0.01
    assert is_quiet()


def test_work_rests_two_thirds_of_the_time_while_somebody_looks_and_never_else(clock: _Clock) -> None:
    courtesy = Courtesy()
    for _ in range(100):
        clock.now += WORK_SECONDS
        courtesy()
    assert clock.rests == []
    somebody_looks()
    begun = clock.now
    for _ in range(10):
        clock.now += WORK_SECONDS / 2
        courtesy()
        clock.now += WORK_SECONDS
        courtesy()
    assert clock.rests == [REST_SECONDS] * 10
    assert sum(clock.rests) > (clock.now - begun) / 2


def test_a_page_tells_that_somebody_looks(clock: _Clock, open_page: OpenPage, synced_shop: Shop) -> None:
    open_page(synced_shop, "settings")
    assert not is_quiet()
