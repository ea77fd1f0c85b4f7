"""What the page of discrepancies shows, worked out once per publication: the report, and the list behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from syncengine.feeds.registry import get_feed
from syncengine.inspection.discrepancies import (
    DiscrepancyReport,
    discrepancy_frames,
    discrepancy_report,
    discrepancy_schema,
)
from syncengine.inspection.scopes import Scope
from ui.bootstrap import Page

MOST_LISTED = 20_000  # of one feed
_AGES_HOLD_SECONDS = 300
_SKU_COLUMNS = ("sku", "product_sku")
_DAY_MINUTES, _WEEK_MINUTES = 24 * 60, 7 * 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which discrepancies are listed; None or "" means all. `field` is `feed:field`."""

    kind: str | None = None
    feed: str | None = None
    field: str | None = None
    reason: str | None = None
    age: str | None = None
    text: str = ""
    with_waiting: bool = False

    @property
    def feed_name(self) -> str | None:
        """The one feed that the filters leave, if they leave one."""
        return self.field.split(":")[0] if self.field else self.feed


def report(page: Page, *, destination: str | None = None) -> DiscrepancyReport:
    """The report on everything; ages are some minutes old at most. Raises: LakeUnavailableError (retriable)."""
    reader = page.view.reader_or_none()
    if reader is None:
        return discrepancy_report(page.view, destination=destination)
    moment = int(page.now.timestamp()) // _AGES_HOLD_SECONDS
    return page.view.remembered(
        reader,
        ("discrepancies", destination, moment),
        lambda: discrepancy_report(page.view, destination=destination),
    )


def listed(page: Page, found: DiscrepancyReport, filters: Filters, scope: Scope | None) -> pl.DataFrame:
    """The items that the filters leave, the oldest first.

    Columns: feed · feed_id · destination · item · sku · scope · kind · state · reason · waiting · since · age_minutes
        · fields. Raises: LakeUnavailableError (retriable).
    """
    wanted = filters.feed_name
    names = {
        feed.feed
        for feed in found.feeds
        if wanted in (None, feed.feed) and (feed.discrepancies or (filters.with_waiting and feed.waiting))
    }
    frames = [_of_feed(page, name, int(found.at.timestamp())) for name in sorted(names)]
    if not frames:
        return pl.DataFrame()
    rows = pl.concat(frames)
    for condition in _conditions(filters, scope):
        rows = rows.filter(condition)
    return rows.sort("age_minutes", "item", descending=[True, False])


def is_cut(found: DiscrepancyReport, filters: Filters) -> bool:
    """Whether some feed that is listed has more discrepancies than are listed of one."""
    return any(
        feed.discrepancies + feed.waiting > MOST_LISTED and filters.feed_name in (None, feed.feed)
        for feed in found.feeds
    )


def _of_feed(page: Page, name: str, moment: int) -> pl.DataFrame:
    reader = page.view.reader()
    return page.view.remembered(
        reader,
        ("discrepancies listed", name, moment // _AGES_HOLD_SECONDS),
        lambda: _common(_first_rows(page, name), name),
    )


def _first_rows(page: Page, name: str) -> pl.DataFrame:
    """The first of a feed's discrepancies: what is beyond them is not even read."""
    frames: list[pl.DataFrame] = []
    for frame in discrepancy_frames(page.view, name):
        frames.append(frame)
        if sum(map(len, frames)) >= MOST_LISTED:
            break
    if not frames:
        return pl.DataFrame(schema=discrepancy_schema(get_feed(name)))
    return pl.concat(frames).head(MOST_LISTED)


def _common(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """The rows of one feed with the columns that all feeds share."""
    feed = get_feed(name)
    identity = list(feed.identity_columns)
    sku = next((column for column in _SKU_COLUMNS if column in identity), None)
    scope = [column for column in identity if column != sku]
    return rows.select(
        "feed",
        "feed_id",
        "destination",
        pl.concat_str(identity, separator=" / ", ignore_nulls=True).alias("item"),
        (pl.col(sku) if sku else pl.lit(None, dtype=pl.String)).alias("sku"),
        pl.concat_str(scope, separator="/", ignore_nulls=True).alias("scope")
        if scope
        else pl.lit("", dtype=pl.String).alias("scope"),
        _text_of("store_view_code", identity),
        _text_of("website_code", identity),
        "kind",
        "state",
        "reason",
        "waiting",
        "since",
        "age_minutes",
        "fields",
    )


def _text_of(column: str, identity: list[str]) -> pl.Expr:
    return pl.col(column) if column in identity else pl.lit(None, dtype=pl.String).alias(column)


def _conditions(filters: Filters, scope: Scope | None) -> list[pl.Expr]:
    found = [] if filters.with_waiting else [~pl.col("waiting")]
    for column, value in {"kind": filters.kind, "feed": filters.feed, "reason": filters.reason}.items():
        if value:
            found.append(pl.col(column) == value)
    if filters.field:
        feed, _, field = filters.field.partition(":")
        found.append((pl.col("feed") == feed) & pl.col("fields").list.contains(field))
    if filters.age:
        found.append(_of_age(filters.age))
    if filters.text:
        found.append(pl.col("item").str.to_lowercase().str.contains(filters.text.lower(), literal=True))
    if scope is not None:
        inside = pl.col("store_view_code").is_in(list(scope.store_views))
        found.append(inside | pl.col("store_view_code").is_null())
        if scope.website is not None:
            found.append((pl.col("website_code") == scope.website) | pl.col("website_code").is_null())
    return found


def _of_age(age: str) -> pl.Expr:
    minutes = pl.col("age_minutes")
    ages: Mapping[str, pl.Expr] = {
        "day": minutes < _DAY_MINUTES,
        "week": (minutes >= _DAY_MINUTES) & (minutes < _WEEK_MINUTES),
        "older": minutes >= _WEEK_MINUTES,
    }
    return ages.get(age, pl.lit(value=True))
