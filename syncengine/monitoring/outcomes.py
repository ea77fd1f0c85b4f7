"""What became of a feed's items by operation, asked of the lake by the process that writes it."""

from __future__ import annotations

from pathlib import Path

from syncengine.control.feed_runs import FeedRun
from syncengine.feeds.registry import get_feed
from syncengine.lake.tables import table_name
from syncengine.lake.writer import LakeWriter
from syncengine.monitoring.measures import Item

_SQL = Path(__file__).with_name("outcomes.sql").read_text("utf-8")


def outcomes_in_lake(writer: LakeWriter, feed_run: FeedRun) -> dict[Item, int]:
    """Items of one feed of one run, by operation and result; those nobody answered for yet are not among them."""
    statement = _SQL.format(history=table_name("history", get_feed(feed_run.feed)))
    found = writer.query(statement, {"run_id": feed_run.run_id, "destination": feed_run.destination})
    return {(feed_run.feed, operation, result): count for operation, result, count in found.rows()}
