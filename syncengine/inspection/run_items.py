"""The items of one run: what was added, changed, removed, sent again, refused or left waiting, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import polars as pl

from syncengine.errors import SettingsError
from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import FEEDS, get_feed
from syncengine.inspection.runs import cause_expression, find_run
from syncengine.inspection.states import feed_tables
from syncengine.inspection.story import SCOPE_COLUMNS, SKU_COLUMNS
from syncengine.inspection.times import iso
from syncengine.inspection.view import CatalogView, rows, sql_text
from syncengine.lake.reader import LakeReader

# the lists of a run -> which of its attempts are on them; their lengths are the counts of the run's equation
RUN_LISTS: Mapping[str, str] = MappingProxyType(
    {
        "sent": "true",
        "added": "operation = 'insert'",
        "changed": "operation = 'update'",
        "removed": "operation = 'delete'",
        "resent": "operation = 'resend'",
        "accepted": "outcome = 'accepted'",
        "rejected": "outcome = 'rejected'",
        "waiting": "outcome IN ('retry', 'unknown')",
    }
)
_WORDS = {"insert": "added", "update": "changed", "delete": "removed", "resend": "resent"}
MOST_ROWS = 10_000
_COLUMNS: dict[str, Any] = {
    **dict.fromkeys(("feed", "destination", "feed_id", "item", "sku", "scope", "change", "outcome"), pl.String),
    "fields": pl.List(pl.String),
    "http_status": pl.Int32,
    **dict.fromkeys(("error_code", "message", "cause"), pl.String),
    "batch_number": pl.Int32,
    "request_id": pl.String,
    "at": pl.Datetime("us", "UTC"),
}
RUN_ITEM_SCHEMA = pl.Schema(_COLUMNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunItemsQuery:
    """Which items of a run. `which`: a list of RUN_LISTS. `feed`, `destination`: only of these. `text`: part of the
    item's identity, whatever its case. `cause`: of an `ErrorGroup`.

    Raises: SettingsError, UnknownFeedError for what there is not.
    """

    run_id: str
    which: str = "sent"
    feed: str | None = None
    destination: str | None = None
    text: str = ""
    cause: str | None = None
    limit: int = 50
    offset: int = 0

    def __post_init__(self) -> None:
        if self.which not in RUN_LISTS:
            raise SettingsError(f"A run has no list `{self.which}`.", hint=f"There are: {', '.join(RUN_LISTS)}.")
        if not 1 <= self.limit <= MOST_ROWS or self.offset < 0:
            raise SettingsError(
                f"{self.limit} items from {self.offset} on cannot be shown.", hint=f"Ask for 1 to {MOST_ROWS:,}."
            )
        if self.feed is not None:
            get_feed(self.feed)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunItems:
    """One page of a list of a run.

    `total`: how many are on the list. `counts`: how many on each list, under the same conditions.
    `rows`: RUN_ITEM_SCHEMA; `change` is added, changed, removed or resent, `fields` the top-level fields that differ.
    """

    run_id: str
    which: str
    total: int
    counts: Mapping[str, int]
    rows: pl.DataFrame

    def as_json(self) -> dict[str, Any]:
        """The shape of `runs items --json`."""
        items = [{**row, "at": iso(row["at"])} for row in self.rows.iter_rows(named=True)]
        return {
            "run_id": self.run_id,
            "list": self.which,
            "total": self.total,
            "counts": dict(self.counts),
            "items": items,
        }


def run_items(view: CatalogView, query: RunItemsQuery) -> RunItems:
    """The items on a list of a run, in feed order and by identity; a dry run sent none.

    Raises: UnknownRunError, SettingsError, LakeUnavailableError (retriable).      Source: inspection/sql/run_items.sql
    """
    question = run_items_question(view, query)
    empty = RunItems(
        run_id=query.run_id,
        which=query.which,
        total=0,
        counts=dict.fromkeys(RUN_LISTS, 0),
        rows=pl.DataFrame(schema=RUN_ITEM_SCHEMA),
    )
    if question is None:
        return empty
    reader, attempts, values = question
    counts = _counted(view, reader, attempts, values)
    page = rows(
        reader,
        f"""FROM ({attempts}) WHERE {RUN_LISTS[query.which]}
            ORDER BY feed_order, item, destination, feed_id LIMIT $limit OFFSET $offset""",
        {**values, "limit": query.limit, "offset": query.offset},
    )
    return RunItems(
        run_id=query.run_id,
        which=query.which,
        total=counts[query.which],
        counts=counts,
        rows=shown_items(page, view.destinations),
    )


def run_item_counts(view: CatalogView, query: RunItemsQuery) -> Mapping[str, int]:
    """How many items are on each list of a run, whichever of them the query means. Raises: as `run_items`."""
    question = run_items_question(view, query)
    return dict.fromkeys(RUN_LISTS, 0) if question is None else _counted(view, *question)


def _counted(view: CatalogView, reader: LakeReader, attempts: str, values: Mapping[str, Any]) -> Mapping[str, int]:
    """Counted once a publication: the page of a run asks for its lists, and then for the rows of one."""

    def count() -> Mapping[str, int]:
        counted = ", ".join(f"count(*) FILTER ({condition}) AS {name}" for name, condition in RUN_LISTS.items())
        return MappingProxyType(rows(reader, f"SELECT {counted} FROM ({attempts})", values).row(0, named=True))

    return view.remembered(reader, ("run items", attempts, repr(values)), count)


def run_items_question(view: CatalogView, query: RunItemsQuery) -> tuple[LakeReader, str, dict[str, Any]] | None:
    """The attempts of a run as SQL, and its values, whatever list they are on; None where there can be none."""
    run, _ = find_run(view, query.run_id)
    reader = view.reader_or_none()
    feeds = [
        feed
        for feed in (() if reader is None else view.feeds(reader))
        if feed.name in run.feeds and query.feed in (None, feed.name)
    ]
    if reader is None or not feeds:
        return None
    values = {
        "run_id": run.run_id,
        "sequence": run.sequence,
        "destination": None if query.destination is None else view.destination_id(query.destination),
        "unhashed": sorted({field.name for feed in feeds for field in feed.fields if not field.hashed}),
        "text": query.text.replace("\0", ""),
        "cause": query.cause,
    }
    attempts = "\nUNION ALL\n".join(f"({_attempts(feed)})" for feed in feeds)
    narrowed = f"""FROM ({attempts}) WHERE ($text = '' OR contains(lower(item), lower($text)))
                   AND ($cause IS NULL OR outcome <> 'accepted' AND cause = $cause)"""
    return reader, narrowed, values


def shown_items(found: pl.DataFrame, destinations: Mapping[str, str]) -> pl.DataFrame:
    """Attempts as the lists show them: words for operations, destinations by name, aware times."""
    return found.with_columns(
        pl.col("destination").replace(dict(destinations)),
        pl.col("at").dt.replace_time_zone("UTC"),
        change=pl.col("operation").replace(_WORDS),
    ).select(pl.col(name).cast(kind) for name, kind in RUN_ITEM_SCHEMA.items())


def _attempts(feed: Feed) -> str:
    names = feed.identity_columns
    sku = next((name for name in SKU_COLUMNS if name in names), None)
    scope = [name for name in names if name in SCOPE_COLUMNS]
    return sql_text("run_items.sql").format(
        feed=feed.name,
        order=list(FEEDS).index(feed.name),
        history=feed_tables(feed)["history"],
        identity=", ".join(f'"{name}"' for name in names),
        sku=f'"{sku}"' if sku else "NULL::VARCHAR",
        scope=", ".join(f'"{name}"' for name in scope) or "NULL",
        cause=cause_expression(),
    )
