"""The progress of the run in the control store, for other processes to read.

Those who work only put down how far they are; a thread of its own writes it, once a second.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from syncengine.control.runs import set_progress
from syncengine.control.schema import utc_now
from syncengine.control.store import ControlStore
from syncengine.errors import ControlError, DiskFullError
from syncengine.progress import Moment

PROGRESS_SECONDS = 1.0
_RATE_OVER_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class _State:
    """How far a run is."""

    run_id: str
    step: str
    subject: str
    done: int
    total: int | None
    at: float


class Pace:
    """How fast something goes on, looking back half a minute: what began slowly is not slow for ever."""

    def __init__(self) -> None:
        self._subject: tuple[str, str] | None = None
        self._seen: deque[tuple[float, int]] = deque()

    def rate(self, subject: tuple[str, str], done: int, at: float) -> float | None:
        """Units a second of `subject`, which is at `done` at the time `at`; None while that cannot be told."""
        if subject != self._subject or (self._seen and done < self._seen[-1][1]):
            self._subject = subject
            self._seen.clear()
        self._seen.append((at, done))
        while len(self._seen) > 2 and at - self._seen[1][0] >= _RATE_OVER_SECONDS:
            self._seen.popleft()
        began, before = self._seen[0]
        return (done - before) / (at - began) if at > began and done > before else None


class ProgressInControlStore:
    """Keeps how far the run is; `writing` is the block in which it is written."""

    def __init__(self, control: ControlStore, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._control = control
        self._clock = clock
        self._run_id: str | None = None
        self._state: _State | None = None
        self._written: _State | None = None
        self._pace = Pace()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write what is new once a second until the block ends."""
        ended = threading.Event()

        def write() -> None:
            while not ended.wait(PROGRESS_SECONDS):
                with suppress(ControlError, DiskFullError):  # a reading that is missed costs nothing
                    self.write()

        writer = threading.Thread(target=write, name="live-progress", daemon=True)
        writer.start()
        try:
            yield
        finally:
            ended.set()
            writer.join()

    def at(self, moment: Moment, detail: str = "") -> None:
        """Note which run it is."""
        if moment is Moment.RUN_BEGUN:
            self._run_id = detail
        elif moment is Moment.FINISHED:
            self._run_id = self._state = None

    def advance(self, step: str, subject: str, done: int, total: int | None) -> None:
        """Put down the newest state."""
        if self._run_id is not None:
            self._state = _State(self._run_id, step, subject, done, total, self._clock())

    def note(self, message: str) -> None:
        """Nothing to keep."""

    def write(self) -> None:
        """Write the newest state, unless it is written already."""
        state = self._state
        if state is None or state is self._written:
            return
        self._written = state
        with self._control.write() as connection:
            set_progress(connection, state.run_id, self._progress(state))

    def _progress(self, state: _State) -> dict[str, Any]:
        rate = self._pace.rate((state.step, state.subject), state.done, state.at)
        left = None if rate is None or state.total is None else max(0.0, (state.total - state.done) / rate)
        return {
            "step": state.step,
            "subject": state.subject,
            "done": state.done,
            "total": state.total,
            "rate": None if rate is None else round(rate, 2),
            "seconds_left": None if left is None else round(left, 1),
            "at": utc_now().isoformat(),
        }
