"""Which feeds have items whose next attempt is due."""

from __future__ import annotations

from datetime import datetime

from syncengine.feeds.registry import FEEDS
from syncengine.lake.tables import table_name
from syncengine.lake.writer import LAKE
from syncengine.pipeline import Workshop

_TABLES = "SELECT table_name FROM duckdb_tables() WHERE database_name = $lake AND schema_name = 'delivery'"


def feeds_with_due_retries(shop: Workshop, now: datetime) -> tuple[str, ...]:
    """The feeds with items that a destination of now could not take and that may be tried again at `now`."""
    there = set(shop.writer.query(_TABLES, {"lake": LAKE})["table_name"])
    destinations = [value.destination_id for value in shop.settings.all_destinations().values()]
    found = []
    for feed in FEEDS.values():
        if feed.name in there:
            due = shop.writer.query(
                f"""SELECT count(*) AS items FROM {table_name("delivery", feed)}
                    WHERE state IN ('retry', 'unknown') AND next_attempt_at <= $now
                      AND list_contains($destinations, destination)""",
                {"now": now.replace(tzinfo=None), "destinations": destinations},
            )["items"][0]
            if due:
                found.append(feed.name)
    return tuple(found)
