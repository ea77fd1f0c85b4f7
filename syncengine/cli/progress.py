"""How a command shows what a run does: bars on a terminal; elsewhere the log tells."""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from syncengine.cli.common import messages
from syncengine.progress import Moment, Observer, SilentObserver

_log = logging.getLogger(__name__)
LINE_EVERY_SECONDS = 30.0
_LABELS = {
    "read": "Read",
    "index": "Index",
    "snapshot": "Snapshot",
    "diff": "Compare",
    "export": "Export",
    "acknowledge": "Acknowledge",
    "publish": "Publish",
}


class BarObserver:
    """Progress bars on stderr; use it as a context manager."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=messages(),
            transient=True,
        )
        self._tasks: dict[tuple[str, str], TaskID] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def at(self, moment: Moment, detail: str = "") -> None:
        """Bars need no moments."""

    def advance(self, step: str, subject: str, done: int, total: int | None) -> None:
        """Draw the bar of this step and subject."""
        with self._lock:
            key = (step, subject)
            if key not in self._tasks:
                label = f"{_LABELS.get(step, step):<12}{subject}"
                self._tasks[key] = self._progress.add_task(label, total=total)
            self._progress.update(self._tasks[key], completed=done, total=total)

    def note(self, message: str) -> None:
        """A line above the bars."""
        self._progress.console.print(message, markup=False)


class LineObserver:
    """A log line per step, and one every 30 s while a step lasts: for work that is no run."""

    def __init__(self, *, operation: str) -> None:
        self._operation = operation
        self._began = time.monotonic()
        self._last = 0.0
        self._step = ""
        self._lock = threading.Lock()

    def at(self, moment: Moment, detail: str = "") -> None:
        """Lines need no moments."""

    def advance(self, step: str, subject: str, done: int, total: int | None) -> None:
        """A line when the step changes or the last line is old."""
        with self._lock:
            now = time.monotonic()
            if step == self._step and now - self._last < LINE_EVERY_SECONDS:
                return
            self._step, self._last = step, now
        told = {"operation": self._operation, "elapsed": f"{now - self._began:.1f}", "pid": os.getpid(), "step": step}
        _log.info("Progress %s/%s %s", done, "?" if total is None else total, subject, extra=told | {"caller": "cli"})

    def note(self, message: str) -> None:
        """A line."""
        _log.info("%s", message)


def observer_for_terminal(*, quiet: bool, operation: str, is_run: bool = True) -> AbstractContextManager[Observer]:
    """Bars on a terminal, nothing with --quiet; the caller enters it.

    Elsewhere the log tells: of a run by itself (monitoring/log_observer.py), of other work by lines made here.
    """
    if quiet:
        return nullcontext(SilentObserver())
    if messages().is_terminal:
        return BarObserver()
    return nullcontext(SilentObserver() if is_run else LineObserver(operation=operation))
