"""Why an item stands as it stands: one code of a closed list for every state an item can be in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from sqlalchemy import Connection

from syncengine.control.batches import list_outboxes
from syncengine.control.engine import engine_state
from syncengine.control.feed_runs import FeedRun, list_feed_runs
from syncengine.control.runs import Run, RunStatus, Step, list_runs
from syncengine.control.settings import get_setting
from syncengine.export.guards import approval_key, share_in_percent
from syncengine.feeds.registry import FEEDS
from syncengine.inspection.last_sync import engine_status
from syncengine.inspection.view import CatalogView

_RECENT = 200
_SENDING = frozenset({Step.EXPORT, Step.ACKNOWLEDGE})


class Reason(StrEnum):
    """The closed list of reasons; the words are stable, other programs read them."""

    IN_SYNC = "in_sync"
    CHANGED_WAITING = "changed_waiting"
    IN_FLIGHT = "in_flight"
    REJECTED = "rejected"
    RETRY_SCHEDULED = "retry_scheduled"
    NOT_IN_CATALOG = "not_in_catalog"
    REMOVED = "removed"
    DISABLED = "disabled"
    NOT_IN_WEBSITE = "not_in_website"
    FILTERED = "filtered"
    NO_ENABLED_VARIANT = "no_enabled_variant"
    DEPENDENCY_MISSING = "dependency_missing"
    DELETE_GUARD = "delete_guard"
    FEED_OFF = "feed_off"


# what a coming sync puts right by itself
PASSING = frozenset({Reason.CHANGED_WAITING, Reason.IN_FLIGHT, Reason.RETRY_SCHEDULED})
_OF_STATE: Mapping[str, Reason] = {
    "in_sync": Reason.IN_SYNC,
    "removed": Reason.REMOVED,
    "rejected": Reason.REJECTED,
    "dead_letter": Reason.REJECTED,
    "retry": Reason.RETRY_SCHEDULED,
    "unknown": Reason.IN_FLIGHT,
    "waiting": Reason.CHANGED_WAITING,
    "not_exported": Reason.CHANGED_WAITING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFacts:
    """What holds for all items of a feed at a destination now.

    `is_off`: it is switched off (`is_switched_off`: by the settings), the store does not offer it, or the destination
    does not take it. `held`: the sentence of the guard
    that held its last export back, and the run. `sending_run`: the run that is sending the feed at this moment.
    """

    is_off: bool = False
    is_switched_off: bool = False
    held: str | None = None
    held_run: str | None = None
    sending_run: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncFacts:
    """What reasons need to know of the runs: facts per (feed, destination), and when the next sync is due, as text."""

    feeds: Mapping[tuple[str, str], FeedFacts] = field(default_factory=dict)
    next_sync: str = "with the next sync"

    def of(self, feed: str, destination: str) -> FeedFacts:
        """The facts of one feed at one destination."""
        return self.feeds.get((feed, destination), FeedFacts())


def reason_of_state(state: str, facts: FeedFacts) -> Reason:
    """The one reason for an item in `state`; a total function over inspection.states.STATES.

    What was decided about the item itself (refused, removed, equal) comes before what holds for the whole feed, and
    that before what merely waits.
    """
    reason = _OF_STATE[state]
    if reason in (Reason.IN_SYNC, Reason.REMOVED, Reason.REJECTED):
        return reason
    if facts.is_off:
        return Reason.FEED_OFF
    if facts.held is not None:
        return Reason.DELETE_GUARD
    if facts.sending_run is not None:
        return Reason.IN_FLIGHT
    return reason


def sync_facts(view: CatalogView) -> SyncFacts:
    """What the control store says of every feed at every destination now."""
    with view.read_control() as connection:
        if connection is None:
            return SyncFacts()
        runs = [run for run in list_runs(connection, limit=_RECENT) if not run.dry_run]
        engine = engine_state(connection)
        status = engine_status(engine)
        found = _feed_facts(connection, runs, is_running=status.running)
        for name in view.settings.feeds.off:
            for destination in view.destinations:
                known = found.get((name, destination), FeedFacts())
                found[name, destination] = replace(known, is_off=True, is_switched_off=True)
        if engine is None or not status.running or engine.next_sync_at is None:
            return SyncFacts(feeds=found)
        return SyncFacts(feeds=found, next_sync=f"at {engine.next_sync_at:%Y-%m-%d %H:%M} UTC")


def latest_feed_runs(connection: Connection, syncs: list[Run]) -> dict[tuple[str, str], FeedRun]:
    """The newest feed run of every feed and destination; `syncs` are newest first."""
    latest: dict[tuple[str, str], FeedRun] = {}
    wanted = set(FEEDS)
    for run in syncs:
        if not wanted & set(run.feeds):
            continue
        for item in list_feed_runs(connection, run.run_id):
            latest.setdefault((item.feed, item.destination), item)
            wanted.discard(item.feed)
        if not wanted:
            break
    return latest


def _feed_facts(connection: Connection, runs: list[Run], *, is_running: bool) -> dict[tuple[str, str], FeedFacts]:
    latest = latest_feed_runs(connection, runs)
    by_id = {run.run_id: run for run in runs}
    sending: dict[tuple[str, str], str] = {}
    for run in runs:
        if is_running and run.status is RunStatus.IN_PROGRESS and run.step in _SENDING:
            sending |= {(box.feed, box.destination): run.run_id for box in list_outboxes(connection, run.run_id)}
    found = {}
    for key, item in latest.items():
        held = None if item.status != "held" else _held_sentence(connection, by_id[item.run_id], *key)
        found[key] = FeedFacts(
            is_off=item.status == "not_offered",
            held=held,
            held_run=None if held is None else item.run_id,
            sending_run=sending.get(key),
        )
    return found


def _held_sentence(connection: Connection, run: Run, feed: str, destination: str) -> str | None:
    """Why the guard holds the feed; None once somebody approved it."""
    for hold in run.details.get("held", ()):
        if (hold["feed"], hold["destination"]) == (feed, destination):
            if get_setting(connection, approval_key(destination, feed)) == hold["fingerprint"]:
                return None
            share = share_in_percent(hold["removed"], max(1, hold["exported"]))
            return f"{hold['removed']:,} of {hold['exported']:,} items ({share} %) would be removed in one run"
    return None
