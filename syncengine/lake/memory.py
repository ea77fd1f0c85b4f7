"""What the lake remembers of runs: their lines of history, and the commits that carry their id."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from syncengine.feeds.feed import Feed
from syncengine.lake.names import METADATA, sql_text
from syncengine.lake.tables import table_name
from syncengine.lake.writer import LakeWriter


def remembered_runs(writer: LakeWriter, feeds: Iterable[Feed]) -> pl.DataFrame:
    """One row per run of which the lake has lines of history, oldest first (columns in sql/remembered_runs.sql)."""
    lines = " UNION ALL ".join(
        f"""SELECT run_id, run_sequence, '{feed.name}' AS feed, "at", outcome,
                   {"sku" if feed.name == "products" else "NULL"} AS sku FROM {table_name("history", feed)}"""
        for feed in feeds
    )
    return writer.query(sql_text("remembered_runs.sql").format(lines=lines, metadata=METADATA))
