"""Export, acknowledge, publish: from recorded outboxes to the end of the run."""

from __future__ import annotations

from collections.abc import Sequence

from syncengine.control.batches import list_folds, list_outboxes, list_receipts, open_fold
from syncengine.control.feed_runs import list_feed_runs
from syncengine.control.run_wishes import Wish
from syncengine.control.runs import Run, RunStatus, Step
from syncengine.control.schema import utc_now
from syncengine.errors import (
    CatalogSyncError,
    DestinationUnreachableError,
    RunCancelledError,
    SyncInterruptedError,
)
from syncengine.export.delivery import Courier, Destinations
from syncengine.export.guards import HeldExport
from syncengine.export.receipts import fold_inputs
from syncengine.export.steering import Steering
from syncengine.lake.publish import publish
from syncengine.pipeline.run_row import enter_step, fail, finish
from syncengine.pipeline.workshop import Workshop
from syncengine.progress import Moment


def deliver(
    shop: Workshop,
    run: Run,
    destinations: Destinations,
    held: Sequence[HeldExport],
    steering: Steering,
) -> None:
    """Send what has no receipt yet, fold the answers, publish, finish: the part that any kill can be resumed into."""
    publish_lake(shop)
    enter_step(shop, run, Step.EXPORT)
    courier = Courier(
        control=shop.control,
        data_dir=shop.directory.root,
        observer=shop.observer,
        steering=steering,
        fold=lambda: _fold(shop, run),
    )
    errors = courier.deliver(run, destinations)
    shop.observer.at(Moment.DELIVERED)
    enter_step(shop, run, Step.ACKNOWLEDGE)
    _fold(shop, run)
    enter_step(shop, run, Step.PUBLISH, exported_snapshot=shop.writer.snapshot_id())
    publish_lake(shop)
    shop.observer.at(Moment.PUBLISHED)
    stopped = next((error for error in errors if isinstance(error, SyncInterruptedError)), None)
    if stopped is not None:
        raise stopped  # the run stays In Progress: the next start goes on with it
    cancelled = cancelled_by(steering) if _is_left_waiting(shop, run) else None
    if errors:
        fail(shop, run, errors[0])
    elif cancelled is not None:
        finish(shop, run, RunStatus.CANCELLED, error=cancelled)
    elif held:
        finish(
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
        finish(shop, run, *_verdict(shop, run))


def cancelled_by(steering: Steering) -> RunCancelledError | None:
    """The error of a run that somebody cancelled, None when nobody did."""
    wish = steering.wish()
    if wish is None or wish.wish is not Wish.cancel:
        return None
    return RunCancelledError(
        f"Cancelled by {wish.by}.", hint="What was acknowledged is kept; the rest waits for the next run to plan anew."
    )


def _is_left_waiting(shop: Workshop, run: Run) -> bool:
    with shop.control.read() as connection:
        return any(item.status == "waiting" for item in list_feed_runs(connection, run.run_id))


def publish_lake(shop: Workshop) -> None:
    """Let readers see the lake as it is now."""
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
