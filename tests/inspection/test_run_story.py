"""One run, step by step."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncengine.control.runs import RunStatus, Step, finish_run, set_step
from syncengine.control.schema import utc_now
from syncengine.errors import CatalogSyncError, UnknownRunError
from syncengine.inspection.run_story import STEPS, run_story
from syncengine.inspection.view import CatalogView

from .lake_of import LakeOf, product


def ended(lake: LakeOf, *steps: Step, status: RunStatus, dry_run: bool = False, code: str = "CS2002") -> str:
    run = lake.begin(dry_run=dry_run)
    for step in steps:
        with lake.control.write() as connection:
            set_step(connection, run.run_id, step)
    error = CatalogSyncError("It broke.", code=code) if status in (RunStatus.FAILED, RunStatus.CANCELLED) else None
    with lake.control.write() as connection:
        finish_run(connection, run.run_id, status, error=error)
    return run.run_id


def states(view: CatalogView, run_id: str) -> list[str]:
    return [step.state for step in run_story(view, run_id).steps]


def test_only_the_failed_step_is_failed(lake: LakeOf, view: CatalogView) -> None:
    run_id = ended(lake, Step.READ, Step.INDEX, Step.SNAPSHOT, status=RunStatus.FAILED)
    assert states(view, run_id) == ["done", "done", "failed", "left_out", "left_out", "left_out", "left_out"]


def test_a_run_that_failed_before_any_step_failed_in_the_first(lake: LakeOf, view: CatalogView) -> None:
    assert states(view, ended(lake, status=RunStatus.FAILED))[0] == "failed"


def test_a_run_in_progress_has_one_active_step_and_open_ones(lake: LakeOf, view: CatalogView) -> None:
    run = lake.begin()
    for step in (Step.READ, Step.INDEX):
        with lake.control.write() as connection:
            set_step(connection, run.run_id, step)
    assert states(view, run.run_id) == ["done", "active", "open", "open", "open", "open", "open"]


def test_a_held_run_was_held_by_the_guard_after_the_difference(lake: LakeOf, view: CatalogView) -> None:
    assert states(view, ended(lake, *Step, status=RunStatus.HELD)) == ["done"] * 3 + ["held"] + ["done"] * 3


@pytest.mark.parametrize(
    ("status", "code", "last"),
    [
        (RunStatus.FAILED, "CS4102", ["done", "failed", "done"]),  # too much was rejected: that came with the answers
        (RunStatus.FAILED, "CS4001", ["failed", "done", "done"]),  # the destination was not there
        (RunStatus.CANCELLED, "CS4103", ["stopped", "done", "done"]),
        (RunStatus.FAILED, "CS5001", ["done", "done", "failed"]),
    ],
)
def test_the_end_of_a_run_belongs_to_the_step_it_came_from_though_later_ones_were_gone_through(
    lake: LakeOf, view: CatalogView, status: RunStatus, code: str, last: list[str]
) -> None:
    assert states(view, ended(lake, *Step, status=status, code=code))[4:] == last


def test_a_resync_without_reindex_left_the_reading_out(lake: LakeOf, view: CatalogView) -> None:
    run_id = ended(lake, Step.DIFF, Step.EXPORT, Step.ACKNOWLEDGE, Step.PUBLISH, status=RunStatus.SUCCESS)
    assert states(view, run_id) == ["left_out", "left_out", "left_out", "done", "done", "done", "done"]


def test_a_dry_run_ends_with_the_diff(lake: LakeOf, view: CatalogView) -> None:
    run_id = ended(lake, Step.READ, Step.INDEX, Step.SNAPSHOT, Step.DIFF, status=RunStatus.SUCCESS, dry_run=True)
    assert states(view, run_id)[3:] == ["done", "left_out", "left_out", "left_out"]


def test_each_step_ends_where_the_next_begins_and_their_times_add_up(lake: LakeOf, view: CatalogView) -> None:
    run_id = ended(lake, *Step, status=RunStatus.SUCCESS)
    story = run_story(view, run_id)
    assert [step.step for step in story.steps] == list(STEPS)
    first, finished = story.steps[0].started_at, story.run.finished_at
    assert first is not None
    assert finished is not None
    total = timedelta(seconds=sum(step.seconds or 0 for step in story.steps))
    assert total == pytest.approx(finished - first, abs=timedelta(milliseconds=1))


def test_steps_tell_what_they_counted(lake: LakeOf, view: CatalogView) -> None:
    run = lake.synced(products=[product("a"), product("b")])
    told = {step.step: step.counts for step in run_story(view, run.run_id).steps}
    assert told["diff"] == "2 added, 0 changed, 0 removed"
    assert told["publish"].startswith("snapshot ")
    assert told["read"] == ""


def test_the_time_of_a_run_in_progress_grows(lake: LakeOf, view: CatalogView) -> None:
    run = lake.begin()
    assert 0 <= run_story(view, run.run_id).seconds <= (utc_now() - run.started_at).total_seconds()


def test_an_unknown_run_is_told(view: CatalogView) -> None:
    with pytest.raises(UnknownRunError, match="no run `r-none`"):
        run_story(view, "r-none")
