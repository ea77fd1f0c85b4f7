"""The states an item can be in at a destination, and how they are counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from syncengine.feeds.feed import Feed
from syncengine.inspection.scopes import Scope, scope_columns
from syncengine.inspection.times import aware
from syncengine.inspection.view import CatalogView, rows, sql_text
from syncengine.lake.reader import LakeReader
from syncengine.lake.tables import table_name

STATES = (
    "in_sync",
    "waiting",
    "not_exported",
    "rejected",
    "retry",
    "unknown",
    "dead_letter",
    "removed",
)
# what the next syncs will send by themselves, and what stays until someone acts
WAITING = frozenset({"waiting", "not_exported", "retry", "unknown"})
REJECTED = frozenset({"rejected", "dead_letter"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCounts:
    """One feed at one destination, counted in items: catalog = in_sync + waiting + rejected, less what goes.

    `catalog`: live items. `exported`: what the destination holds. `by_state`: items of either, by state.
    """

    catalog: int = 0
    exported: int = 0
    by_state: dict[str, int]
    last_exported_at: datetime | None = None

    @property
    def waiting(self) -> int:
        """Items that a coming sync sends by itself, removals among them."""
        return sum(self.by_state.get(state, 0) for state in WAITING)

    @property
    def rejected(self) -> int:
        """Items that were refused, or given up, as they are now."""
        return sum(self.by_state.get(state, 0) for state in REJECTED)


def state_expression() -> str:
    """The SQL expression of an item's state (inspection/sql/state.sql)."""
    return "\n".join(line for line in sql_text("state.sql").splitlines() if not line.startswith("--"))


def feed_tables(feed: Feed, snapshot: int | None = None) -> dict[str, str]:
    """The names of a feed's tables, as the SQL's placeholders: as they are, or as they were in a snapshot."""
    version = "" if snapshot is None else f" AT (VERSION => {int(snapshot)})"
    return {schema: table_name(schema, feed) + version for schema in ("catalog", "exported", "delivery", "history")}


def filled(view: CatalogView, reader: LakeReader, feed: Feed, snapshot: int | None = None) -> frozenset[str]:
    """The schemas in which the feed's table has rows: to plan a question of an empty one takes longer than to ask it.

    Source: inspection/sql/tables_filled.sql
    """

    def all_filled() -> frozenset[tuple[str, str]]:
        found = rows(reader, sql_text("tables_filled.sql"), {"snapshot": snapshot})
        return frozenset((row["schema_name"], row["table_name"]) for row in found.iter_rows(named=True))

    known = view.remembered(reader, ("filled", snapshot), all_filled)
    return frozenset(schema for schema, name in known if name == feed.name)


def count_feed(
    view: CatalogView, reader: LakeReader | None, feed: Feed, destination: str, scope: Scope | None = None
) -> FeedCounts:
    """The counts of one feed at one destination; zeros where nothing was ever compiled.

    `scope`: only the items in it; those of feeds without a store view or website are in each.
    """
    if reader is None or feed not in view.feeds(reader):
        return FeedCounts(by_state={})
    if scope is None or set(scope_columns(feed).values()) == {"NULL"}:
        return view.remembered(
            reader, ("counts", feed.name, destination), lambda: _counts_of(_count(reader, feed, destination))
        )
    by_scope = view.remembered(
        reader, ("counts by scope", feed.name, destination), lambda: _count_by_scope(reader, feed, destination)
    )
    within = [scope.holds(*row) for row in by_scope.select("store_view_code", "website_code").iter_rows()]
    return _counts_of(by_scope.filter(pl.Series(within, dtype=pl.Boolean)))


_SCOPES = "{store_view}::VARCHAR AS store_view_code, {website}::VARCHAR AS website_code,"
_BY_SCOPE = """coalesce(catalog.store_view_code, held.store_view_code) AS store_view_code,
    coalesce(catalog.website_code, held.website_code) AS website_code,"""


def _count(reader: LakeReader, feed: Feed, destination: str, *, scopes: str = "", by_scope: str = "") -> pl.DataFrame:
    statement = sql_text("feed_counts.sql").format(
        state=state_expression(), scopes=scopes, by_scope=by_scope, **feed_tables(feed)
    )
    return rows(reader, statement, {"destination": destination})


def _count_by_scope(reader: LakeReader, feed: Feed, destination: str) -> pl.DataFrame:
    scopes = _SCOPES.format(**scope_columns(feed))
    return _count(reader, feed, destination, scopes=scopes, by_scope=_BY_SCOPE)


def _counts_of(found: pl.DataFrame) -> FeedCounts:
    by_state: dict[str, int] = {}
    for state, items in found.select("state", "items").iter_rows():
        by_state[state] = by_state.get(state, 0) + items
    return FeedCounts(
        catalog=int(found["in_catalog"].sum()),
        exported=int(found["held"].sum()),
        by_state=by_state,
        last_exported_at=aware(found["last_exported_at"].max()),  # type: ignore[arg-type]
    )
