"""The feeds that a staged catalog compiles to, as text that can be compared."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from syncengine.catalog import StagedCatalog, create_record_views
from syncengine.feeds.compile import compile_feeds
from syncengine.feeds.registry import FEEDS

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
Feeds = dict[str, list[tuple[str, ...]]]


def compiled(staged: StagedCatalog, out: Path) -> Feeds:
    """Every item of every feed that is offered, ordered."""
    with duckdb.connect() as con:
        create_record_views(con, staged)
        feeds = compile_feeds(con, tuple(FEEDS.values()), out=out, now=NOW)
        return {
            one.feed.name: con.execute(f"SELECT COLUMNS(*)::VARCHAR FROM '{one.path}' ORDER BY ALL").fetchall()
            for one in feeds
            if one.offered
        }
