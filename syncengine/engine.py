"""The process that owns the lake: opens the workshop under the lock, runs on schedule, answers requests."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import schedule
from pydantic import SecretStr

from syncengine.changes.plan import Selection
from syncengine.control.engine import beat, release_engine, take_engine
from syncengine.control.requests import ResyncRequest, requeue_taken, set_request, waiting_requests
from syncengine.control.runs import Run, set_progress
from syncengine.control.schema import utc_now
from syncengine.control.store import ControlStore, open_control_store
from syncengine.demo.embedded import embedded_demo
from syncengine.errors import CatalogSyncError, ControlError, DiskFullError
from syncengine.lake.lock import hold_engine_lock
from syncengine.lake.paths import DataDirectory
from syncengine.lake.writer import LakeWriter
from syncengine.monitoring.outcomes import outcomes_in_lake
from syncengine.monitoring.recorder import RunRecorder
from syncengine.pipeline import SyncOptions, Workshop, resume_left_behind, run_sync
from syncengine.progress import Moment, Observer, Observers
from syncengine.settings import Settings

HEARTBEAT_SECONDS = 5.0
PROGRESS_SECONDS = 1.0


class ProgressInControlStore:
    """Keeps the progress of the run in the control store, at most once a second, for other processes to read."""

    def __init__(self, control: ControlStore) -> None:
        self._control = control
        self._run_id: str | None = None
        self._written = 0.0
        self._lock = threading.Lock()

    def at(self, moment: Moment, detail: str = "") -> None:
        """Note which run it is."""
        if moment is Moment.RUN_BEGUN:
            self._run_id = detail
        elif moment is Moment.FINISHED:
            self._run_id = None

    def advance(self, step: str, subject: str, done: int, total: int | None) -> None:
        """Write the newest state when the last one is a second old."""
        with self._lock:
            now = time.monotonic()
            if self._run_id is None or now - self._written < PROGRESS_SECONDS:
                return
            self._written = now
            run_id = self._run_id
        progress = {"step": step, "subject": subject, "done": done, "total": total, "at": utc_now().isoformat()}
        with self._control.write() as connection:
            set_progress(connection, run_id, progress)

    def note(self, message: str) -> None:
        """Nothing to keep."""


@contextmanager
def connected(settings: Settings) -> Iterator[Settings]:
    """The settings with every address known: what is not configured is served by the embedded demo, started here."""
    if not settings.is_demo:
        yield settings
        return
    with embedded_demo(
        settings, needs_store=settings.is_demo_source, needs_services=settings.is_demo_destination
    ) as demo:
        changes: dict[str, object] = {}
        if settings.is_demo_source:
            changes["source"] = settings.source.model_copy(
                update={"url": demo.store_url, "token": SecretStr(demo.store_token)}
            )
        if settings.is_demo_destination:
            (own,) = settings.all_destinations().values()
            changes["destinations"] = {
                "demo": own.model_copy(update={"url": demo.services_url, "api_key": SecretStr(demo.api_key)})
            }
        yield settings.model_copy(update=changes)


@contextmanager
def open_workshop(
    settings: Settings, observer: Observer, *, kind: str, should_stop: Callable[[], bool]
) -> Iterator[Workshop]:
    """Everything a run works with, under the engine lock, with all addresses known.

    Raises: EngineBusyError when another process holds the data directory.
    """
    directory = DataDirectory(settings.data_dir.resolve())
    with ExitStack() as stack:
        stack.enter_context(hold_engine_lock(directory.engine_lock))
        control = open_control_store(directory.root)
        stack.callback(control.close)
        with control.write() as connection:
            take_engine(connection, pid=os.getpid(), host=socket.gethostname(), kind=kind)
        stack.callback(_release, control)
        stack.enter_context(_heartbeat(control))
        writer = stack.enter_context(
            LakeWriter(directory, memory_limit_mb=settings.engine.memory_limit_mb, threads=settings.engine.threads)
        )
        ready = stack.enter_context(connected(settings))
        recorder = RunRecorder(control, outcomes=lambda item: outcomes_in_lake(writer, item))
        stack.callback(recorder.close)
        yield Workshop(
            settings=ready,
            directory=directory,
            control=control,
            writer=writer,
            observer=Observers(observer, ProgressInControlStore(control), recorder),
            should_stop=should_stop,
        )


@contextmanager
def _heartbeat(control: ControlStore) -> Iterator[None]:
    """Says every few seconds that this process lives, whatever step it is in."""
    ended = threading.Event()

    def beats() -> None:
        while not ended.wait(HEARTBEAT_SECONDS):
            with suppress(ControlError, DiskFullError), control.write() as connection:
                beat(connection)

    heart = threading.Thread(target=beats, name="heartbeat", daemon=True)
    heart.start()
    try:
        yield
    finally:
        ended.set()
        heart.join()


def _release(control: ControlStore) -> None:
    with control.write() as connection:
        release_engine(connection)


@dataclass(frozen=True, slots=True)
class Engine:
    """The scheduled process over an open workshop. `stop` ends it at the next batch boundary."""

    shop: Workshop
    stop: threading.Event

    def run(self) -> None:
        """Sync at every window and whenever a request says 'now', until stopped."""
        windows = schedule.Scheduler()
        every = self.shop.settings.schedule.every_minutes
        with self.shop.control.write() as connection:
            requeue_taken(connection)
        resume_left_behind(self.shop)
        next_window = _next_window(utc_now(), every, self.shop.settings.schedule.at_minute)

        def window() -> None:
            nonlocal next_window
            next_window = _next_window(utc_now(), every, self.shop.settings.schedule.at_minute)
            self._sync(SyncOptions(trigger="schedule", requested_by="schedule"))
            self._serve(waiting=True)

        windows.every(1).seconds.do(lambda: window() if utc_now() >= next_window else self._serve(waiting=False))
        windows.every(int(HEARTBEAT_SECONDS)).seconds.do(lambda: self._beat(next_window))
        self._beat(next_window)
        while not self.stop.is_set():
            windows.run_pending()
            self.stop.wait(0.5)

    def _beat(self, next_window: datetime) -> None:
        with self.shop.control.write() as connection:
            beat(connection, next_sync_at=next_window)

    def _serve(self, *, waiting: bool) -> None:
        """Run the requests that are due: those that say 'now', and in a window those that wait."""
        with self.shop.control.read() as connection:
            due = [item for item in waiting_requests(connection) if waiting or item.start_now]
        for item in due:
            if self.stop.is_set():
                return
            with self.shop.control.write() as connection:
                taken = set_request(connection, item.request_id, "taken")
            if taken:
                run = self._sync(options_of(item))
                with self.shop.control.write() as connection:
                    set_request(connection, item.request_id, "done", run_id=run.run_id if run else None)

    def _sync(self, options: SyncOptions) -> Run | None:
        try:
            return run_sync(self.shop, options)
        except CatalogSyncError as error:
            # it could not even be recorded as a run: say so, and be there for the next window
            self.shop.observer.note(f"{error.code} {error.message}")
            return None


def options_of(request: ResyncRequest) -> SyncOptions:
    """What a queued request asks a run to do."""
    asked = request.options
    since = asked.get("since")
    return SyncOptions(
        feeds=tuple(asked.get("feeds", ())),
        selection=Selection(
            resync=asked.get("resync", False),
            by=asked.get("by", "all"),
            values=tuple(asked.get("values", ())),
            since=datetime.fromisoformat(since) if since else None,
            tombstones=asked.get("tombstones", False),
            catalog_snapshot=asked.get("catalog_snapshot"),
        ),
        no_reindex=asked.get("no_reindex", False),
        full=asked.get("full", False),
        dry_run=asked.get("dry_run", False),
        destination=asked.get("destination"),
        batch_items=asked.get("batch_items"),
        connections=asked.get("connections"),
        force=asked.get("force", False),
        trigger=asked.get("trigger", "resync"),
        requested_by=request.requested_by,
    )


def _next_window(now: datetime, every_minutes: int, at_minute: int) -> datetime:
    """The next moment of the schedule after `now`: counted in steps of `every_minutes` from midnight UTC + offset."""
    midnight = datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(minutes=at_minute % every_minutes)
    passed = int((now - midnight).total_seconds() // (every_minutes * 60))
    return midnight + timedelta(minutes=every_minutes * (passed + 1))
