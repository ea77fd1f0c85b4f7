"""The process that owns the lake: syncs at its windows, serves the queue, and is there for the next one whatever fails.

One thing at a time, on one thread. Each turn looks at the clock anew; nothing is remembered but the marks of the
timetable and the rows of the queue, both in the control store, so that a kill at any point loses nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

import schedule

from syncengine.control.engine import beat, set_next_sync
from syncengine.control.runs import Run, RunStatus, finish_run, list_runs
from syncengine.control.schedule_pause import get_pause
from syncengine.control.schema import utc_now
from syncengine.doctor.asked import answer_connection_test
from syncengine.engine.events import request_of_events
from syncengine.engine.live_check import answer_live_check
from syncengine.engine.queue import Errand, Queue, RunNoted, is_plain, was_cut_short
from syncengine.engine.retries import feeds_with_due_retries
from syncengine.engine.timetable import FEEDS, MAINTENANCE, RETRY, SYNC, Due, Timetable
from syncengine.engine.workshop import HEARTBEAT_SECONDS
from syncengine.errors import CatalogSyncError, ControlError, LockLostError, StorageError, SyncInterruptedError
from syncengine.feeds.registry import FEEDS as ALL_FEEDS
from syncengine.pipeline import SyncOptions, Workshop, resume_left_behind, run_sync
from syncengine.progress import Observers
from syncengine.upkeep.maintenance import run_maintenance

TURN_SECONDS = 1.0
_STEP_SECONDS = 0.5
_REST_SECONDS = 30.0  # after an error of the disk or the control store, before anything is tried again
_log = logging.getLogger(__name__)

Runs = Callable[[Workshop, SyncOptions], Run]
Maintains = Callable[[Workshop], None]


class Engine:
    """The scheduled process over an open workshop; `stop` ends it at the next batch boundary.

    `now`, `run` and `maintain` stand for the clock, one sync and the nightly maintenance.
    """

    def __init__(
        self,
        shop: Workshop,
        stop: threading.Event,
        *,
        now: Callable[[], datetime] = utc_now,
        run: Runs = run_sync,
        maintain: Maintains | None = None,
    ) -> None:
        """Raises: UnknownFeedError for a feed of `schedule.feed_minutes`."""
        self._shop = shop
        self._stop = stop
        self._now = now
        self._run_one = run
        self._maintain = maintain or self._maintenance
        self._schedule = shop.settings.schedule
        self._timetable = Timetable(self._schedule, shop.control, maintenance=shop.settings.maintenance)
        self._queue = Queue(shop.control, shop.observer.note)
        self._rests_until = 0.0
        self._told: list[datetime | None] = []  # what the control store says of the next sync

    def run(self) -> None:
        """Work until stopped. Raises: LockLostError when this may no longer be the only engine."""
        self.take_over()
        ticks = self._ticks()
        while not self._stop.is_set():
            if (ticks.idle_seconds or 0.0) > 2 * HEARTBEAT_SECONDS:
                ticks = self._ticks()  # the clock was put back: the library waits until it is where it was
            ticks.run_pending()
            self._stop.wait(_STEP_SECONDS)

    def once(self) -> Run:
        """One window now, whenever the next one would be: what waits is served, too. For those who have cron.

        Raises: what prevents the run from being recorded at all.
        """
        self.take_over()
        began = self._now()
        request_of_events(self._shop.control, now=began, debounce_seconds=0)
        full = self._timetable.full_is_due(began)
        run = self._run_one(self._shop, SyncOptions(full=full, trigger="schedule", requested_by="schedule"))
        due = {item.timer: item for item in self._timetable.due(began)}
        if full and run.status in (RunStatus.SUCCESS, RunStatus.HELD):
            self._timetable.full_was_read(began)
        self._serve(self._queue.due(in_window=True))
        maintenance = due.pop(MAINTENANCE, None)
        self._timetable.served(due.values(), self._now())
        if maintenance is not None and not self._stop.is_set():
            self._look_after(maintenance)
        return run

    def take_over(self) -> None:
        """Go on with what an engine before this one left behind, and settle what it had taken."""
        left = resume_left_behind(self._shop)
        self._queue.take_over()
        now = self._now()
        windows = [run for run in left if run.trigger == "schedule" and len(run.feeds) == len(ALL_FEEDS)]
        if any(not was_cut_short(run) for run in windows):
            self._timetable.served([due for due in self._timetable.due(now) if due.timer == SYNC], now)

    def turn(self) -> None:
        """Do what is due now: what people and events ask for, then what the clock asks for, then the housekeeping."""
        if time.monotonic() < self._rests_until:
            return
        try:
            self._turn()
        except LockLostError:
            raise
        except StorageError as error:
            # the disk or the control store: every turn would fail the same way, until somebody makes room
            self._shop.observer.note(f"{error.code} {error.message} {error.hint}".strip())
            self._rests_until = time.monotonic() + _REST_SECONDS

    def _turn(self) -> None:
        with self._shop.control.read() as connection:
            is_paused = get_pause(connection) is not None
            left_open = list_runs(connection, statuses=frozenset({RunStatus.IN_PROGRESS}))
        if left_open:  # a run whose end could not be written down
            resume_left_behind(self._shop)
        now = self._now()
        if not is_paused:
            request_of_events(self._shop.control, now=now, debounce_seconds=self._schedule.debounce_seconds)
        self._serve(self._queue.due(in_window=False))
        answer_connection_test(self._shop.control, self._shop.settings)
        answer_live_check(self._shop.control, self._shop.settings, should_stop=self._stop.is_set)
        due = {item.timer: item for item in self._timetable.due(self._now())}
        maintenance = due.pop(MAINTENANCE, None)
        if not is_paused and not self._stop.is_set():
            self._on_schedule(due)
        if maintenance is not None and not self._stop.is_set():
            self._look_after(maintenance)
        self._tell_next(self._now(), is_paused=is_paused)

    def _on_schedule(self, due: dict[str, Due]) -> None:
        if SYNC in due:
            self._window(due[SYNC])
            return
        feeds = [item for timer, item in due.items() if timer.startswith(FEEDS)]
        if feeds:
            names = tuple(item.feed for item in feeds if item.feed)
            options = SyncOptions(feeds=names, trigger="schedule", requested_by="schedule")
            self._scheduled(options, feeds)
        if RETRY in due and not self._stop.is_set():
            waiting = feeds_with_due_retries(self._shop, self._now())
            if waiting:
                options = SyncOptions(feeds=waiting, no_reindex=True, trigger="retry", requested_by="schedule")
                self._scheduled(options, [due[RETRY]])
            else:
                self._timetable.served([due[RETRY]], self._now())

    def _window(self, due: Due) -> None:
        """The whole sync, which is also what the plain requests wait for; then the other requests."""
        began = self._now()
        full = self._timetable.full_is_due(began)
        errands = self._queue.due(in_window=True)
        plain = [taken for errand in errands if is_plain(errand.options) if (taken := self._queue.take(errand))]
        covered = [request_id for errand in plain for request_id in errand.request_ids]
        end_at = self._timetable.window_after(began)
        options = SyncOptions(full=full, end_at=end_at, trigger="schedule", requested_by="schedule")
        run = self._scheduled(options, [due], covered)
        if full and run is not None and run.status in (RunStatus.SUCCESS, RunStatus.HELD):
            self._timetable.full_was_read(began)
        self._serve([errand for errand in errands if not is_plain(errand.options)])

    def _scheduled(self, options: SyncOptions, due: Sequence[Due], covered: Sequence[str] = ()) -> Run | None:
        """A run for timers; their moment counts as served however it ended, unless this engine is being stopped."""
        run = self._sync(options, covered)
        if not self._stop.is_set() or (run is not None and not was_cut_short(run)):
            self._timetable.served(due, self._now())
        return run

    def _serve(self, errands: Sequence[Errand]) -> None:
        for errand in errands:
            if self._stop.is_set():
                return
            if (taken := self._queue.take(errand)) is not None:
                self._sync(taken.options, taken.request_ids)

    def _sync(self, options: SyncOptions, request_ids: Sequence[str]) -> Run | None:
        """One run, and the end of the requests it served; None when there was no run."""
        noted = RunNoted(self._shop.control, request_ids)
        shop = replace(self._shop, observer=Observers(self._shop.observer, noted))
        try:
            run = self._run_one(shop, options)
        except SyncInterruptedError:
            return None  # stopped: the run stays In Progress, its requests with it, for the next start
        except (LockLostError, StorageError):
            self._queue.put_back(request_ids)
            raise
        except CatalogSyncError as error:
            self._shop.observer.note(f"{error.code} {error.message} {error.hint}".strip())
            self._queue.reject(request_ids, f"{error.message} {error.hint}".strip())
            return None
        except Exception as error:  # noqa: BLE001  (an engine outlives a bug in one run)
            _log.exception("a run ended by an internal error")
            run_id = self._close_broken(error)
            self._queue.reject(request_ids, f"An internal error ended the run ({type(error).__name__}).")
            self._shop.observer.note(f"CS0007 An internal error ended run {run_id or '?'}: {type(error).__name__}.")
            return None
        if self._stop.is_set() and was_cut_short(run):
            self._queue.put_back(request_ids)
        else:
            self._queue.finish(request_ids, run.run_id)
        return run

    def _close_broken(self, error: Exception) -> str | None:
        """Close the run that a bug ended, as Failed; its id, if there was one."""
        told = CatalogSyncError(
            f"An internal error ended the run ({type(error).__name__}).",
            code="CS0007",
            hint="The engine's log has the details. The next run starts at its time.",
        )
        closed = None
        with self._shop.control.write() as connection:
            for run in list_runs(connection, statuses=frozenset({RunStatus.IN_PROGRESS})):
                finish_run(connection, run.run_id, RunStatus.FAILED, error=told)
                closed = run.run_id
        return closed

    def _look_after(self, due: Due) -> None:
        """The nightly housekeeping; an error of it is told, and tomorrow is another night."""
        self._timetable.served([due], self._now())
        try:
            self._shop.still_alone()
            self._maintain(self._shop)
        except LockLostError:
            raise
        except CatalogSyncError as error:
            self._shop.observer.note(f"{error.code} {error.message} {error.hint}".strip())

    def _maintenance(self, shop: Workshop) -> None:
        report = run_maintenance(
            shop.writer, shop.control, shop.settings, now=self._now(), should_stop=shop.should_stop
        )
        shop.observer.note(report.sentence)

    def _tell_next(self, now: datetime, *, is_paused: bool = False) -> None:
        at = None if is_paused else self._timetable.next_sync_at(now)
        if self._told != [at]:
            with self._shop.control.write() as connection:
                set_next_sync(connection, at)
            self._told = [at]

    def _ticks(self) -> schedule.Scheduler:
        ticks = schedule.Scheduler()
        ticks.every(int(TURN_SECONDS)).seconds.do(self.turn)
        ticks.every(int(HEARTBEAT_SECONDS)).seconds.do(self._beat)
        return ticks

    def _beat(self) -> None:
        with suppress(ControlError), self._shop.control.write() as connection:
            beat(connection)
