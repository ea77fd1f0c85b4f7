"""What ends a run early or makes it stand still: a stop of the process, somebody's wish, the end of its window.

All of it is honoured between batches. Who asks may be kept waiting while the run is paused.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from syncengine.control.run_wishes import RunWish, Wish, run_wish, show_paused
from syncengine.control.schema import utc_now
from syncengine.control.store import ControlStore

LOOK_EVERY_SECONDS = 1.0  # how soon a wish is noticed


class Ending(StrEnum):
    """Why a run sends no more. Stopped: the process ends, the run is gone on with; else the rest waits."""

    stopped = "stopped"
    cancelled = "cancelled"
    window = "window"


class Steering:
    """Asked by everything that sends for one run. Thread-safe.

    `should_stop` is of the process; `clock` and `sleep` are seconds of a steady clock.
    """

    def __init__(
        self,
        control: ControlStore,
        *,
        should_stop: Callable[[], bool] = lambda: False,
        now: Callable[[], datetime] = utc_now,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._control = control
        self._should_stop = should_stop
        self._now, self._clock, self._sleep = now, clock, sleep
        self._run_id: str | None = None
        self._end_at: datetime | None = None
        self._wish: RunWish | None = None
        self._looked_at = float("-inf")
        self._lock = threading.Lock()

    def begin(self, run_id: str) -> None:
        """From now on it is about this run."""
        self._run_id = run_id
        self._looked_at = float("-inf")

    def end_by(self, end_at: datetime | None) -> None:
        """The run's window ends then; None: whenever it is through."""
        self._end_at = end_at

    @property
    def end_at(self) -> datetime | None:
        """When the run's window ends."""
        return self._end_at

    def wish(self) -> RunWish | None:
        """What is wished of the run, at most a second ago."""
        with self._lock:
            now = self._clock()
            if self._run_id is not None and now - self._looked_at >= LOOK_EVERY_SECONDS:
                with self._control.read() as connection:
                    self._wish = run_wish(connection, self._run_id)
                self._looked_at = now
            return self._wish

    def ending(self) -> Ending | None:
        """Why nothing more is to be sent, or None."""
        wish = self.wish()
        if wish is not None and wish.wish is Wish.cancel:
            return Ending.cancelled
        if self._should_stop():
            return Ending.stopped
        if self._end_at is not None and self._now() >= self._end_at:
            return Ending.window
        return None

    def must_end(self) -> bool:
        """Is nothing more to be sent? Never keeps its asker waiting."""
        return self.ending() is not None

    def is_unwanted(self) -> bool:
        """Is the run to be given up before it sends anything? The end of its window is no reason to."""
        return self.ending() in (Ending.stopped, Ending.cancelled)

    def must_end_after_pause(self, *, abandoned: Callable[[], bool] = lambda: False) -> bool:
        """As `must_end`, once the run is not paused; at once when it has to end, or is `abandoned`."""
        paused = False
        while not (abandoned() or self.must_end()):
            wish = self.wish()
            if wish is None:
                break
            paused = True
            self._show(wish)
            self._sleep(LOOK_EVERY_SECONDS)
        if paused:
            self._show(None)
        return abandoned() or self.must_end()

    def _show(self, wish: RunWish | None) -> None:
        if self._run_id is not None:
            with self._control.write() as connection:
                show_paused(connection, self._run_id, wish)
