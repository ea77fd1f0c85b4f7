"""One run, step by step: when each began, how long it took, what it counted, and where it stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from syncengine.control.feed_runs import FeedRun, list_feed_runs
from syncengine.control.run_steps import RunStep, list_run_steps
from syncengine.control.run_wishes import RunWish, run_wish
from syncengine.control.runs import FINISHED, Run, RunStatus, Step, get_run
from syncengine.control.schema import utc_now
from syncengine.errors import UnknownRunError
from syncengine.inspection.view import CatalogView

STEPS: tuple[str, ...] = tuple(step.value for step in Step)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStory:
    """One of the seven steps. `state`: done, active, failed, held, stopped, left_out (not needed) or open (to come).

    `seconds`: how long it took, or has taken so far; None where it is not known.
    """

    step: str
    state: str
    started_at: datetime | None
    seconds: float | None
    counts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStory:
    """A run with its feeds and its steps. `wish`: what is wished of it while it goes on, to pause or to end."""

    run: Run
    feed_runs: tuple[FeedRun, ...]
    steps: tuple[StepStory, ...]
    wish: RunWish | None = None

    @property
    def seconds(self) -> float:
        """How long the run took, or has taken so far."""
        return ((self.run.finished_at or utc_now()) - self.run.started_at).total_seconds()


def run_story(view: CatalogView, run_id: str) -> RunStory:
    """One run as it went. Raises: UnknownRunError, ControlError."""
    with view.read_control() as connection:
        if connection is None:
            raise UnknownRunError(
                f"There is no run `{run_id}`: none has been made yet.", hint="Run `catalog-sync sync`."
            )
        run = get_run(connection, run_id)
        feed_runs = list_feed_runs(connection, run_id)
        begun = list_run_steps(connection, run_id)
        wish = run_wish(connection, run_id)
    steps = tell_steps(run, feed_runs, begun, now=utc_now())
    return RunStory(run=run, feed_runs=tuple(feed_runs), steps=steps, wish=None if run.finished_at else wish)


def tell_steps(
    run: Run, feed_runs: Sequence[FeedRun], begun: Sequence[RunStep], *, now: datetime
) -> tuple[StepStory, ...]:
    """The seven steps of a run in order, from what is kept of it."""
    starts = {step.step: step.started_at for step in begun}
    ended = [*(later.started_at for later in begun[1:]), run.finished_at or now]
    ends = {step.step: after for step, after in zip(begun, ended, strict=False)}  # strict: there may be no step at all
    counts = _counts(run, feed_runs)
    reached = -1 if run.step is None else STEPS.index(run.step.value)
    told = []
    for position, name in enumerate(STEPS):
        started = starts.get(name)
        state = _state(run, position, reached, is_known=not begun or name in starts)
        has_been = state not in ("open", "left_out")
        told.append(
            StepStory(
                step=name,
                state=state,
                started_at=started,
                seconds=None if started is None else (ends[name] - started).total_seconds(),
                counts=counts.get(name, "") if has_been else "",
            )
        )
    return tuple(told)


_ENDS: Mapping[RunStatus, str] = {
    RunStatus.SUCCESS: "done",
    RunStatus.FAILED: "failed",
    RunStatus.HELD: "held",  # the guard looked at the difference; what it let pass went on
    RunStatus.CANCELLED: "stopped",
    RunStatus.SKIPPED: "stopped",
}


def _ended_in(run: Run, reached: int) -> int:
    """The step that the run's end belongs to. What was answered until then is folded and published all the same.

    Of a run that a guard held it is the difference, also when the removals were refused later.
    """
    code = run.error_code or ""
    if run.status is RunStatus.HELD or (run.status is RunStatus.CANCELLED and run.details.get("held")):
        return min(reached, STEPS.index(Step.DIFF.value))
    if code == "CS4102":  # more was rejected than the settings allow
        return min(reached, STEPS.index(Step.ACKNOWLEDGE.value))
    return min(reached, STEPS.index(Step.EXPORT.value)) if code.startswith("CS4") else reached


def _state(run: Run, position: int, reached: int, *, is_known: bool) -> str:
    if position > reached:
        # a run that failed before its first step failed in it
        if run.status is RunStatus.FAILED and reached < 0 and position == 0:
            return "failed"
        return "left_out" if run.status in FINISHED else "open"
    if position != _ended_in(run, reached):
        return "done" if is_known else "left_out"
    return _ENDS.get(run.status, "active")


def _counts(run: Run, feed_runs: Sequence[FeedRun]) -> dict[str, str]:
    """What each step counted, in words; nothing where nothing is known."""
    if not feed_runs:
        return {} if run.source is None else {"read": f"from {run.source}"}

    def total(name: str) -> int:
        return sum(getattr(item, name) for item in feed_runs)

    aside = sum(run.details.get("set_aside", {}).values()) if isinstance(run.details.get("set_aside"), dict) else 0
    index = f"{total('catalog'):,} items" + (f", {aside:,} set aside" if aside else "")
    words = [(total(name), word) for name, word in (("added", "added"), ("changed", "changed"), ("removed", "removed"))]
    words += [(total("resent"), "sent again")] if total("resent") else []
    answered = f"{total('accepted'):,} accepted, {total('rejected'):,} rejected, {total('waiting'):,} waiting"
    return {
        "read": "" if run.source is None else f"from {run.source}",
        "index": index,
        "snapshot": "" if run.catalog_snapshot is None else f"snapshot {run.catalog_snapshot}",
        "diff": ", ".join(f"{count:,} {word}" for count, word in words),
        "export": f"{total('sent'):,} items in {total('requests'):,} requests" if total("sent") else "nothing to send",
        "acknowledge": answered if total("sent") else "",
        "publish": "" if run.exported_snapshot is None else f"snapshot {run.exported_snapshot}",
    }
