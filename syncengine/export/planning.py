"""Planning one feed for one destination: the counts, the guard's word, and the outbox that would be sent.

A dry run tells the cost of what would be sent instead of writing it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from syncengine.changes.plan import ExportPlan, Selection, plan_export
from syncengine.control.feed_runs import FeedRun
from syncengine.export.destinations.base import Destination, Limits
from syncengine.export.estimate import Volume, plan_volume
from syncengine.export.guards import HeldExport, Verdict, mass_delete, verdict_warning, withhold_deletes
from syncengine.export.outbox import Outbox, write_outbox
from syncengine.export.warnings import ExportWarning
from syncengine.feeds.feed import Feed
from syncengine.settings import GuardSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPlan:
    """What is to happen with one feed: its counts, and a hold, an outbox or (dry run) its cost, or nothing to send.

    `warning`: what is to be told of deletes that a guard stopped at and somebody decided on.
    """

    feed_run: FeedRun
    hold: HeldExport | None = None
    outbox: Outbox | None = None
    volume: Volume | None = None
    warning: ExportWarning | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """What planning needs besides the feed. `outbox_dir` None: count only, write nothing (a dry run).

    `batch_items`: smaller batches than the destination takes.
    """

    connection: duckdb.DuckDBPyConnection
    run_id: str
    selection: Selection
    guard: GuardSettings
    verdict: Callable[[HeldExport], Verdict]
    outbox_dir: Path | None
    now: datetime
    batch_items: int | None = None

    def plan(self, feed: Feed, destination: Destination, *, is_offered: bool, set_aside: int) -> FeedPlan:
        """Plan `feed` for `destination`; `is_offered` says whether the store has the feed at all."""
        base = FeedRun(run_id=self.run_id, feed=feed.name, destination=destination.destination_id, set_aside=set_aside)
        if not is_offered or not destination.offers(feed):
            return FeedPlan(feed_run=replace(base, status="not_offered"))
        plan = plan_export(self.connection, feed, destination.destination_id, now=self.now, selection=self.selection)
        hold = mass_delete(self.connection, plan, self.guard)
        verdict = Verdict.approved if hold is None else self.verdict(hold)
        if hold is not None and verdict is Verdict.unasked:
            return FeedPlan(feed_run=_held(base, plan), hold=hold)
        if verdict is Verdict.refused:
            plan = withhold_deletes(self.connection, plan)
        planned = FeedPlan(
            feed_run=_counted(base, plan), warning=None if hold is None else verdict_warning(hold, verdict)
        )
        return replace(planned, **self._parcel(plan, feed, destination)) if plan.sent else planned

    def _parcel(self, plan: ExportPlan, feed: Feed, destination: Destination) -> dict[str, Any]:
        """The outbox of what is to be sent, or in a dry run its cost."""
        limits = self._limits(destination, feed)
        if self.outbox_dir is None:
            return {"volume": plan_volume(self.connection, plan, limits, destination)}
        outbox = write_outbox(
            self.connection,
            plan,
            path=self.outbox_dir / plan.destination / f"{feed.name}.parquet",
            run_id=self.run_id,
            limits=limits,
            at=self.now,
        )
        return {"outbox": outbox}

    def _limits(self, destination: Destination, feed: Feed) -> Limits:
        limits = destination.limits(feed)
        if self.batch_items is None:
            return limits
        return replace(limits, max_items=min(limits.max_items, self.batch_items))


def _counted(base: FeedRun, plan: ExportPlan) -> FeedRun:
    return replace(
        base,
        catalog=plan.catalog,
        unchanged=plan.unchanged,
        added=plan.added,
        changed=plan.changed,
        skipped=plan.skipped,
        removed=plan.removed,
        resent=plan.resent,
        sent=plan.sent,
        waiting=plan.sent,
    )


def _held(base: FeedRun, plan: ExportPlan) -> FeedRun:
    """A held feed sends nothing: what it would have added or changed counts as skipped."""
    return replace(
        base,
        status="held",
        catalog=plan.catalog,
        unchanged=plan.unchanged,
        skipped=plan.skipped + plan.added + plan.changed,
    )
