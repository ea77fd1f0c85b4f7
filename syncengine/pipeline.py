"""One sync, in order: read, index, snapshot, diff, export, acknowledge, publish.

Each step leaves its result on disk before the next starts. From the moment the outboxes are recorded a killed run is
gone on with; before that it is closed, and the next run starts anew: nothing that counts has happened yet.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from syncengine.catalog import create_record_views, open_source
from syncengine.catalog.staged import ReadProgress, StagedCatalog
from syncengine.changes.plan import ExportPlan, Selection, plan_export
from syncengine.control.batches import (
    BatchReceipt,
    OutboxRecord,
    list_folds,
    list_outboxes,
    list_receipts,
    open_fold,
    save_outboxes,
    save_receipt,
)
from syncengine.control.feed_runs import FeedRun, list_feed_runs, save_feed_run
from syncengine.control.runs import Run, RunStatus, Step, begin_run, finish_run, get_run, list_runs, set_step
from syncengine.control.schema import utc_now
from syncengine.control.settings import get_setting
from syncengine.control.store import ControlStore
from syncengine.errors import CatalogSyncError, IncompleteReadError, SettingsError, storage_error
from syncengine.export.destinations import open_destination
from syncengine.export.destinations.base import Destination
from syncengine.export.guards import HeldExport, mass_delete
from syncengine.export.outbox import Outbox, check_outbox, write_outbox
from syncengine.export.receipts import fold_inputs
from syncengine.export.sender import Sending, SendTally, send_outbox
from syncengine.feeds.compile import SET_ASIDE_FILE, CompiledFeed, compile_feeds
from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import get_feed, get_feeds
from syncengine.lake.paths import DataDirectory
from syncengine.lake.publish import publish
from syncengine.lake.scratch import scratch_connection
from syncengine.lake.tables import table_name
from syncengine.lake.writer import LakeWriter
from syncengine.progress import Moment, Observer
from syncengine.settings import DestinationSettings, Settings

FOLD_EVERY_SECONDS = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncOptions:
    """What one run is asked to do. No feeds named: all. `no_reindex` works from the catalog as last compiled."""

    feeds: tuple[str, ...] = ()
    selection: Selection = field(default_factory=Selection)
    no_reindex: bool = False
    dry_run: bool = False
    destination: str | None = None
    trigger: str = "cli"
    requested_by: str = "command line"

    @property
    def mode(self) -> str:
        """The run's mode in one word."""
        return "resync" if self.selection.resync else "changes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What a run works with: opened once by whoever holds the engine lock."""

    settings: Settings
    directory: DataDirectory
    control: ControlStore
    writer: LakeWriter
    observer: Observer
    should_stop: Callable[[], bool]


def run_sync(shop: Workshop, options: SyncOptions) -> Run:
    """Run one sync and return it as it ended; a failure is in the run, with code, message and hint.

    Raises: only what prevents a run from being recorded at all (SettingsError, ControlError).
    """
    feeds = get_feeds(options.feeds)
    targets = _targets(shop.settings, options.destination)
    with ExitStack() as stack:
        # opened before the run begins: a destination that is not configured is a usage error, not a failed run
        destinations = {} if options.dry_run else _open_destinations(targets, stack)
        with shop.control.write() as connection:
            run = begin_run(
                connection,
                trigger=options.trigger,
                mode=options.mode,
                dry_run=options.dry_run,
                requested_by=options.requested_by,
                feeds=tuple(feed.name for feed in feeds),
            )
        shop.observer.at(Moment.RUN_BEGUN, run.run_id)
        try:
            shop.writer.ensure_tables(feeds)
            if not options.no_reindex:
                _refresh_catalog(shop, run, feeds)
            held = _plan(shop, run, feeds, tuple(targets), options)
            if options.dry_run:
                _publish(shop)
                _finish(shop, run, RunStatus.SUCCESS)
            else:
                _deliver(shop, run, destinations, held)
        except CatalogSyncError as error:
            _fail(shop, run, error)
        except OSError as error:
            _fail(shop, run, storage_error(error))
    with shop.control.read() as connection:
        return get_run(connection, run.run_id)


def resume_left_behind(shop: Workshop) -> list[Run]:
    """Go on with, or close, what a killed engine left In Progress; returns those runs as they ended.

    Call it under the engine lock only: then nobody is working on them.
    """
    with shop.control.read() as connection:
        left = list_runs(connection, statuses=frozenset({RunStatus.IN_PROGRESS}))
    for run in reversed(left):
        with shop.control.read() as connection:
            boxes = list_outboxes(connection, run.run_id)
        shop.observer.note(f"Run {run.run_id} was left behind in step {run.step or 'start'}.")
        if not boxes and run.step not in (Step.EXPORT, Step.ACKNOWLEDGE, Step.PUBLISH):
            step = run.step.value if run.step else "start"
            _fail(
                shop,
                run,
                CatalogSyncError(
                    f"The engine stopped responding in step {step}.",
                    code="CS0006",
                    hint="The next run starts anew.",
                ),
            )
            continue
        with ExitStack() as stack:
            try:
                shop.writer.ensure_tables(get_feeds(run.feeds))
                wanted = {box.destination for box in boxes}
                targets = {key: value for key, value in _targets(shop.settings, None).items() if key in wanted}
                _deliver(shop, run, _open_destinations(targets, stack), [])
            except CatalogSyncError as error:
                _fail(shop, run, error)
    with shop.control.read() as connection:
        return [get_run(connection, run.run_id) for run in reversed(left)]


# -- where to -----------------------------------------------------------------------------------------------------


def _targets(settings: Settings, only: str | None) -> dict[str, tuple[str, DestinationSettings]]:
    """The destinations to serve, by id: (name, settings)."""
    named = settings.all_destinations()
    if only is not None:
        if only not in named:
            raise SettingsError(f"There is no destination `{only}`.", hint=f"There are: {', '.join(named)}.")
        named = {only: named[only]}
    return {value.destination_id: (name, value) for name, value in named.items()}


def _open_destinations(
    targets: Mapping[str, tuple[str, DestinationSettings]], stack: ExitStack
) -> dict[str, tuple[Destination, DestinationSettings]]:
    opened = {}
    for destination_id, (name, settings) in targets.items():
        destination = open_destination(name, settings)
        stack.callback(destination.close)
        opened[destination_id] = (destination, settings)
    return opened


# -- read, index, snapshot ----------------------------------------------------------------------------------------


def _refresh_catalog(shop: Workshop, run: Run, feeds: Sequence[Feed]) -> None:
    """Read the store, compile the feeds and merge them into the lake; nothing is derived from a read that fell short."""
    staging = shop.directory.staging(run.run_id)
    staging.mkdir(parents=True, exist_ok=True, mode=0o700)
    _step(shop, run, Step.READ)

    def read_progress(progress: ReadProgress) -> None:
        subject = f"{progress.entity} {progress.scope}".strip()
        shop.observer.advance(Step.READ, subject, progress.records, progress.total)
        shop.observer.at(Moment.PAGE_READ, subject)

    staged = open_source(shop.settings.source).read(staging, progress=read_progress, should_stop=shop.should_stop)
    _refuse_empty_read(shop, staged)
    shop.observer.at(Moment.READ)
    _step(shop, run, Step.INDEX, source=staged.source)
    compiled = _compile(shop, staged, feeds, staging / "compiled")
    shop.observer.at(Moment.INDEXED)
    _step(shop, run, Step.SNAPSHOT)
    _merge(shop, run, compiled, staging / "compiled" / SET_ASIDE_FILE)
    shop.observer.at(Moment.MERGED)
    shutil.rmtree(staging, ignore_errors=True)


def _refuse_empty_read(shop: Workshop, staged: StagedCatalog) -> None:
    if any(part.records for part in staged.parts if part.entity == "products"):
        return
    known = shop.writer.query(f"SELECT count(*) AS items FROM {table_name('catalog', get_feed('products'))}")["items"][
        0
    ]
    if known:
        raise IncompleteReadError(
            f"The store answered that it holds no products, while {known:,} product items are known.",
            hint="Nothing was deleted. Check the store and the token's permissions, then sync again.",
        )


def _compile(shop: Workshop, staged: StagedCatalog, feeds: Sequence[Feed], out: Path) -> tuple[CompiledFeed, ...]:
    engine = shop.settings.engine
    with scratch_connection(
        shop.directory, memory_limit_mb=engine.memory_limit_mb, threads=engine.threads
    ) as connection:
        create_record_views(connection, staged)
        return compile_feeds(
            connection,
            feeds,
            out=out,
            now=utc_now(),
            progress=lambda step: shop.observer.advance(Step.INDEX, step.feed, step.done, step.total),
        )


def _merge(shop: Workshop, run: Run, compiled: Sequence[CompiledFeed], set_aside: Path) -> None:
    """Merge what differs, in one commit; without a difference the lake gets no new snapshot."""
    changed: list[tuple[Feed, Path]] = []
    for item in compiled:
        if item.offered and shop.writer.stage_merge(item.feed, item.path, set_aside).touched:
            changed.append((item.feed, item.path))
    differs = shop.writer.set_aside_differs(set_aside)
    if changed or differs:
        shop.writer.write_merge(changed, set_aside if differs else None, run_id=run.run_id)
    counts = {item.feed.name: item.set_aside for item in compiled if item.set_aside}
    not_offered = sorted(item.feed.name for item in compiled if not item.offered)
    with shop.control.write() as connection:
        set_step(
            connection,
            run.run_id,
            Step.DIFF,
            catalog_snapshot=shop.writer.snapshot_id(),
            details={"set_aside": counts, "not_offered": not_offered},
        )


# -- diff ---------------------------------------------------------------------------------------------------------


def _plan(
    shop: Workshop, run: Run, feeds: Sequence[Feed], destinations: Sequence[str], options: SyncOptions
) -> list[HeldExport]:
    """Plan every feed for every destination, write the outboxes, and record them in one step: from here on the run
    can be gone on with. Returns the feeds that a guard holds back."""
    _step(shop, run, Step.DIFF)
    with shop.control.read() as connection:
        details = get_run(connection, run.run_id).details
    skipped_feeds = set(details.get("not_offered", ()))
    boxes: list[Outbox] = []
    feed_runs: list[FeedRun] = []
    held: list[HeldExport] = []
    now = utc_now()
    for destination in destinations:
        for feed in feeds:
            facts = {"run_id": run.run_id, "feed": feed.name, "destination": destination}
            if feed.name in skipped_feeds:
                feed_runs.append(FeedRun(**facts, status="not_offered"))
                continue
            plan = plan_export(shop.writer.connection, feed, destination, now=now, selection=options.selection)
            set_aside = details.get("set_aside", {}).get(feed.name, 0)
            hold = mass_delete(shop.writer.connection, plan, shop.settings.guard)
            if hold is not None and not _approved(shop, hold):
                held.append(hold)
                feed_runs.append(_held_feed_run(plan, facts, set_aside))
                continue
            feed_runs.append(_planned_feed_run(plan, facts, set_aside))
            if plan.sent and not options.dry_run:
                boxes.append(_write_box(shop, run, plan, now))
                shop.observer.at(Moment.OUTBOX_WRITTEN, feed.name)
    details["held"] = [
        {**{k: getattr(h, k) for k in ("feed", "destination", "removed", "exported", "fingerprint")}} for h in held
    ]
    with shop.control.write() as connection:
        for feed_run in feed_runs:
            save_feed_run(connection, feed_run)
        save_outboxes(
            connection,
            [
                OutboxRecord(
                    run_id=run.run_id, destination=box.destination, feed=box.feed.name, sha256=box.sha256,
                    path=str(box.path.relative_to(shop.directory.root)), items=box.items, batches=box.batches,
                )
                for box in boxes
            ],
        )  # fmt: skip
        set_step(connection, run.run_id, Step.DIFF if options.dry_run else Step.EXPORT, details=details)
    shop.observer.at(Moment.PLANNED)
    return held


def _write_box(shop: Workshop, run: Run, plan: ExportPlan, now: datetime) -> Outbox:
    named = _targets(shop.settings, None)[plan.destination]
    with ExitStack() as stack:
        destination, _ = _open_destinations({plan.destination: named}, stack)[plan.destination]
        return write_outbox(
            shop.writer.connection,
            plan,
            path=shop.directory.outbox(run.run_id) / plan.destination / f"{plan.feed.name}.parquet",
            run_id=run.run_id,
            limits=destination.limits(plan.feed),
            at=now,
        )


def _approved(shop: Workshop, hold: HeldExport) -> bool:
    with shop.control.read() as connection:
        return get_setting(connection, hold.approval_key) == hold.fingerprint


def _planned_feed_run(plan: ExportPlan, facts: Mapping[str, str], set_aside: int) -> FeedRun:
    return FeedRun(
        **facts, catalog=plan.catalog, unchanged=plan.unchanged, added=plan.added, changed=plan.changed,
        skipped=plan.skipped, removed=plan.removed, resent=plan.resent, sent=plan.sent, waiting=plan.sent,
        set_aside=set_aside,
    )  # fmt: skip


def _held_feed_run(plan: ExportPlan, facts: Mapping[str, str], set_aside: int) -> FeedRun:
    skipped = plan.skipped + plan.added + plan.changed
    return FeedRun(
        **facts,
        status="held",
        catalog=plan.catalog,
        unchanged=plan.unchanged,
        skipped=skipped,
        set_aside=set_aside,
    )


# -- export, acknowledge, publish ---------------------------------------------------------------------------------


def _deliver(
    shop: Workshop,
    run: Run,
    destinations: Mapping[str, tuple[Destination, DestinationSettings]],
    held: Sequence[HeldExport],
) -> None:
    """Send what has no receipt yet, fold the answers, publish, finish: the part that any kill can be resumed into."""
    _publish(shop)
    _step(shop, run, Step.EXPORT)
    errors = _export(shop, run, destinations)
    _step(shop, run, Step.ACKNOWLEDGE)
    _fold(shop, run)
    _step(shop, run, Step.PUBLISH, exported_snapshot=shop.writer.snapshot_id())
    _publish(shop)
    shop.observer.at(Moment.PUBLISHED)
    if errors:
        _fail(shop, run, errors[0])
    elif held:
        _finish(
            shop,
            run,
            RunStatus.HELD,
            error=CatalogSyncError(
                "Held for review: " + " ".join(hold.sentence for hold in held),
                code="CS4101",
                hint=f"Look at them, then `catalog-sync runs approve {run.run_id}` and sync again.",
            ),
        )
    else:
        _finish(shop, run, *_verdict(shop, run))


def _publish(shop: Workshop) -> None:
    publish(shop.writer, [value.destination_id for value in shop.settings.all_destinations().values()])


def _export(
    shop: Workshop, run: Run, destinations: Mapping[str, tuple[Destination, DestinationSettings]]
) -> list[CatalogSyncError]:
    """Send the outboxes in feed order; a destination that takes nothing more does not stop the others."""
    errors: list[CatalogSyncError] = []
    with shop.control.read() as connection:
        records = {(box.destination, box.feed): box for box in list_outboxes(connection, run.run_id)}
        feed_runs = {(item.destination, item.feed): item for item in list_feed_runs(connection, run.run_id)}
    for destination_id, (destination, settings) in destinations.items():
        for feed in get_feeds(run.feeds):
            record, feed_run = (
                records.get((destination_id, feed.name)),
                feed_runs.get((destination_id, feed.name)),
            )
            if feed_run is None or feed_run.status in ("not_offered", "held"):
                continue
            try:
                if record is not None:
                    _send_feed(shop, run, record, feed_run, destination, settings.connections)
                else:
                    _save_feed_run(shop, replace(feed_run, status="success"))
            except CatalogSyncError as error:
                errors.append(error)
                break
    return errors


def _send_feed(
    shop: Workshop,
    run: Run,
    record: OutboxRecord,
    planned: FeedRun,
    destination: Destination,
    connections: int,
) -> None:
    feed = get_feed(record.feed)
    outbox = Outbox(
        feed=feed, destination=record.destination, path=shop.directory.root / record.path, sha256=record.sha256,
        items=record.items, batches=record.batches,
    )  # fmt: skip
    check_outbox(outbox)
    with shop.control.read() as connection:
        receipts = list_receipts(connection, run.run_id, destination=record.destination, feed=record.feed)
    began = time.monotonic()

    def commit(receipt: BatchReceipt) -> None:
        shop.observer.at(Moment.ANSWERED, f"{receipt.feed} {receipt.batch_number}")
        with shop.control.write() as connection:
            save_receipt(connection, receipt)
        shop.observer.at(Moment.RECEIPTED, f"{receipt.feed} {receipt.batch_number}")

    tally = SendTally()
    last_fold = time.monotonic()

    def between_batches() -> None:
        nonlocal last_fold
        if time.monotonic() - last_fold >= FOLD_EVERY_SECONDS:
            _fold(shop, run)
            last_fold = time.monotonic()

    status = "failed"
    try:
        send_outbox(
            Sending(
                outbox=outbox, destination=destination, run_id=run.run_id, sequence=run.sequence, receipts=receipts,
                commit=commit, should_stop=shop.should_stop, connections=connections, tally=tally,
                between_batches=between_batches,
                progress=lambda now: shop.observer.advance(
                    Step.EXPORT, record.feed, now.accepted + now.rejected, record.items
                ),
            )
        )  # fmt: skip
        status = "success"
    finally:
        _save_feed_run(
            shop,
            planned.with_outcome(
                accepted=tally.accepted, rejected=tally.rejected, requests=tally.requests + planned.requests,
                seconds=time.monotonic() - began, status=status,
            ),
        )  # fmt: skip


def _save_feed_run(shop: Workshop, feed_run: FeedRun) -> None:
    with shop.control.write() as connection:
        save_feed_run(connection, feed_run)


def _fold(shop: Workshop, run: Run) -> None:
    """Bring home every receipt that is not in the lake yet; a fold that a kill interrupted is done again as it was."""
    with shop.control.write() as connection:
        open_fold(connection, run.run_id)
        numbers = list_folds(connection, run.run_id)
        receipts = list_receipts(connection, run.run_id)
        boxes = list_outboxes(connection, run.run_id)
    for number in numbers:
        inputs = fold_inputs([item for item in receipts if item.fold == number], boxes, shop.directory.root)
        if inputs:
            shop.writer.fold(inputs, run_id=run.run_id, sequence=run.sequence, fold=number, at=utc_now())
            shop.observer.at(Moment.FOLDED, str(number))


def _verdict(shop: Workshop, run: Run) -> tuple[RunStatus, CatalogSyncError | None]:
    """Success, unless more was rejected than the settings allow."""
    with shop.control.read() as connection:
        feed_runs = list_feed_runs(connection, run.run_id)
    sent, rejected = sum(item.sent for item in feed_runs), sum(item.rejected for item in feed_runs)
    limit = shop.settings.guard.fail_on_rejected_percent
    if rejected and rejected * 100 > sent * limit:
        return RunStatus.FAILED, CatalogSyncError(
            f"{rejected:,} of {sent:,} items were rejected, more than {limit:g} %.",
            code="CS4102",
            hint=f"`catalog-sync runs errors {run.run_id}` groups them by cause.",
        )
    return RunStatus.SUCCESS, None


# -- the run's own row --------------------------------------------------------------------------------------------


def _step(shop: Workshop, run: Run, step: Step, **values: object) -> None:
    with shop.control.write() as connection:
        set_step(connection, run.run_id, step, **values)
    shop.observer.advance(step, "", 0, None)


def _finish(shop: Workshop, run: Run, status: RunStatus, error: CatalogSyncError | None = None) -> None:
    updated = shop.writer.query(
        f"""SELECT count(DISTINCT sku) AS products FROM {table_name("history", get_feed("products"))}
            WHERE run_id = $run_id AND outcome = 'accepted'""",
        {"run_id": run.run_id},
    )["products"][0]
    with shop.control.write() as connection:
        finish_run(connection, run.run_id, status, error=error, products_updated=int(updated))
    shop.observer.at(Moment.FINISHED, run.run_id)
    _tidy(shop, run)


def _fail(shop: Workshop, run: Run, error: CatalogSyncError) -> None:
    error.run_id = run.run_id
    with shop.control.write() as connection:
        finish_run(connection, run.run_id, RunStatus.FAILED, error=error)
    shop.observer.at(Moment.FINISHED, run.run_id)
    _tidy(shop, run)


def _tidy(shop: Workshop, run: Run) -> None:
    """Remove the run's working files; what counts of them is in the lake and the control store."""
    for place in (shop.directory.staging(run.run_id), shop.directory.outbox(run.run_id)):
        shutil.rmtree(place, ignore_errors=True)
    with suppress(OSError):
        for leftover in shop.directory.tmp.iterdir():
            if leftover.is_file():
                leftover.unlink()
