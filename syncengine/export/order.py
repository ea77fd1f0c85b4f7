"""Advice on the order of feeds: what a destination should have been told before it is told of others."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, select

from syncengine.control.feed_runs import FEED_RUNS
from syncengine.export.destinations.base import Destination
from syncengine.export.warnings import ExportWarning
from syncengine.feeds.registry import PRESETS, get_feed


def feeds_told(connection: Connection, destination_id: str) -> frozenset[str]:
    """The feeds of which the destination has ever taken something."""
    query = (
        select(FEED_RUNS.c.feed)
        .where(FEED_RUNS.c.destination == destination_id, FEED_RUNS.c.accepted + FEED_RUNS.c.unchanged > 0)
        .distinct()
    )
    return frozenset(connection.execute(query).scalars())


def order_warnings(
    destination: Destination, feeds: Sequence[str], told: Collection[str], offered: Collection[str]
) -> list[ExportWarning]:
    """A warning for each documented order that a run of `feeds` begins in its middle.

    `told`: the feeds that the destination knows already; `offered`: those that the store has.
    """
    found: list[ExportWarning] = []
    named: set[str] = set()
    for preset, order in PRESETS.items():
        last = max((order.index(feed) for feed in feeds if feed in order), default=-1)
        if last < 0 or order[last] in told:
            continue  # advice is for a first run
        known = {*feeds, *named, *told}
        missing = [
            feed
            for feed in order[:last]
            if feed not in known and feed in offered and destination.offers(get_feed(feed))
        ]
        if missing:
            named.update(missing)
            found.append(_warning(destination, preset, order[last], missing))
    return found


def _warning(destination: Destination, preset: str, feed: str, missing: Sequence[str]) -> ExportWarning:
    options = " ".join(f"--feed {name}" for name in missing)
    return ExportWarning(
        kind="feed_order",
        destination=destination.destination_id,
        feed=feed,
        sentence=f"`{destination.name}` is told of `{feed}` before it ever was of {', '.join(missing)}, which the "
        f"documented order ({preset}) puts first.",
        hint=f"`catalog-sync saas:resync {options}` sends what is missing.",
    )
