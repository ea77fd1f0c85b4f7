"""Delivering a run's outboxes: every destination in a thread of its own, its feeds in order, receipts committed.

What is acknowledged is folded on the caller's thread, which alone touches the lake: now and then, and whenever a
destination is through while others still send. One that is down delays nobody but itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path

from syncengine.control.batches import BatchReceipt, OutboxRecord, list_outboxes, list_receipts, save_receipt
from syncengine.control.feed_runs import FeedRun, list_feed_runs, save_feed_run
from syncengine.control.runs import Run, Step
from syncengine.control.store import ControlStore
from syncengine.errors import CatalogSyncError, SyncInterruptedError
from syncengine.export.acquaintance import remember_served
from syncengine.export.budget import DayBudgetSpentError, RateBudget, fair_shares
from syncengine.export.cadence import note_scheduled
from syncengine.export.destinations.base import Destination
from syncengine.export.outbox import Outbox, check_outbox
from syncengine.export.sender import Sending, SendTally, send_outbox
from syncengine.export.steering import Ending, Steering
from syncengine.export.warnings import ExportWarning, add_warnings
from syncengine.feeds.registry import FEEDS, get_feed, get_feeds
from syncengine.progress import Moment, Observer
from syncengine.settings import DestinationSettings

FOLD_EVERY_SECONDS = 300.0
LOOK_EVERY_SECONDS = 1.0  # how soon the caller's thread notices that a fold is due


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A destination that a run serves: opened, with its budget and how many batches travel at the same time."""

    destination: Destination
    settings: DestinationSettings
    budget: RateBudget
    connections: int


Destinations = Mapping[str, Served]  # by destination id


@dataclass(frozen=True, slots=True, kw_only=True)
class _Load:
    """What one destination is to be sent: feed runs in feed order, and the outboxes of those that have one."""

    feed_runs: Sequence[FeedRun]
    records: Mapping[str, OutboxRecord]


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """What delivering needs. `fold` brings home what is acknowledged so far; it is called on the caller's thread."""

    control: ControlStore
    data_dir: Path
    observer: Observer
    steering: Steering
    fold: Callable[[], None]
    _abandoned: threading.Event = field(default_factory=threading.Event)

    def deliver(self, run: Run, destinations: Destinations) -> list[CatalogSyncError]:
        """Send the run's outboxes; returns what stopped a destination. A spent day, the end of the run's window and its
        cancelling are none of these: the rest waits."""
        loads = self._loads(run, destinations)
        name_it = len(destinations) > 1
        with ThreadPoolExecutor(max(1, len(loads)), thread_name_prefix="destination") as threads:
            try:
                running = [
                    threads.submit(self._serve, run, destinations[key], load, name_it=name_it)
                    for key, load in loads.items()
                ]
                self._fold_while(running)
            except BaseException:
                self._abandoned.set()  # leaving waits for the threads: let them end at their next batch
                raise
        return [error for future in running if (error := future.result()) is not None]

    def _loads(self, run: Run, destinations: Destinations) -> dict[str, _Load]:
        with self.control.read() as connection:
            records = list_outboxes(connection, run.run_id)
            feed_runs = {(item.destination, item.feed): item for item in list_feed_runs(connection, run.run_id)}
        order = [feed.name for feed in get_feeds(run.feeds)]
        return {
            key: _Load(
                feed_runs=[
                    feed_runs[key, feed]
                    for feed in order
                    if (key, feed) in feed_runs and feed_runs[key, feed].status not in ("not_offered", "held")
                ],
                records={record.feed: record for record in records if record.destination == key},
            )
            for key in destinations
        }

    def _fold_while(self, running: Sequence[Future[CatalogSyncError | None]]) -> None:
        """Fold until all are through; raises at once what one of them did not expect."""
        last_fold = time.monotonic()
        left = set(running)
        while left:
            done, left = wait(left, timeout=LOOK_EVERY_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
            if left and (done or time.monotonic() - last_fold >= FOLD_EVERY_SECONDS):
                self.fold()
                last_fold = time.monotonic()

    def _serve(self, run: Run, served: Served, load: _Load, *, name_it: bool) -> CatalogSyncError | None:
        """Send one destination its feeds in order, each within its fair share of the day; returns what stopped it."""
        waiting = {feed: record.batches for feed, record in load.records.items()}
        cut_short: list[str] = []
        out_of_time: list[str] = []
        try:
            for planned in load.feed_runs:
                if planned.feed not in load.records:
                    self._save(replace(planned, status="success"))
                    continue
                served.budget.begin_feed(fair_shares(waiting, served.budget.left_today())[planned.feed])
                try:
                    ending = self._send(run, load.records[planned.feed], planned, served, name_it=name_it)
                except DayBudgetSpentError:
                    cut_short.append(planned.feed)
                else:
                    out_of_time += [planned.feed] if ending is Ending.window else []
                del waiting[planned.feed]
            if cut_short:
                add_warnings(self.control, run.run_id, [_day_warning(served, cut_short)])
            if out_of_time:
                add_warnings(self.control, run.run_id, [_window_warning(served, out_of_time)])
            remember_served(self.control, served.destination.name, served.settings, run.run_id)
            is_whole = run.trigger == "schedule" and set(run.feeds) == set(FEEDS)
            if is_whole and not (cut_short or self.steering.must_end()):
                note_scheduled(self.control, served.destination.destination_id, run.started_at)
        except CatalogSyncError as error:
            return error
        finally:
            served.budget.close()
        return None

    def _send(
        self, run: Run, record: OutboxRecord, planned: FeedRun, served: Served, *, name_it: bool
    ) -> Ending | None:
        """Send one outbox; returns what ended it early and lets the rest wait.

        Raises: SyncInterruptedError when the process is to stop, DayBudgetSpentError, and what stops the destination.
        """
        outbox = self._outbox(record)
        began, tally, status = time.monotonic(), SendTally(), "failed"
        requests_before = served.budget.requests
        subject = f"{record.feed} {served.destination.name}" if name_it else record.feed
        try:
            send_outbox(
                Sending(
                    outbox=outbox,
                    destination=served.destination,
                    run_id=run.run_id,
                    sequence=run.sequence,
                    receipts=self._receipts(run, record),
                    commit=self._commit,
                    should_stop=lambda: self.steering.must_end_after_pause(abandoned=self._abandoned.is_set),
                    connections=served.connections,
                    tally=tally,
                    progress=lambda now: self.observer.advance(
                        Step.EXPORT, subject, now.accepted + now.rejected, record.items
                    ),
                )
            )
            if tally.stopped_because is not None:
                raise SyncInterruptedError(
                    "The run was stopped between two batches; what was acknowledged is kept.",
                    hint="The next sync goes on with it.",
                    feed=record.feed,
                )
            status = "success"
            return None
        except DayBudgetSpentError:
            status = "waiting"
            raise
        except SyncInterruptedError:
            ending = self.steering.ending()
            if ending in (None, Ending.stopped):
                raise
            status = "waiting"
            return ending
        finally:
            requests = served.budget.requests - requests_before or tally.requests
            self._save(
                planned.with_outcome(
                    accepted=tally.accepted,
                    rejected=tally.rejected,
                    requests=requests + planned.requests,
                    seconds=time.monotonic() - began,
                    status=status,
                )
            )

    def _outbox(self, record: OutboxRecord) -> Outbox:
        outbox = Outbox(
            feed=get_feed(record.feed),
            destination=record.destination,
            path=self.data_dir / record.path,
            sha256=record.sha256,
            items=record.items,
            batches=record.batches,
        )
        check_outbox(outbox)
        return outbox

    def _receipts(self, run: Run, record: OutboxRecord) -> Sequence[BatchReceipt]:
        with self.control.read() as connection:
            return list_receipts(connection, run.run_id, destination=record.destination, feed=record.feed)

    def _commit(self, receipt: BatchReceipt) -> None:
        batch = f"{receipt.feed} {receipt.batch_number}"
        self.observer.at(Moment.ANSWERED, batch)
        with self.control.write() as connection:
            save_receipt(connection, receipt)
        self.observer.at(Moment.RECEIPTED, batch)

    def _save(self, feed_run: FeedRun) -> None:
        with self.control.write() as connection:
            save_feed_run(connection, feed_run)


def _day_warning(served: Served, feeds: Sequence[str]) -> ExportWarning:
    return ExportWarning(
        kind="day_budget",
        destination=served.destination.destination_id,
        feed=None,
        sentence=f"The requests that `{served.destination.name}` permits a day are spent; of {', '.join(feeds)} the "
        "rest waits.",
        hint="The next sync plans anew and goes on as soon as a new day (UTC) has begun.",
    )


def _window_warning(served: Served, feeds: Sequence[str]) -> ExportWarning:
    return ExportWarning(
        kind="window",
        destination=served.destination.destination_id,
        feed=None,
        sentence=f"The run's window ended before `{served.destination.name}` was sent everything; of "
        f"{', '.join(feeds)} the rest waits.",
        hint="The next sync plans anew from the newest catalog. If this is usual, permit a higher rate or a longer "
        "`schedule.every_minutes`.",
    )
