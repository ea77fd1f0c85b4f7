"""What changes more than it should: fields that cause many sends, and fields that change and come back (flapping)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import orjson

from syncengine.changes.payload_diff import diff_payloads, field_of
from syncengine.control.runs import list_runs
from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import get_feed
from syncengine.inspection.states import feed_tables
from syncengine.inspection.times import aware, iso
from syncengine.inspection.view import CatalogView, rows, sql_text
from syncengine.lake.reader import LakeReader

RUNS = 24  # how many of the last runs are looked at
LEAST_CHANGES = 3
MOST_ITEMS = 1_000  # of one feed, those that changed the most


@dataclass(frozen=True, slots=True, kw_only=True)
class HotField:
    """A field and the sends it took part in. `alone`: sends that nothing else caused, which is what leaving the field
    out of the content would have saved."""

    feed: str
    field: str
    sends: int
    alone: int
    items: int
    last_at: datetime | None

    def as_json(self) -> dict[str, Any]:
        """One entry of `hot_fields`."""
        return {name: getattr(self, name) for name in self.__slots__} | {"last_at": iso(self.last_at)}


@dataclass(frozen=True, slots=True, kw_only=True)
class FlappingField:
    """A field of one item that changed several times and came back to an earlier value; `values` in order."""

    feed: str
    item: str
    feed_id: str
    field: str
    changes: int
    values: tuple[Any, ...]
    last_at: datetime | None

    def as_json(self) -> dict[str, Any]:
        """One entry of `flapping`."""
        return {name: getattr(self, name) for name in self.__slots__} | {
            "values": list(self.values),
            "last_at": iso(self.last_at),
        }


def hot_fields(
    view: CatalogView, *, feeds: tuple[str, ...] = (), destination: str | None = None, runs: int = RUNS
) -> tuple[HotField, ...]:
    """The fields that caused updates in the last `runs` runs, the most sends first.

    Raises: LakeUnavailableError (retriable), SettingsError.      Source: inspection/sql/hot_fields.sql
    """
    found = []
    for reader, feed in _feeds(view, feeds):
        values = {
            "destination": view.destination_id(destination),
            "since": first_run(view, runs),
            "unhashed": [field.name for field in view.contract(feed).fields if not field.hashed],
        }
        statement = sql_text("hot_fields.sql").format(history=feed_tables(feed)["history"])
        for row in rows(reader, statement, values).iter_rows(named=True):
            found.append(HotField(feed=feed.name, **{**row, "last_at": aware(row["last_at"])}))
    return tuple(sorted(found, key=lambda one: (-one.sends, one.feed, one.field)))


def flapping_fields(
    view: CatalogView,
    *,
    feeds: tuple[str, ...] = (),
    destination: str | None = None,
    runs: int = RUNS,
    least: int = LEAST_CHANGES,
) -> tuple[FlappingField, ...]:
    """The fields of single items that changed at least `least` times in the last `runs` runs and returned to an earlier
    value, the most changes first. Raises: as `hot_fields`.      Source: inspection/sql/flapping.sql
    """
    found: list[FlappingField] = []
    for reader, feed in _feeds(view, feeds):
        statement = sql_text("flapping.sql").format(
            history=feed_tables(feed)["history"], identity=", ".join(feed.identity_columns)
        )
        values = {
            "destination": view.destination_id(destination),
            "since": first_run(view, runs),
            "least": least,
            "most": MOST_ITEMS,
        }
        for row in rows(reader, statement, values).iter_rows(named=True):
            found += _of_item(view.contract(feed), row, least)
    return tuple(sorted(found, key=lambda one: (-one.changes, one.feed, one.item, one.field)))


def _of_item(feed: Feed, row: dict[str, Any], least: int) -> list[FlappingField]:
    """The fields of one item that changed often enough and came back."""
    payloads = [orjson.loads(text) for text in row["payloads"]]
    changed: dict[str, list[Any]] = defaultdict(list)
    for before, after in pairwise(payloads):
        for edit in diff_payloads(before, after, feed):
            values = changed[edit.path]
            if not values:
                values.append(edit.before)
            values.append(edit.after)
    return [
        FlappingField(
            feed=feed.name,
            item=row["item"],
            feed_id=row["feed_id"],
            field=field_of(path),
            changes=len(values) - 1,
            values=tuple(values),
            last_at=aware(row["last_at"]),
        )
        for path, values in changed.items()
        if len(values) > least and _came_back(values)
    ]


def _came_back(values: Sequence[Any]) -> bool:
    texts = [orjson.dumps(value) for value in values]
    return len(set(texts)) < len(texts)


def _feeds(view: CatalogView, names: tuple[str, ...]) -> list[tuple[LakeReader, Feed]]:
    wanted = {get_feed(name).name for name in names}
    reader = view.reader_or_none()
    if reader is None:
        return []
    return [(reader, feed) for feed in view.feeds(reader) if not wanted or feed.name in wanted]


def first_run(view: CatalogView, runs: int) -> int:
    """The number of the oldest of the last `runs` runs that sent something; 0 when there are fewer."""
    with view.read_control() as connection:
        kept = [] if connection is None else [run for run in list_runs(connection, limit=4 * runs) if not run.dry_run]
    return kept[runs - 1].sequence if len(kept) >= runs else 0
