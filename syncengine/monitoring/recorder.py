"""The observer that measures a run and keeps it: in the control store while the run goes on, in its details at the end.

So the numbers outlive the process, whatever ends it, and every process tells the same.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from syncengine.control.feed_runs import FeedRun, list_feed_runs
from syncengine.control.runs import get_run, set_details
from syncengine.control.settings import drop_setting, get_setting, put_setting
from syncengine.control.store import ControlStore
from syncengine.errors import ControlError, DiskFullError, UnknownRunError
from syncengine.monitoring.measures import KEY, Item, RunMeasures
from syncengine.progress import Moment
from syncengine.traffic import TRAFFIC, Traffic

KEEP_EVERY_SECONDS = 10.0
Outcomes = Callable[[FeedRun], Mapping[Item, int]]


class RunRecorder:
    """Keeps the measures of the run that goes on. One per process that runs syncs.

    `outcomes`: asked at the end for the results of a feed, by operation, when not all of its items were accepted.
    """

    def __init__(
        self, control: ControlStore, *, outcomes: Outcomes, traffic: Traffic = TRAFFIC,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._control = control
        self._outcomes = outcomes
        self._traffic = traffic
        self._clock = clock
        self._lock = threading.Lock()
        self._run_id: str | None = None
        self._before = traffic.snapshot()
        self._kept_at = clock()

    def at(self, moment: Moment, detail: str = "") -> None:
        """Begin with a run, and end with it."""
        if moment is Moment.RUN_BEGUN:
            with self._lock:
                self._begin(detail)
        elif moment is Moment.FINISHED:
            self._finish(detail)

    def advance(self, step: str, subject: str, done: int, total: int | None) -> None:
        """Keep what there is when the last time is a while ago."""
        with self._lock:
            if self._clock() - self._kept_at >= KEEP_EVERY_SECONDS:
                self._keep()

    def note(self, message: str) -> None:
        """Nothing to measure."""

    def close(self) -> None:
        """Keep what was measured of a run that this process does not bring to its end."""
        with self._lock:
            self._keep()

    def _begin(self, run_id: str) -> None:
        self._run_id = run_id
        self._before = self._traffic.snapshot()
        self._kept_at = self._clock()

    def _measured(self) -> RunMeasures:
        return RunMeasures(traffic=self._traffic.snapshot() - self._before)

    def _keep(self) -> None:
        """Put what was measured since the last time to what is kept of this run."""
        self._kept_at = self._clock()
        if self._run_id is None:
            return
        measured = self._measured()
        with suppress(ControlError, DiskFullError):
            with self._control.write() as connection:
                before = _kept(get_setting(connection, KEY), self._run_id)
                put_setting(connection, KEY, {"run_id": self._run_id, **(before + measured).as_json()})
            self._before = self._before + measured.traffic

    def _finish(self, run_id: str) -> None:
        with self._lock:
            measured = self._measured()
            self._run_id = None
            self._before = self._traffic.snapshot()
        with suppress(ControlError, DiskFullError, UnknownRunError):
            with self._control.read() as connection:
                feed_runs = list_feed_runs(connection, run_id)
            mixed: dict[Item, int] = {}
            for feed_run in feed_runs:
                if feed_run.accepted < feed_run.sent:
                    for item, count in self._outcomes(feed_run).items():
                        mixed[item] = mixed.get(item, 0) + count
            with self._control.write() as connection:
                details = get_run(connection, run_id).details
                earlier = RunMeasures.from_json(details.get(KEY)) + _kept(get_setting(connection, KEY), run_id)
                whole = earlier + measured + RunMeasures(items=mixed)
                set_details(connection, run_id, details | {KEY: whole.as_json()})
                drop_setting(connection, KEY)


def _kept(value: dict[str, Any] | None, run_id: str) -> RunMeasures:
    return RunMeasures.from_json(value if value is not None and value.get("run_id") == run_id else None)
