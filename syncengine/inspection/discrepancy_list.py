"""The rows behind the discrepancy report: page by page in the database, or all of them some thousands at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl

from syncengine.control.schema import utc_now
from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import get_feed
from syncengine.inspection.discrepancy_table import SKU_COLUMNS, DiscrepancyQuery, compared_feeds
from syncengine.inspection.view import CatalogView, row_batches, rows, sql_text

_ROWS_AT_ONCE = 20_000
_ORDER = "ORDER BY since, item, feed, destination, feed_id"
_TIMES = ("since", "last_exported_at", "last_modified_at")
_COMMON: dict[str, Any] = {
    **dict.fromkeys(("kind", "state", "reason"), pl.String),
    "waiting": pl.Boolean,
    "since": pl.Datetime("us", "UTC"),
    "age_minutes": pl.Int64,
    "last_exported_at": pl.Datetime("us", "UTC"),
    "last_modified_at": pl.Datetime("us", "UTC"),
    "fields": pl.List(pl.String),
}
_NAMED = ("feed", "destination", "feed_id", "item", "sku", "scope")


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscrepancyPage:
    """Some rows of a list, the oldest first; how many items and products, which feeds and reasons it has in all."""

    rows: pl.DataFrame
    total: int = 0
    products: int = 0
    feeds: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


def discrepancy_schema(feed: Feed | None = None) -> pl.Schema:
    """The columns of one feed's rows; None: those that all feeds share (item: the identity as one text)."""
    names = _NAMED if feed is None else ("feed", "destination", "feed_id", *feed.identity_columns)
    return pl.Schema({**dict.fromkeys(names, pl.String), **_COMMON})


def discrepancy_page(
    view: CatalogView, query: DiscrepancyQuery, *, limit: int, offset: int = 0, columns_of: str | None = None
) -> DiscrepancyPage:
    """Some of the items that a query finds, the oldest first; with the columns of `discrepancy_schema`.

    `columns_of`: the one feed that the query asks for, when its own columns are wanted.
    Raises: LakeUnavailableError (retriable), UnknownFeedError, SettingsError.
    """
    feed = None if columns_of is None else get_feed(columns_of)
    with compared_feeds(view, query) as compared:
        if compared is None:
            return DiscrepancyPage(rows=pl.DataFrame(schema=discrepancy_schema(feed)))
        asked = compared.statement("discrepancies_rows.sql")
        counts = sql_text("discrepancies_listed.sql").format(rows=asked)
        counted = rows(compared.reader, counts, compared.parameters).row(0, named=True)
        page = f"FROM ({asked}) {_ORDER} LIMIT $limit OFFSET $offset"
        found = rows(compared.reader, page, {**compared.parameters, "limit": limit, "offset": offset})
        return DiscrepancyPage(
            rows=_shown(found, view, query, feed),
            total=counted["items"],
            products=counted["products"],
            feeds=tuple(counted["feeds"]),
            reasons=tuple(counted["reasons"]),
        )


def discrepant_skus(view: CatalogView, query: DiscrepancyQuery, *, most: int) -> list[str]:
    """The products among what a query finds, up to `most` of them. Raises: as `discrepancy_page`."""
    with compared_feeds(view, query) as compared:
        if compared is None:
            return []
        asked = compared.statement("discrepancies_rows.sql")
        statement = f"SELECT DISTINCT sku FROM ({asked}) WHERE sku IS NOT NULL ORDER BY sku LIMIT $most"
        return rows(compared.reader, statement, {**compared.parameters, "most": most})["sku"].to_list()


def discrepancy_frames(
    view: CatalogView, query: DiscrepancyQuery, feed_name: str | None = None
) -> Iterator[pl.DataFrame]:
    """Every item that a query finds, some thousands at a time: the oldest first, or by the identity of one feed.

    With `feed_name` only the items of that feed, with its own columns. Raises: as `discrepancy_page`.
    """
    feed = None if feed_name is None else get_feed(feed_name)
    wanted = query if feed is None else replace(query, feeds=(feed.name,))
    with compared_feeds(view, wanted) as compared:
        if compared is None:
            return
        order = _ORDER if feed is None else "ORDER BY destination, identity, feed_id"
        statement = f"FROM ({compared.statement('discrepancies_rows.sql')}) {order}"
        for found in row_batches(compared.reader, statement, compared.parameters, size=_ROWS_AT_ONCE):
            yield _shown(found, view, wanted, feed)


def discrepancy_rows(
    view: CatalogView,
    feed_name: str,
    *,
    destination: str | None = None,
    now: datetime | None = None,
    snapshot: int | None = None,
) -> pl.DataFrame:
    """The items of one feed that catalog and export disagree on, at one destination or all, ordered by identity.

    `snapshot`: as both were then.

    Columns: feed · destination (name) · feed_id · the identity columns · kind · state · reason · waiting · since
        · age_minutes · last_exported_at · last_modified_at · fields (the fields that differ, for kind different)
    Raises: as `discrepancy_page`.
    """
    feed = get_feed(feed_name)
    query = DiscrepancyQuery(destination=destination, now=now or utc_now(), snapshot=snapshot)
    frames = list(discrepancy_frames(view, query, feed.name))
    return pl.concat(frames) if frames else pl.DataFrame(schema=discrepancy_schema(feed))


def _shown(found: pl.DataFrame, view: CatalogView, query: DiscrepancyQuery, feed: Feed | None) -> pl.DataFrame:
    names = () if feed is None else feed.identity_columns
    told = found.with_columns(
        *(pl.col("identity").list.get(place).alias(name) for place, name in enumerate(names)),
        pl.col(*_TIMES).dt.replace_time_zone("UTC"),
        pl.col("destination").replace_strict(view.destinations, return_dtype=pl.String),
        age_minutes=(pl.lit(query.now) - pl.col("since").dt.replace_time_zone("UTC")).dt.total_minutes(),
    )
    if feed is None:
        words = [_scope_words(name, identity) for name, identity in found.select("feed", "identity").iter_rows()]
        told = told.with_columns(pl.Series("scope", words, dtype=pl.String))
    return told.select(pl.col(name).cast(kind) for name, kind in discrepancy_schema(feed).items())


def _scope_words(feed_name: str, identity: list[str | None]) -> str:
    """All of an identity but the SKU."""
    columns = get_feed(feed_name).identity_columns
    sku = next((name for name in SKU_COLUMNS if name in columns), None)
    return "/".join(value for name, value in zip(columns, identity, strict=True) if value and name != sku)
