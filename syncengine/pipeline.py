"""One sync, in order: read, index, snapshot, diff, export, acknowledge, publish.

Each step leaves its result on disk before the next starts. From the moment the outboxes are recorded a killed run is
gone on with; before that it is closed, and the next run starts anew: nothing that counts has happened yet.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from syncengine.catalog import ReadStoppedError, create_record_views, open_source
from syncengine.catalog.staged import ReadProgress, StagedCatalog
from syncengine.changes.plan import Selection
from syncengine.control.batches import (
    OutboxRecord,
    list_folds,
    list_outboxes,
    list_receipts,
    open_fold,
    save_outboxes,
)
from syncengine.control.feed_runs import list_feed_runs, save_feed_run
from syncengine.control.feed_sizes import past_sizes
from syncengine.control.runs import Run, RunStatus, Step, begin_run, finish_run, get_run, list_runs, set_step
from syncengine.control.schema import utc_now
from syncengine.control.settings import get_setting
from syncengine.control.store import ControlStore
from syncengine.errors import (
    CatalogSyncError,
    DestinationUnreachableError,
    IncompleteReadError,
    SettingsError,
    SyncInterruptedError,
    storage_error,
)
from syncengine.export.acquaintance import changed_since_last_export
from syncengine.export.budget import DayUseInControlStore, RateBudget, rate_limits
from syncengine.export.delivery import Courier, Destinations, Served
from syncengine.export.destinations import open_destination
from syncengine.export.guards import HeldExport, size_warnings
from syncengine.export.outbox import Outbox
from syncengine.export.planning import FeedPlan, Planner
from syncengine.export.receipts import fold_inputs
from syncengine.feeds.compile import SET_ASIDE_FILE, CompiledFeed, compile_feeds
from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import get_feed, get_feeds
from syncengine.lake.paths import DataDirectory
from syncengine.lake.publish import publish
from syncengine.lake.scratch import scratch_connection
from syncengine.lake.tables import table_name
from syncengine.lake.writer import LakeWriter, translated_errors
from syncengine.progress import Moment, Observer
from syncengine.settings import DestinationSettings, Settings

_RESYNC_MODES = {
    "all": "resync",
    "continued": "resync continued",
    "sku": "resync by ids",
    "productId": "resync by ids",
    "retries": "retry",
    "dead_letters": "retry",
    "refused": "retry",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncOptions:
    """What one run is asked to do. No feeds named: all. `no_reindex` works from the catalog as last compiled.

    `batch_items` and `connections`: other ones than the destination's settings say.
    """

    feeds: tuple[str, ...] = ()
    selection: Selection = field(default_factory=Selection)
    no_reindex: bool = False
    full: bool = False
    dry_run: bool = False
    destination: str | None = None
    batch_items: int | None = None
    connections: int | None = None
    trigger: str = "cli"
    requested_by: str = "command line"

    @property
    def mode(self) -> str:
        """The run's mode in one word."""
        if not self.selection.resync:
            return "changes"
        if self.selection.catalog_snapshot is not None:
            return "replay"
        return _RESYNC_MODES[self.selection.by]


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
        destinations = _open_destinations(shop, targets, stack, connections=options.connections)
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
            shop.writer.ensure_tables([*feeds, get_feed("products")])  # which every publication lists
            if not options.no_reindex:
                _refresh_catalog(shop, run, feeds, full=options.full)
            held = _plan(shop, run, feeds, destinations, options)
            if options.dry_run:
                _publish(shop)
                _finish(shop, run, RunStatus.SUCCESS)
            else:
                _deliver(shop, run, destinations, held)
        except SyncInterruptedError as error:
            error.run_id = run.run_id
            raise
        except ReadStoppedError as error:
            _finish(shop, run, RunStatus.CANCELLED, error=error)
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
                _deliver(shop, run, _open_destinations(shop, targets, stack), [])
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
    shop: Workshop,
    targets: Mapping[str, tuple[str, DestinationSettings]],
    stack: ExitStack,
    *,
    connections: int | None = None,
) -> dict[str, Served]:
    opened = {}
    for destination_id, (name, settings) in targets.items():
        day_use = DayUseInControlStore(shop.control, destination_id)
        budget = RateBudget(rate_limits(settings), day_use=day_use, should_stop=shop.should_stop)
        wanted = settings if connections is None else settings.model_copy(update={"connections": connections})
        destination = open_destination(name, wanted, budget)
        stack.callback(destination.close)
        opened[destination_id] = Served(
            destination=destination,
            settings=settings,
            budget=budget,
            connections=connections or settings.connections,
        )
    return opened


# -- read, index, snapshot ----------------------------------------------------------------------------------------


def _refresh_catalog(shop: Workshop, run: Run, feeds: Sequence[Feed], *, full: bool) -> None:
    """Read the store, compile the feeds and merge them into the lake; nothing comes of a read that fell short."""
    staging = shop.directory.staging(run.run_id)
    staging.mkdir(parents=True, exist_ok=True, mode=0o700)
    _step(shop, run, Step.READ)

    def read_progress(progress: ReadProgress) -> None:
        subject = f"{progress.entity} {progress.scope}".strip()
        shop.observer.advance(Step.READ, subject, progress.records, progress.total)
        shop.observer.at(Moment.PAGE_READ, subject)

    source = open_source(shop.settings.source)
    # the pages of the last complete read are kept: what the store says has changed is patched into them
    read = source.read if full else source.read_changes
    staged = read(shop.directory.mirror, progress=read_progress, should_stop=shop.should_stop)
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
    indexed = [item.feed for item in compiled]
    differs = shop.writer.set_aside_differs(set_aside, indexed)
    if changed or differs:
        shop.writer.write_merge(changed, set_aside if differs else None, run_id=run.run_id, indexed=indexed)
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
    shop: Workshop, run: Run, feeds: Sequence[Feed], destinations: Destinations, options: SyncOptions
) -> list[HeldExport]:
    """Plan every feed for every destination, write the outboxes, and record them in one step: from here on the run
    can be gone on with. Returns the feeds that a guard holds back."""
    _step(shop, run, Step.DIFF)
    with shop.control.read() as connection:
        details = get_run(connection, run.run_id).details
    planner = Planner(
        connection=shop.writer.connection,
        run_id=run.run_id,
        selection=options.selection,
        guard=shop.settings.guard,
        is_approved=lambda hold: _is_approved(shop, hold),
        outbox_dir=None if options.dry_run else shop.directory.outbox(run.run_id),
        now=utc_now(),
        batch_items=options.batch_items,
    )
    plans: list[FeedPlan] = []
    for served in destinations.values():
        for feed in feeds:
            with translated_errors("compared with what was exported"):
                plan = planner.plan(
                    feed,
                    served.destination,
                    is_offered=feed.name not in details.get("not_offered", ()),
                    set_aside=details.get("set_aside", {}).get(feed.name, 0),
                )
            plans.append(plan)
            if plan.outbox is not None:
                shop.observer.at(Moment.OUTBOX_WRITTEN, feed.name)
    held = [plan.hold for plan in plans if plan.hold is not None]
    boxes = [plan.outbox for plan in plans if plan.outbox is not None]
    remarks = _remarks(shop, run, destinations, plans)
    with shop.control.write() as connection:
        for plan in plans:
            save_feed_run(connection, plan.feed_run)
        save_outboxes(connection, [_record_of(box, run, shop.directory.root) for box in boxes])
        set_step(
            connection,
            run.run_id,
            Step.DIFF if options.dry_run else Step.EXPORT,
            details=details | remarks | {"held": [asdict(hold) for hold in held]},
        )
    shop.observer.at(Moment.PLANNED)
    return held


def _remarks(shop: Workshop, run: Run, destinations: Destinations, plans: Sequence[FeedPlan]) -> dict[str, object]:
    """What people should know of the plan: warnings, and the cost of a dry run."""
    with shop.control.read() as connection:
        past = past_sizes(connection, before_sequence=run.sequence)
    served = {item.destination.name: item.settings for item in destinations.values()}
    warnings = changed_since_last_export(shop.control, served)
    if run.mode != "replay":
        warnings += size_warnings([plan.feed_run for plan in plans], past, shop.settings.guard)
    volumes = [plan.volume.as_json() for plan in plans if plan.volume is not None]
    return {"warnings": [asdict(warning) for warning in warnings], "volumes": volumes}


def _record_of(box: Outbox, run: Run, root: Path) -> OutboxRecord:
    return OutboxRecord(
        run_id=run.run_id,
        destination=box.destination,
        feed=box.feed.name,
        path=str(box.path.relative_to(root)),
        sha256=box.sha256,
        items=box.items,
        batches=box.batches,
    )


def _is_approved(shop: Workshop, hold: HeldExport) -> bool:
    with shop.control.read() as connection:
        return get_setting(connection, hold.approval_key) == hold.fingerprint


# -- export, acknowledge, publish ---------------------------------------------------------------------------------


def _deliver(
    shop: Workshop,
    run: Run,
    destinations: Destinations,
    held: Sequence[HeldExport],
) -> None:
    """Send what has no receipt yet, fold the answers, publish, finish: the part that any kill can be resumed into."""
    _publish(shop)
    _step(shop, run, Step.EXPORT)
    courier = Courier(
        control=shop.control,
        data_dir=shop.directory.root,
        observer=shop.observer,
        should_stop=shop.should_stop,
        fold=lambda: _fold(shop, run),
    )
    errors = courier.deliver(run, destinations)
    shop.observer.at(Moment.DELIVERED)
    _step(shop, run, Step.ACKNOWLEDGE)
    _fold(shop, run)
    _step(shop, run, Step.PUBLISH, exported_snapshot=shop.writer.snapshot_id())
    _publish(shop)
    shop.observer.at(Moment.PUBLISHED)
    stopped = next((error for error in errors if isinstance(error, SyncInterruptedError)), None)
    if stopped is not None:
        raise stopped  # the run stays In Progress: the next start goes on with it
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
    """Success, unless more was rejected than the settings allow, or the destinations took nothing at all."""
    with shop.control.read() as connection:
        feed_runs = list_feed_runs(connection, run.run_id)
        receipts = list_receipts(connection, run.run_id)
    untaken = [receipt for receipt in receipts if receipt.outcome in ("retry", "unknown")]
    if untaken and not any(item.accepted or item.rejected for item in feed_runs):
        return RunStatus.FAILED, DestinationUnreachableError(
            f"The destination took none of {sum(item.sent for item in feed_runs):,} items: {untaken[-1].message}.",
            hint="They wait for the next run. `catalog-sync doctor` asks the destination now.",
        )
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
