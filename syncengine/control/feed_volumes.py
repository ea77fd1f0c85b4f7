"""How much each feed sent in its largest run: what a resync of it is measured by."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, select

from syncengine.control.feed_runs import FEED_RUNS
from syncengine.control.runs import RUNS


@dataclass(frozen=True, slots=True, kw_only=True)
class LargestSending:
    """The run in which a feed sent most to a destination; of several, the newest."""

    run_id: str
    feed: str
    destination: str
    sent: int
    requests: int


def largest_sendings(connection: Connection) -> list[LargestSending]:
    """One per feed and destination that ever sent anything; dry runs sent nothing."""
    sent = FEED_RUNS.c.sent
    most = (
        select(FEED_RUNS.c.feed, FEED_RUNS.c.destination, func.max(sent).label("sent"))
        .where(FEED_RUNS.c.requests > 0)
        .group_by(FEED_RUNS.c.feed, FEED_RUNS.c.destination)
        .subquery()
    )
    query = (
        select(FEED_RUNS.c.run_id, FEED_RUNS.c.feed, FEED_RUNS.c.destination, sent, FEED_RUNS.c.requests)
        .join(
            most,
            and_(
                FEED_RUNS.c.feed == most.c.feed,
                FEED_RUNS.c.destination == most.c.destination,
                sent == most.c.sent,
                FEED_RUNS.c.requests > 0,
            ),
        )
        .join(RUNS, RUNS.c.run_id == FEED_RUNS.c.run_id)
        .order_by(RUNS.c.sequence)
    )
    found = {(row["feed"], row["destination"]): row for row in connection.execute(query).mappings()}
    return [LargestSending(**row) for row in found.values()]


def planned_since(connection: Connection, sequence: int) -> set[tuple[str, str]]:
    """Feed and destination of what runs after the one of that sequence number have planned anew, dry ones aside."""
    query = (
        select(FEED_RUNS.c.feed, FEED_RUNS.c.destination)
        .distinct()
        .join(RUNS, RUNS.c.run_id == FEED_RUNS.c.run_id)
        .where(RUNS.c.sequence > sequence, RUNS.c.dry_run.is_(False))
    )
    return {(row.feed, row.destination) for row in connection.execute(query)}
