"""How long the work in progress will take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncengine.inspection.pace import Pace

BEGUN = datetime(2026, 5, 4, 12, tzinfo=UTC)


def progress(done: int, seconds: float, *, total: int | None = 1_000, subject: str = "products") -> dict[str, Any]:
    at = (BEGUN + timedelta(seconds=seconds)).isoformat()
    return {"step": "export", "subject": subject, "done": done, "total": total, "at": at}


def test_what_is_left_takes_as_long_as_what_was_done_did() -> None:
    pace = Pace()
    assert pace.seconds_left("r", progress(100, 0)) is None
    assert pace.seconds_left("r", progress(300, 10)) == pytest.approx(35)


def test_a_short_look_says_nothing() -> None:
    pace = Pace()
    pace.seconds_left("r", progress(100, 0))
    assert pace.seconds_left("r", progress(200, 1)) is None


def test_every_piece_of_work_has_a_pace_of_its_own() -> None:
    pace = Pace()
    pace.seconds_left("r", progress(100, 0))
    assert pace.seconds_left("r", progress(100, 10, subject="prices")) is None
    assert pace.seconds_left("another", progress(300, 10)) is None


def test_work_that_began_anew_is_measured_anew() -> None:
    pace = Pace()
    pace.seconds_left("r", progress(500, 0))
    assert pace.seconds_left("r", progress(100, 10)) is None
    assert pace.seconds_left("r", progress(200, 20)) == pytest.approx(80)


@pytest.mark.parametrize("unknown", [None, {}, progress(5, 0, total=None), {"done": 5, "total": 9}])
def test_without_a_total_or_a_time_nothing_is_said(unknown: dict[str, Any] | None) -> None:
    assert Pace().seconds_left("r", unknown) is None
