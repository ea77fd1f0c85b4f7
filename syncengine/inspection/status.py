"""Where things stand: the last sync by the documented rule, the counts of every feed, the engine, the last run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from syncengine.control.engine import engine_state
from syncengine.control.feed_runs import FeedRun, list_feed_runs
from syncengine.control.runs import FINISHED, Run, list_runs
from syncengine.control.schedule_pause import SchedulePause, get_pause
from syncengine.errors import LakeUnavailableError
from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import FEEDS
from syncengine.inspection.last_sync import EngineStatus, LastSync, engine_status, find_last_sync
from syncengine.inspection.reasons import latest_feed_runs
from syncengine.inspection.runs import feed_status_word
from syncengine.inspection.scopes import Scope, synced_in_scope
from syncengine.inspection.states import FeedCounts, count_feed
from syncengine.inspection.times import iso
from syncengine.inspection.view import CatalogView, rows, sql_text
from syncengine.lake.reader import LakeReader

_RECENT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStatus:
    """One feed at one destination, counted in items.

    `source_records`: live items of the catalog. `sent_records`: what the destination has acknowledged and not removed.
    `failed_records`: refused or given up, as they are now. `status`: that of its last run, None before the first.
    """

    feed: str
    destination: str
    destination_name: str
    status: str | None
    source_records: int
    sent_records: int
    failed_records: int
    waiting_records: int
    last_exported_at: datetime | None
    unchanged: int | None
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Equation:
    """A run's counts over all its feeds and destinations, in feed items.

    catalog = unchanged + added + changed + skipped; sent = added + changed + removed + resent
    = accepted + rejected + waiting.
    """

    run_id: str
    catalog: int
    unchanged: int
    added: int
    changed: int
    skipped: int
    removed: int
    resent: int
    sent: int
    accepted: int
    rejected: int
    waiting: int
    set_aside: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsAttention:
    """Feed items over all destinations that stay as they are until someone acts, or that wait.

    `rejected`: refused or given up; `retrying`: not accepted yet, tried again by itself; `waiting`: everything a coming
    sync sends (the retrying ones among them); `set_aside`: records that could not be compiled.
    """

    rejected: int = 0
    retrying: int = 0
    waiting: int = 0
    set_aside: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncStatus:
    """All that the Status page shows. `products_synced` counts distinct SKUs of the default destination.

    `delta_to_previous`: against the state after the run before the last one; None where that is not known.
    `equation`: of the last run that planned anything.
    """

    last_sync: LastSync | None
    products_synced: int
    delta_to_previous: int | None
    engine: EngineStatus
    next_sync_at: datetime | None
    feeds: tuple[FeedStatus, ...]
    equation: Equation | None
    recent_runs: tuple[Run, ...]
    needs_attention: NeedsAttention
    schedule_pause: SchedulePause | None = None

    def as_json(self) -> dict[str, Any]:
        """The shape of `status --json`."""
        last = self.last_sync
        return {
            "last_sync": None
            if last is None
            else {
                "status": last.status,
                "at": iso(last.at),
                "products_updated": last.products_updated,
                "run_id": last.run_id,
                "reason": last.reason,
            },
            "products_synced": self.products_synced,
            "next_sync_at": iso(self.next_sync_at),
            "schedule_pause": None
            if self.schedule_pause is None
            else {
                "reason": self.schedule_pause.reason,
                "by": self.schedule_pause.by,
                "at": iso(self.schedule_pause.at),
            },
            "engine": {
                "running": self.engine.running,
                "pid": self.engine.pid,
                "heartbeat_at": iso(self.engine.heartbeat_at),
                "ended": self.engine.ended or None,
            },
            "feeds": [
                {
                    "feed": feed.feed,
                    "destination": feed.destination,
                    "status": feed.status,
                    "source_records": feed.source_records,
                    "sent_records": feed.sent_records,
                    "failed_records": feed.failed_records,
                    "last_exported_at": iso(feed.last_exported_at),
                    "waiting_records": feed.waiting_records,
                }
                for feed in self.feeds
            ],
            "needs_attention": {
                name: getattr(self.needs_attention, name) for name in ("rejected", "retrying", "waiting", "set_aside")
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """One feed at one destination, as `feeds` lists them; counted in items.

    `offered`: whether the store could give it when it was last read; None before that.
    """

    feed: str
    destination: str
    identity: tuple[str, ...]
    order: int
    offered: bool | None
    catalog: int
    exported: int
    waiting: int
    rejected: int

    def as_json(self) -> dict[str, Any]:
        """One entry of `feeds --json`."""
        return {name: getattr(self, name) for name in self.__slots__} | {"identity": list(self.identity)}


def sync_status(view: CatalogView, scope: Scope | None = None) -> SyncStatus:
    """Where things stand now; before the first sync: zeros and None.

    `scope`: products, feeds' records and what needs attention are counted in it; what is told of runs is of all scopes.

    Raises: LakeUnavailableError (retriable), ControlError.      Source: inspection/sql/feed_counts.sql
    """
    reader = view.reader_or_none()
    with view.read_control() as connection:
        runs = [] if connection is None else list_runs(connection, limit=_RECENT)
        state = None if connection is None else engine_state(connection)
        pause = None if connection is None else get_pause(connection)
        syncs = [run for run in runs if not run.dry_run]
        latest = {} if connection is None else latest_feed_runs(connection, syncs)
        planned = _planned_run(connection, syncs)
    engine = engine_status(state)
    feeds, attention = _feed_statuses(view, reader, latest, scope)
    return SyncStatus(
        last_sync=find_last_sync(syncs, engine, latest),
        products_synced=_products_synced(view, reader, scope),
        delta_to_previous=_delta(view, reader, syncs, scope),
        engine=engine,
        next_sync_at=state.next_sync_at if state is not None and engine.running else None,
        feeds=feeds,
        equation=planned,
        recent_runs=tuple(runs[:5]),
        needs_attention=attention,
        schedule_pause=pause,
    )


def feed_table(view: CatalogView) -> tuple[FeedRow, ...]:
    """Every feed of the registry at every configured destination, in registry order."""
    reader = view.reader_or_none()
    with view.read_control() as connection:
        runs = [] if connection is None else list_runs(connection, limit=_RECENT)
    offered = _offered(runs)
    found = []
    for destination in view.destinations:
        for feed in FEEDS.values():
            counts = count_feed(view, reader, feed, destination)
            found.append(
                FeedRow(
                    feed=feed.name,
                    destination=destination,
                    identity=feed.identity,
                    order=feed.order,
                    offered=offered.get(feed.name),
                    catalog=counts.catalog,
                    exported=counts.exported,
                    waiting=counts.waiting,
                    rejected=counts.rejected,
                )
            )
    return tuple(found)


# -- runs and engine ----------------------------------------------------------------------------------------------


def _planned_run(connection: Connection | None, syncs: list[Run]) -> Equation | None:
    """The equation of the newest run that got as far as a plan."""
    if connection is None:
        return None
    for run in syncs:
        if feed_runs := list_feed_runs(connection, run.run_id):
            return equation_of(run.run_id, feed_runs)
    return None


def equation_of(run_id: str, feed_runs: list[FeedRun]) -> Equation:
    """The counts of feed runs, added up."""
    names = [name for name in Equation.__slots__ if name != "run_id"]
    return Equation(run_id=run_id, **{name: sum(getattr(item, name) for item in feed_runs) for name in names})


def _offered(runs: list[Run]) -> dict[str, bool]:
    """Whether the store offered each feed when a run last asked for it."""
    offered: dict[str, bool] = {}
    for run in runs:
        if "not_offered" in run.details:
            for name in run.feeds:
                offered.setdefault(name, name not in run.details["not_offered"])
    return offered


# -- counts -------------------------------------------------------------------------------------------------------


def _feed_statuses(
    view: CatalogView, reader: LakeReader | None, latest: dict[tuple[str, str], FeedRun], scope: Scope | None
) -> tuple[tuple[FeedStatus, ...], NeedsAttention]:
    found: list[FeedStatus] = []
    all_counts: list[FeedCounts] = []
    for destination, name in view.destinations.items():
        for feed in FEEDS.values():
            counts = count_feed(view, reader, feed, destination, scope)
            all_counts.append(counts)
            found.append(_feed_status(feed, destination, name, counts, latest.get((feed.name, destination))))
    attention = NeedsAttention(
        rejected=sum(counts.rejected for counts in all_counts),
        retrying=sum(counts.by_state.get(state, 0) for counts in all_counts for state in ("retry", "unknown")),
        waiting=sum(counts.waiting for counts in all_counts),
        set_aside=_set_aside_count(view, reader, scope),
    )
    return tuple(found), attention


def _feed_status(feed: Feed, destination: str, name: str, counts: FeedCounts, last: FeedRun | None) -> FeedStatus:
    return FeedStatus(
        feed=feed.name,
        destination=destination,
        destination_name=name,
        status=None if last is None else feed_status_word(last.status),
        source_records=counts.catalog,
        sent_records=counts.exported,
        failed_records=counts.rejected,
        waiting_records=counts.waiting,
        last_exported_at=counts.last_exported_at,
        unchanged=None if last is None else last.unchanged,
        seconds=None if last is None else last.seconds,
    )


def _set_aside_count(view: CatalogView, reader: LakeReader | None, scope: Scope | None) -> int:
    if reader is None:
        return 0
    by_scope = view.remembered(reader, "set aside", lambda: rows(reader, sql_text("set_aside_by_scope.sql")).rows())
    if scope is None:
        return sum(records for _, records in by_scope)
    within = {None, scope.website, *scope.store_views}
    return sum(records for name, records in by_scope if name in within)


def _products_synced(view: CatalogView, reader: LakeReader | None, scope: Scope | None) -> int:
    if scope is not None:
        return synced_in_scope(view, scope)
    if reader is None:
        return 0
    parameters = {"destination": view.default_destination}
    return view.remembered(
        reader,
        ("products synced", view.default_destination),
        lambda: int(rows(reader, sql_text("products_synced.sql"), parameters)["products"][0]),
    )


def _delta(view: CatalogView, reader: LakeReader | None, syncs: list[Run], scope: Scope | None) -> int | None:
    """How many products more are synced than after the run before the last one."""
    ended = [run for run in syncs if run.status in FINISHED and run.exported_snapshot is not None]
    if reader is None or len(ended) < 2:
        return None
    snapshot = ended[1].exported_snapshot
    statement = sql_text("products_synced_then.sql").format(snapshot=int(snapshot or 0))
    store_views = None if scope is None else list(scope.store_views)
    parameters = {"destination": view.default_destination, "store_views": store_views}

    def then() -> int | None:
        try:
            return int(rows(reader, statement, parameters)["products"][0])
        except LakeUnavailableError:
            # that snapshot has expired: there is nothing to compare with
            return None

    question = ("products synced", view.default_destination, snapshot, scope)
    before = view.remembered(reader, question, then)
    return None if before is None else _products_synced(view, reader, scope) - before
