"""SIGINT and SIGTERM as a wish to stop, which a command looks at when it can."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class StopRequest(threading.Event):
    """Set by a signal, and which one that was."""

    number: int = signal.SIGINT

    def name(self) -> str | None:
        """The signal's name, once it came."""
        return signal.Signals(self.number).name if self.is_set() else None


@contextmanager
def stop_on_signal() -> Iterator[StopRequest]:
    """A request that SIGINT and SIGTERM set: the run ends at the next batch; a second signal ends it at once."""
    stop = StopRequest()

    def ask(number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise SystemExit(128 + number)
        stop.number = number
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
