"""How often somebody may write, each counted for itself, within any minute."""

from __future__ import annotations

import pytest
import time_machine

from syncengine.access.pace import TooOftenError, WritePace


def test_each_may_write_so_often_within_any_minute() -> None:
    pace = WritePace()
    with time_machine.travel(1_000_000.0, tick=False) as clock:
        pace.take("ann", per_minute=2)
        clock.shift(40)
        pace.take("ann", per_minute=2)
        pace.take("bob", per_minute=2)
        with pytest.raises(TooOftenError) as late:
            pace.take("ann", per_minute=2)
        assert late.value.retry_after == 20, "the first one leaves the window then"

        clock.shift(21)
        pace.take("ann", per_minute=2)
        with pytest.raises(TooOftenError):
            pace.take("ann", per_minute=2)


def test_without_a_limit_nobody_waits() -> None:
    pace = WritePace()
    for _ in range(1_000):
        pace.take("ann", per_minute=0)
