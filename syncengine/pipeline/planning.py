"""Diff: every feed planned for every destination, the outboxes written and recorded in one step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from syncengine.control.audit import add_audit
from syncengine.control.batches import OutboxRecord, save_outboxes
from syncengine.control.feed_runs import save_feed_run
from syncengine.control.feed_sizes import past_sizes
from syncengine.control.runs import Run, Step, get_run, set_step
from syncengine.control.schema import utc_now
from syncengine.control.settings import get_setting
from syncengine.export.acquaintance import changed_since_last_export
from syncengine.export.delivery import Destinations
from syncengine.export.guards import HeldExport, Verdict, refusal_key, size_warnings
from syncengine.export.order import feeds_told, order_warnings
from syncengine.export.outbox import Outbox
from syncengine.export.planning import FeedPlan, Planner
from syncengine.export.warnings import ExportWarning
from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import FEEDS
from syncengine.lake.writer import translated_errors
from syncengine.pipeline.options import SyncOptions
from syncengine.pipeline.run_row import enter_step
from syncengine.pipeline.workshop import Workshop
from syncengine.progress import Moment


def plan_exports(
    shop: Workshop,
    run: Run,
    feeds: Sequence[Feed],
    destinations: Destinations,
    options: SyncOptions,
    *,
    end_at: datetime | None = None,
) -> list[HeldExport]:
    """Plan every feed for every destination, write the outboxes, and record them in one step: from here on the run
    can be gone on with. Returns the feeds that a guard holds back."""
    enter_step(shop, run, Step.DIFF)
    with shop.control.read() as connection:
        details = get_run(connection, run.run_id).details
    planner = Planner(
        connection=shop.writer.connection,
        run_id=run.run_id,
        selection=options.selection,
        guard=shop.settings.guard,
        verdict=lambda hold: Verdict.forced if options.force else _verdict(shop, hold),
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
    remarks = _remarks(shop, run, destinations, plans, is_forced=options.force)
    with shop.control.write() as connection:
        for plan in plans:
            save_feed_run(connection, plan.feed_run)
        for plan in plans:
            if plan.warning is not None and plan.warning.kind == "forced":
                details = asdict(plan.warning)
                add_audit(
                    connection, actor=run.requested_by, action="force deletes", subject=run.run_id, details=details
                )
        save_outboxes(connection, [_record_of(box, run, shop.directory.root) for box in boxes])
        set_step(
            connection,
            run.run_id,
            Step.DIFF if options.dry_run else Step.EXPORT,
            details=details | remarks | {"held": [asdict(hold) for hold in held]} | _window(end_at),
        )
    shop.observer.at(Moment.PLANNED)
    return held


def _advice(shop: Workshop, run: Run, destinations: Destinations, plans: Sequence[FeedPlan]) -> Iterator[ExportWarning]:
    """What the documented orders advise, for the feeds that the run sends something of."""
    not_offered = set(run.details.get("not_offered", ()))
    for key, served in destinations.items():
        sent = [plan.feed_run.feed for plan in plans if plan.feed_run.destination == key and plan.feed_run.sent]
        with shop.control.read() as connection:
            told = feeds_told(connection, key)
        yield from order_warnings(served.destination, sent, told, FEEDS.keys() - not_offered)


def _window(end_at: datetime | None) -> dict[str, str]:
    return {} if end_at is None else {"end_at": end_at.isoformat()}


def _remarks(
    shop: Workshop, run: Run, destinations: Destinations, plans: Sequence[FeedPlan], *, is_forced: bool
) -> dict[str, object]:
    """What people should know of the plan: warnings, and the cost of a dry run."""
    with shop.control.read() as connection:
        past = past_sizes(connection, before_sequence=run.sequence)
    served = {item.destination.name: item.settings for item in destinations.values()}
    warnings = changed_since_last_export(shop.control, served)
    if run.mode != "replay":
        warnings += size_warnings([plan.feed_run for plan in plans], past, shop.settings.guard)
    if not is_forced:
        warnings += _advice(shop, run, destinations, plans)
    warnings += [plan.warning for plan in plans if plan.warning is not None]
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


def _verdict(shop: Workshop, hold: HeldExport) -> Verdict:
    """What was said of just this set of deletes."""
    with shop.control.read() as connection:
        if get_setting(connection, hold.approval_key) == hold.fingerprint:
            return Verdict.approved
        if get_setting(connection, refusal_key(hold.destination, hold.feed)) == hold.fingerprint:
            return Verdict.refused
    return Verdict.unasked
