"""How far a run is, for other processes: written beside the work, with a rate and the time left."""

from __future__ import annotations

import pytest

from syncengine.control.runs import Run, RunStatus, begin_run, finish_run, get_run
from syncengine.control.store import ControlStore
from syncengine.engine.live_progress import Pace, ProgressInControlStore
from syncengine.progress import Moment


@pytest.fixture
def run(control: ControlStore) -> Run:
    with control.write() as connection:
        return begin_run(connection, trigger="cli", mode="changes", dry_run=False, requested_by="ann", feeds=())


def kept(control: ControlStore, run: Run) -> dict[str, object] | None:
    with control.read() as connection:
        return get_run(connection, run.run_id).progress


def test_progress_has_a_rate_and_the_time_that_is_left(control: ControlStore, run: Run) -> None:
    times = iter([0.0, 10.0])
    live = ProgressInControlStore(control, clock=lambda: next(times))
    live.at(Moment.RUN_BEGUN, run.run_id)
    live.advance("export", "products", 100, 1000)
    live.write()
    live.advance("export", "products", 300, 1000)

    live.write()

    found = kept(control, run)
    assert found is not None
    assert {name: found[name] for name in ("step", "subject", "done", "total", "rate", "seconds_left")} == {
        "step": "export", "subject": "products", "done": 300, "total": 1000, "rate": 20.0, "seconds_left": 35.0,
    }  # fmt: skip


def test_without_a_total_there_is_no_time_left(control: ControlStore, run: Run) -> None:
    times = iter([0.0, 1.0])
    live = ProgressInControlStore(control, clock=lambda: next(times))
    live.at(Moment.RUN_BEGUN, run.run_id)
    for done in (1, 5):
        live.advance("read", "products", done, None)
        live.write()

    found = kept(control, run)
    assert found is not None
    assert (found["rate"], found["seconds_left"]) == (4.0, None)


def test_a_run_that_is_over_shows_no_progress_of_a_late_writer(control: ControlStore, run: Run) -> None:
    live = ProgressInControlStore(control, clock=lambda: 0.0)
    live.at(Moment.RUN_BEGUN, run.run_id)
    live.advance("export", "products", 1, 2)
    with control.write() as connection:
        finish_run(connection, run.run_id, RunStatus.SUCCESS)

    live.write()

    assert kept(control, run) is None


def test_outside_a_run_nothing_is_written(control: ControlStore, run: Run) -> None:
    live = ProgressInControlStore(control, clock=lambda: 0.0)
    live.advance("export", "products", 1, 2)
    live.write()

    assert kept(control, run) is None


def test_the_pace_looks_back_half_a_minute_only() -> None:
    pace = Pace()
    for second in range(100):
        rate = pace.rate(("read", "a"), second if second < 60 else 60 + (second - 60) * 10, float(second))

    assert rate == pytest.approx(10.0, rel=0.05)


def test_another_subject_begins_its_own_pace() -> None:
    pace = Pace()
    pace.rate(("read", "a"), 0, 0.0)
    assert pace.rate(("read", "a"), 10, 1.0) == 10.0

    assert pace.rate(("read", "b"), 5, 2.0) is None
    assert pace.rate(("read", "b"), 4, 3.0) is None, "what goes back begins anew"
