"""What changed between two moments of the lake: the catalog's, or what a destination had acknowledged."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

import duckdb
import orjson
import polars as pl

from syncengine.changes.diff import diff_states
from syncengine.changes.payload_diff import diff_payloads, field_of
from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import get_feed
from syncengine.inspection.as_of import Moment, find_moment
from syncengine.inspection.states import feed_tables
from syncengine.inspection.view import CatalogView, sql_text, translated
from syncengine.lake.reader import LakeReader

Side = Literal["catalog", "exported"]
MOST_PAIRS = 100_000  # of one feed; beyond, fields are counted over this many
_PAIRS_AT_ONCE = 2_000
CHANGES_SCHEMA = pl.Schema(
    [*((name, pl.String) for name in ("feed", "change", "item", "feed_id")), ("fields", pl.List(pl.String))]
)
_OPERATIONS = {"insert": "added", "update": "changed", "delete": "removed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChange:
    """One item that one of the two states has otherwise, or has not. `fields`: which, for `changed`."""

    change: str
    item: str
    feed_id: str
    fields: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """One entry of `items`."""
        return {"change": self.change, "item": self.item, "feed_id": self.feed_id, "fields": list(self.fields)}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedChanges:
    """One feed between two moments: before = unchanged + changed + removed; after = unchanged + changed + added.

    `fields`: in how many changed items each field differs, the most first, over `compared` of them. `items`: the first
    ones, in the order of their identity.
    """

    feed: str
    before: int
    after: int
    unchanged: int
    added: int
    changed: int
    removed: int
    compared: int
    fields: dict[str, int]
    items: tuple[ItemChange, ...]

    def as_json(self) -> dict[str, Any]:
        """One entry of `feeds` in `changes --json`."""
        names = ("feed", "before", "after", "unchanged", "added", "changed", "removed", "compared")
        return {
            **{name: getattr(self, name) for name in names},
            "fields": [{"field": field, "items": items} for field, items in self.fields.items()],
            "items": [item.as_json() for item in self.items],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed between two moments on one side, feed by feed."""

    before: Moment
    after: Moment
    side: Side
    feeds: tuple[FeedChanges, ...]

    def as_json(self) -> dict[str, Any]:
        """The shape of `changes --json`."""
        return {
            "from": self.before.as_json(),
            "to": self.after.as_json(),
            "side": self.side,
            "feeds": [feed.as_json() for feed in self.feeds],
        }


def changes_table(found: Changes) -> pl.DataFrame:
    """The listed items of all feeds as one table, to take away."""
    rows = [
        (feed.feed, item.change, item.item, item.feed_id, list(item.fields))
        for feed in found.feeds
        for item in feed.items
    ]
    return pl.DataFrame(rows, schema=CHANGES_SCHEMA, orient="row")


def changes_between(
    view: CatalogView,
    *,
    before: str,
    after: str,
    side: Side = "catalog",
    feeds: tuple[str, ...] = (),
    destination: str | None = None,
    limit: int = 100,
) -> Changes:
    """What changed from one moment to another, in the words of `find_moment`; `limit` items are listed per feed.

    Feeds without a change are listed too. Raises: MomentNotKeptError, UnknownRunError, UnknownFeedError, SettingsError,
    LakeUnavailableError (retriable).
    """
    first, second = find_moment(view, before), find_moment(view, after)
    reader = view.reader()
    place = view.destination_id(destination)
    wanted = {get_feed(name).name for name in feeds}
    earlier, later = (set(view.feeds(reader, moment.snapshot_id)) for moment in (first, second))
    found = [
        _of_feed(reader, feed, view.contract(feed), first, second, side, place, limit)
        for feed in view.feeds(reader)
        if feed in earlier & later and (not wanted or feed.name in wanted)
    ]
    return Changes(before=first, after=second, side=side, feeds=tuple(found))


def _of_feed(
    reader: LakeReader,
    feed: Feed,
    contract: Feed,
    before: Moment,
    after: Moment,
    side: Side,
    place: str,
    limit: int,
) -> FeedChanges:
    condition = "" if side == "catalog" else " WHERE destination = $destination AND NOT is_deleted"
    states = [feed_tables(feed, moment.snapshot_id)[side] for moment in (before, after)]
    queries = [f"SELECT feed_id, feed_hash FROM {table}{condition}" for table in states]
    parameters = {"destination": place} if condition else {}
    with translated(), reader.cursor() as cursor:
        changeset = diff_states(cursor, before=queries[0], after=queries[1], into="diff_then", parameters=parameters)
        fields, by_item = _field_counts(cursor, contract, states, condition, parameters)
        items = _items(cursor, feed, states, condition, {**parameters, "limit": limit}, by_item)
    return FeedChanges(
        feed=feed.name,
        before=changeset.before,
        after=changeset.after,
        unchanged=changeset.unchanged,
        added=changeset.inserted,
        changed=changeset.updated,
        removed=changeset.deleted,
        compared=len(by_item),
        fields=dict(sorted(fields.items(), key=lambda one: (-one[1], one[0]))),
        items=items,
    )


def _field_counts(
    cursor: duckdb.DuckDBPyConnection, feed: Feed, states: list[str], condition: str, parameters: dict[str, Any]
) -> tuple[Counter[str], dict[str, tuple[str, ...]]]:
    """In how many items each field differs, and the fields of each item."""
    statement = sql_text("change_pairs.sql").format(before=states[0], after=states[1], condition=condition)
    found = cursor.sql(statement, params={**parameters, "most": MOST_PAIRS})
    counts: Counter[str] = Counter()
    by_item: dict[str, tuple[str, ...]] = {}
    for batch in found.to_arrow_reader(_PAIRS_AT_ONCE):
        for row in batch.to_pylist():
            edits = diff_payloads(orjson.loads(row["before"]), orjson.loads(row["after"]), feed)
            fields = tuple(dict.fromkeys(field_of(edit.path) for edit in edits))
            by_item[row["feed_id"]] = fields
            counts.update(fields)
    return counts, by_item


def _items(
    cursor: duckdb.DuckDBPyConnection,
    feed: Feed,
    states: list[str],
    condition: str,
    parameters: dict[str, Any],
    by_item: dict[str, tuple[str, ...]],
) -> tuple[ItemChange, ...]:
    statement = sql_text("change_items.sql").format(
        before=states[0],
        after=states[1],
        condition=condition,
        identity=", ".join(f'"{name}"' for name in feed.identity_columns),
    )
    return tuple(
        ItemChange(change=_OPERATIONS[operation], item=item, feed_id=feed_id, fields=by_item.get(feed_id, ()))
        for feed_id, operation, item in cursor.execute(statement, parameters).fetchall()
    )
