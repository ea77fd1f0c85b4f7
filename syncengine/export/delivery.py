"""Delivering a run's outboxes: every feed to every destination, receipts committed, counts kept as they grow."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from syncengine.control.batches import BatchReceipt, OutboxRecord, list_outboxes, list_receipts, save_receipt
from syncengine.control.feed_runs import FeedRun, list_feed_runs, save_feed_run
from syncengine.control.runs import Run, Step
from syncengine.control.store import ControlStore
from syncengine.errors import CatalogSyncError, SyncInterruptedError
from syncengine.export.destinations.base import Destination
from syncengine.export.outbox import Outbox, check_outbox
from syncengine.export.sender import Sending, SendTally, send_outbox
from syncengine.feeds.registry import get_feed, get_feeds
from syncengine.progress import Moment, Observer
from syncengine.settings import DestinationSettings

FOLD_EVERY_SECONDS = 300.0
Destinations = Mapping[str, tuple[Destination, DestinationSettings]]  # by id


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """What delivering needs. `fold` brings home what is acknowledged so far; it is called on the caller's thread."""

    control: ControlStore
    data_dir: Path
    observer: Observer
    should_stop: Callable[[], bool]
    fold: Callable[[], None]

    def deliver(self, run: Run, destinations: Destinations) -> list[CatalogSyncError]:
        """Send the run's outboxes in feed order; a destination that takes nothing more does not stop the others."""
        errors: list[CatalogSyncError] = []
        with self.control.read() as connection:
            records = {(box.destination, box.feed): box for box in list_outboxes(connection, run.run_id)}
            feed_runs = {(item.destination, item.feed): item for item in list_feed_runs(connection, run.run_id)}
        for destination_id, (destination, settings) in destinations.items():
            for feed in get_feeds(run.feeds):
                key = (destination_id, feed.name)
                if key not in feed_runs or feed_runs[key].status in ("not_offered", "held"):
                    continue
                try:
                    if key in records:
                        self._send(run, records[key], feed_runs[key], destination, settings.connections)
                    else:
                        self._save(replace(feed_runs[key], status="success"))
                except CatalogSyncError as error:
                    errors.append(error)
                    break
        return errors

    def _send(
        self, run: Run, record: OutboxRecord, planned: FeedRun, destination: Destination, connections: int
    ) -> None:
        outbox = self._outbox(record)
        began, tally, status = time.monotonic(), SendTally(), "failed"
        try:
            send_outbox(
                Sending(
                    outbox=outbox,
                    destination=destination,
                    run_id=run.run_id,
                    sequence=run.sequence,
                    receipts=self._receipts(run, record),
                    commit=self._commit,
                    should_stop=self.should_stop,
                    between_batches=self._fold_now_and_then(),
                    connections=connections,
                    tally=tally,
                    progress=lambda now: self.observer.advance(
                        Step.EXPORT, record.feed, now.accepted + now.rejected, record.items
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
        finally:
            self._save(
                planned.with_outcome(
                    accepted=tally.accepted,
                    rejected=tally.rejected,
                    requests=tally.requests + planned.requests,
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

    def _fold_now_and_then(self) -> Callable[[], None]:
        last_fold = time.monotonic()

        def between_batches() -> None:
            nonlocal last_fold
            if time.monotonic() - last_fold >= FOLD_EVERY_SECONDS:
                self.fold()
                last_fold = time.monotonic()

        return between_batches

    def _save(self, feed_run: FeedRun) -> None:
        with self.control.write() as connection:
            save_feed_run(connection, feed_run)
