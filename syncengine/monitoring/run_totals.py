"""Totals over all runs, from the control store: each ended run is read once a process, however often is asked."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection

from syncengine.control.feed_runs import FeedRun, list_feed_runs_of
from syncengine.control.run_steps import RunStep, list_run_steps_of
from syncengine.control.runs import Run, RunStatus, list_runs_after
from syncengine.control.schema import utc_now
from syncengine.control.settings import get_setting
from syncengine.monitoring.measures import KEY, Item, RunMeasures
from syncengine.traffic import TrafficCounts

RUN_SECONDS = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 21600.0)
STEP_SECONDS = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0)
_SETTLED = frozenset({RunStatus.SUCCESS, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.SKIPPED})
_PAGE = 500
_MEASURES_LATE = timedelta(minutes=1)


@dataclass(slots=True)
class Spread:
    """Seconds, sorted into buckets: `counts` is one longer than `bounds` and holds what is beyond in its last place."""

    bounds: tuple[float, ...]
    counts: list[int] = field(init=False)
    total: float = 0.0

    def __post_init__(self) -> None:
        self.counts = [0] * (len(self.bounds) + 1)

    def add(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total += seconds


@dataclass(frozen=True, slots=True)
class _Ended:
    run: Run
    feed_runs: list[FeedRun]
    steps: list[RunStep]


@dataclass(slots=True)
class RunTotals:
    """Everything that is counted over runs; dry runs are left out, but for the requests they made.

    `last_run`, `last_success`: per feed, when a run with it ended, in seconds since 1970.
    """

    runs: Counter[tuple[str, str]] = field(default_factory=Counter)  # trigger, result
    seconds: Spread = field(default_factory=lambda: Spread(RUN_SECONDS))
    steps: dict[str, Spread] = field(default_factory=dict)
    items: Counter[Item] = field(default_factory=Counter)
    traffic: TrafficCounts = field(default_factory=TrafficCounts)
    last_run: dict[str, float] = field(default_factory=dict)
    last_success: dict[str, float] = field(default_factory=dict)

    def add(self, ended: _Ended) -> None:
        """Count one ended run."""
        run = ended.run
        measures = RunMeasures.from_json(run.details.get(KEY))
        self.traffic = self.traffic + measures.traffic
        if run.dry_run or run.finished_at is None:
            return
        # a run that was held stays counted as held when it is refused: what is counted never becomes less
        was_held = run.status is RunStatus.CANCELLED and bool(run.details.get("held"))
        self.runs[(run.trigger, RunStatus.HELD.value if was_held else run.status.value)] += 1
        self.seconds.add(max(0.0, (run.finished_at - run.started_at).total_seconds()))
        ends = [*(step.started_at for step in ended.steps[1:]), run.finished_at]
        for step, end in zip(ended.steps, ends, strict=True) if ended.steps else ():
            spread = self.steps.setdefault(step.step, Spread(STEP_SECONDS))
            spread.add(max(0.0, (end - step.started_at).total_seconds()))
        at = run.finished_at.timestamp()
        for feed, group in groupby(ended.feed_runs, key=lambda item: item.feed):
            rows = list(group)
            self.items.update(_items(feed, rows, measures.items))
            taken = [row.status for row in rows if row.status != "not_offered"]
            if taken:
                self.last_run[feed] = max(at, self.last_run.get(feed, at))
            if taken and all(status == "success" for status in taken):
                self.last_success[feed] = max(at, self.last_success.get(feed, at))


def _items(feed: str, rows: list[FeedRun], mixed: Mapping[Item, int]) -> Counter[Item]:
    """What became of a feed's items in one run, by operation: as measured, where not all were simply accepted."""
    measured = Counter({item: count for item, count in mixed.items() if item[0] == feed and count})
    plain = rows if not measured else [row for row in rows if row.accepted == row.sent]
    for row in plain:
        for operation in ("added", "changed", "removed", "resent"):
            count = getattr(row, operation)
            if count and row.accepted == row.sent:
                measured[(feed, operation, "accepted")] += count
    return measured


class RunHistory:
    """The totals of one control store. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._settled = RunTotals()
        self._through = 0
        self._open: set[int] = set()

    def totals(self, connection: Connection) -> RunTotals:
        """The totals now; what the run that goes on has asked so far is in them."""
        with self._lock:
            unsettled = self._catch_up(connection)
            found = deepcopy(self._settled)
        for item in unsettled:
            if item.run.finished_at is not None:
                found.add(item)
        going_on = RunMeasures.from_json(get_setting(connection, KEY))
        found.traffic = found.traffic + going_on.traffic
        return found

    def _catch_up(self, connection: Connection) -> list[_Ended]:
        """Take in what has ended since; returns the runs that may still change: going on, held, or just ended."""
        unsettled: list[_Ended] = []
        now = utc_now()
        earlier, still_open = self._open, set[int]()
        while True:
            page = _with_parts(connection, list_runs_after(connection, self._through, limit=_PAGE, also=earlier))
            for item in page:
                self._through = max(self._through, item.run.sequence)
                if _is_settled(item.run, now):
                    self._settled.add(item)
                else:
                    still_open.add(item.run.sequence)
                    unsettled.append(item)
            is_last, earlier = len(page) - len(earlier) < _PAGE, set()
            self._open = set(still_open)
            if is_last:
                return unsettled


def _is_settled(run: Run, now: datetime) -> bool:
    """Nothing of an ended run changes any more; its measures are kept a moment after its end."""
    if run.status not in _SETTLED or run.finished_at is None:
        return False
    return KEY in run.details or now - run.finished_at > _MEASURES_LATE


def _with_parts(connection: Connection, runs: list[Run]) -> list[_Ended]:
    of_run: dict[str, list[FeedRun]] = {run.run_id: [] for run in runs}
    if not runs:
        return []
    for feed_run in list_feed_runs_of(connection, of_run):
        of_run[feed_run.run_id].append(feed_run)
    steps = list_run_steps_of(connection, of_run)
    return [_Ended(run, of_run[run.run_id], steps.get(run.run_id, [])) for run in runs]
