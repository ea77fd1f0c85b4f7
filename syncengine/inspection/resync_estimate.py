"""What a resync would cost, told at once: from the counts of the published copy and from what earlier runs sent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from syncengine.control.feed_volumes import LargestSending, largest_sendings
from syncengine.control.runs import get_run
from syncengine.feeds.registry import get_feeds
from syncengine.inspection.states import count_feed
from syncengine.inspection.view import CatalogView


@dataclass(frozen=True, slots=True, kw_only=True)
class ResyncEstimate:
    """What a resync of whole feeds would send, over all destinations.

    `batches` None: nothing was sent yet by which to measure. `seconds`: what the run took in which most was sent, and
    `seconds_items` how much that was; None before the first.
    """

    items: int
    batches: int | None
    seconds: float | None
    seconds_items: int | None


def estimate_resync(view: CatalogView, feeds: Sequence[str] = (), *, only_differing: bool = False) -> ResyncEstimate:
    """What sending these feeds would be; all when none are named. Counts of a publication are worked out once.

    `only_differing`: just what a sync would send now, by the catalog as last compiled.
    Raises: LakeUnavailableError, ControlError, UnknownFeedError.
    """
    reader = view.reader_or_none()
    with view.read_control() as connection:
        largest = [] if connection is None else largest_sendings(connection)
        run = None
        if connection is not None and largest:
            run = get_run(connection, _most_in_one_run(largest))
    measured = {(item.feed, item.destination): item for item in largest}
    total, batches, is_measured = 0, 0, True
    for destination in view.destinations:
        for feed in get_feeds(tuple(feeds)):
            counts = count_feed(view, reader, feed, destination)
            items = counts.waiting if only_differing else counts.catalog
            if not items:
                continue
            total += items
            past = measured.get((feed.name, destination))
            if past is None or not past.sent:
                is_measured = False
            else:
                batches += math.ceil(items * past.requests / past.sent)
    seconds = None if run is None or run.finished_at is None else (run.finished_at - run.started_at).total_seconds()
    return ResyncEstimate(
        items=total,
        batches=batches if is_measured else None,
        seconds=seconds,
        seconds_items=None if run is None else sum(item.sent for item in largest if item.run_id == run.run_id),
    )


def _most_in_one_run(largest: Sequence[LargestSending]) -> str:
    sums: dict[str, int] = {}
    for item in largest:
        sums[item.run_id] = sums.get(item.run_id, 0) + item.sent
    return max(sums, key=lambda run_id: sums[run_id])
