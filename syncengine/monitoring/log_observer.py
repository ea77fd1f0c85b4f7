"""The observer that logs: each step, progress every half minute in the reference's words, and how each run ended."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from syncengine.control.batches import list_outboxes, sum_receipts
from syncengine.control.feed_runs import FeedRun, list_feed_runs
from syncengine.control.runs import Run, RunStatus, get_run
from syncengine.control.store import ControlStore
from syncengine.errors import ControlError, DiskFullError, UnknownRunError
from syncengine.monitoring.log_format import CONTEXT, LogContext
from syncengine.progress import Moment

PROGRESS_EVERY_SECONDS = 30.0
_EXPORT = "export"
_LEVELS = {RunStatus.FAILED: logging.ERROR, RunStatus.HELD: logging.WARNING}
_log = logging.getLogger("syncengine.run")


class LogObserver:
    """Logs the runs of this process; `caller` is the kind of process: engine or command."""

    def __init__(
        self,
        control: ControlStore,
        *,
        caller: str,
        context: LogContext = CONTEXT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._control = control
        self._caller = "cli" if caller == "command" else caller
        self._context = context
        self._clock = clock
        self._lock = threading.Lock()
        self._operation = "partial sync"
        self._began = self._step_began = self._told = clock()

    def at(self, moment: Moment, detail: str = "") -> None:
        """A line when a run begins and when it ends; a batch is named in what is logged meanwhile."""
        if moment is Moment.RUN_BEGUN:
            self._begin(detail)
        elif moment is Moment.FINISHED:
            self._finish(detail)
        elif moment is Moment.RECEIPTED:
            self._context.feed, _, self._context.batch = detail.partition(" ")

    def advance(self, step: str, subject: str, done: int, total: int | None) -> None:
        """A line when the step changes, and one when the last one is half a minute old."""
        with self._lock:
            now = self._clock()
            if step != self._context.step:
                self._enter(step, now)
                return
            if now - self._told < PROGRESS_EVERY_SECONDS:
                return
            self._told = now
        self._tell_progress(step, subject, done, total)

    def note(self, message: str) -> None:
        """The line as it is."""
        _log.info("%s", message)

    def _begin(self, run_id: str) -> None:
        now = self._clock()
        self._context.run_id, self._context.step, self._context.feed, self._context.batch = run_id, None, None, None
        self._began = self._step_began = self._told = now
        with suppress(ControlError, DiskFullError, UnknownRunError), self._control.read() as connection:
            run = get_run(connection, run_id)
            self._operation = operation_of(run)
            text = "Run %s begins: %s for %s, asked for by %s" + (", a dry run" if run.dry_run else "")
            _log.info(text, run_id, run.mode, ", ".join(run.feeds), run.requested_by, extra=self._keys("begun"))

    def _enter(self, step: str, now: float) -> None:
        before, self._context.feed, self._context.batch = self._context.step, None, None
        if before is not None:
            spent = round((now - self._step_began) * 1000)
            _log.info("Step %s ended", before, extra={"duration_ms": spent})
        self._context.step = step
        self._step_began = self._told = now
        _log.info("Step %s", step)

    def _tell_progress(self, step: str, subject: str, done: int, total: int | None) -> None:
        feed = subject.split(" ")[0]
        count, whole, processed, synced = done, total, done, 0
        run_id = self._context.run_id
        if step == _EXPORT and run_id is not None:
            with suppress(ControlError, DiskFullError), self._control.read() as connection:
                count, processed, synced = sum_receipts(connection, run_id, feed)
                whole = sum(box.batches for box in list_outboxes(connection, run_id) if box.feed == feed)
        of = "?" if whole is None else f"{whole}"
        _log.info(
            "Progress %s/%s, processed %s, synced %s", count, of, processed, synced,
            extra=self._keys("in progress") | ({"feed": feed} if feed else {}),
        )  # fmt: skip

    def _keys(self, status: str) -> dict[str, object]:
        return {
            "operation": self._operation,
            "status": status,
            "elapsed": f"{self._clock() - self._began:.1f}",
            "pid": os.getpid(),
            "caller": self._caller,
        }

    def _finish(self, run_id: str) -> None:
        try:
            with self._control.read() as connection:
                run, feed_runs = get_run(connection, run_id), list_feed_runs(connection, run_id)
        except (ControlError, DiskFullError, UnknownRunError):
            return
        spent = {"duration_ms": round((self._clock() - self._step_began) * 1000)}
        if self._context.step is not None:
            _log.info("Step %s ended", self._context.step, extra=spent | {"run_id": run_id})
        self._context.run_id, self._context.step, self._context.feed, self._context.batch = run_id, None, None, None
        for feed_run in feed_runs:
            if feed_run.status != "not_offered":
                _tell_feed(feed_run)
        _tell_run(run, feed_runs, self._keys(run.status.value))
        self._context.run_id = None


def operation_of(run: Run) -> str:
    """The operation of a run in the reference's words."""
    if run.mode == "retry":
        return "retry failed items"
    return "partial sync" if run.mode in ("changes", "resync by ids", "resync continued") else "full sync"


def _tell_feed(item: FeedRun) -> None:
    _log.info(
        "Feed %s: %s; %s in catalog, %s sent = %s accepted + %s rejected + %s waiting", item.feed, item.status,
        item.catalog, item.sent, item.accepted, item.rejected, item.waiting,
        extra={"feed": item.feed, "status": item.status, "duration_ms": round(item.seconds * 1000)},
    )  # fmt: skip


def _tell_run(run: Run, feed_runs: list[FeedRun], keys: dict[str, object]) -> None:
    spent = ((run.finished_at or datetime.now(UTC)) - run.started_at).total_seconds()
    extra = keys | {"duration_ms": round(spent * 1000)}
    if run.error_code is not None:
        extra["error_code"] = run.error_code
    sent, rejected = sum(item.sent for item in feed_runs), sum(item.rejected for item in feed_runs)
    text = f"Run {run.run_id} {run.status.shown}: {run.products_updated or 0} products updated, {sent} items sent"
    if rejected:
        text += f", {rejected} need attention"
    if run.error_message:
        text += f". {run.error_message}"
    _log.log(_LEVELS.get(run.status, logging.INFO), "%s", text, extra=extra)
