"""Where the destinations disagree with the catalog: counts by kind, field, feed, cause and age, and the rows behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from syncengine.control.schema import utc_now
from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import get_feed
from syncengine.inspection.as_of import state_times
from syncengine.inspection.discrepancy_table import (
    Compared,
    DiscrepancyQuery,
    Example,
    compared_feeds,
    examples_in,
)
from syncengine.inspection.scopes import Scope, scope_columns
from syncengine.inspection.states import feed_tables
from syncengine.inspection.times import iso
from syncengine.inspection.view import CatalogView, rows, sql_text

KINDS = ("only_catalog", "only_exported", "different")
AGES: Mapping[str, str] = {"day": "under a day", "week": "under a week", "older": "a week and older"}
FORMULA = "equal / (equal + different + only in the catalog + only in the export + waiting)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many items disagree, and how many more only wait: younger than a sync window, and sent by the next sync."""

    items: int
    waiting: int

    def as_json(self) -> dict[str, int]:
        """Both counts."""
        return {"items": self.items, "waiting": self.waiting}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldTally:
    """A field that differs: in how many items, a pair of values as an example, and since when the oldest does."""

    feed: str
    field: str
    items: int
    waiting: int
    example: Mapping[str, Any]
    first_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDiscrepancies:
    """One feed at one destination. `is_off`: not offered or not taken, and so not compared.

    items either side holds = equal + only_catalog + only_exported + different + waiting. `compared`: of how many items
    with different content the fields were looked at.
    """

    feed: str
    destination: str
    destination_name: str
    is_off: bool = False
    equal: int = 0
    only_catalog: int = 0
    only_exported: int = 0
    different: int = 0
    waiting: int = 0
    compared: int = 0

    @property
    def discrepancies(self) -> int:
        """Items that disagree and do not merely wait."""
        return self.only_catalog + self.only_exported + self.different

    @property
    def total(self) -> int:
        """Items that either side holds."""
        return self.equal + self.discrepancies + self.waiting

    def as_json(self) -> dict[str, Any]:
        """One entry of `feeds`."""
        return {name: getattr(self, name) for name in self.__slots__} | {"total": self.total}


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscrepancyReport:
    """The discrepancies of all feeds at all destinations asked for. Every count is of feed items.

    `catalog_at`, `exported_at`: when the two compared states came into the lake.
    """

    at: datetime
    window_minutes: int
    catalog_at: datetime | None
    exported_at: datetime | None
    feeds: tuple[FeedDiscrepancies, ...]
    fields: tuple[FieldTally, ...] = ()
    causes: Mapping[str, Tally] = field(default_factory=dict)
    ages: Mapping[str, Tally] = field(default_factory=dict)

    def total(self, name: str) -> int:
        """One count over all feeds: equal, only_catalog, only_exported, different, waiting, discrepancies, total."""
        return sum(int(getattr(feed, name)) for feed in self.feeds)

    @property
    def match_score(self) -> float | None:
        """The share of equal items among all that either side holds (FORMULA); None when there are none."""
        return self.total("equal") / self.total("total") if self.total("total") else None

    def as_json(self) -> dict[str, Any]:
        """The shape of `diff --summary --json`."""
        names = ("equal", *KINDS, "waiting", "discrepancies", "total")
        return {
            **{name: self.total(name) for name in names},
            "match_score": self.match_score,
            "match_formula": FORMULA,
            "window_minutes": self.window_minutes,
            "at": iso(self.at),
            "catalog_at": iso(self.catalog_at),
            "exported_at": iso(self.exported_at),
            "feeds": [feed.as_json() for feed in self.feeds],
            "fields": [self._field_json(item) for item in self.fields],
            "causes": [{"code": code, **tally.as_json()} for code, tally in self.causes.items()],
            "ages": [{"age": AGES[age], **tally.as_json()} for age, tally in self.ages.items()],
        }

    def share_of(self, item: FieldTally) -> float:
        """The share of items with this field among those whose fields were compared, in the same feed."""
        compared = sum(feed.compared for feed in self.feeds if feed.feed == item.feed)
        return (item.items + item.waiting) / compared if compared else 0.0

    def _field_json(self, item: FieldTally) -> dict[str, Any]:
        return {
            "feed": item.feed,
            "field": item.field,
            "items": item.items,
            "waiting": item.waiting,
            "share": round(self.share_of(item), 4),
            "example": item.example,
            "first_seen": iso(item.first_seen),
        }


def discrepancy_report(
    view: CatalogView,
    *,
    feeds: tuple[str, ...] = (),
    destination: str | None = None,
    now: datetime | None = None,
    snapshot: int | None = None,
    scope: Scope | None = None,
) -> DiscrepancyReport:
    """Compare catalog and export of all feeds (or those named) at all destinations (or the one named).

    `snapshot`: as both were then. `scope`: only what is in it; feeds without a store view or website count whole.
    Raises: LakeUnavailableError (retriable), UnknownFeedError, SettingsError.
    """
    query = DiscrepancyQuery(feeds=feeds, destination=destination, now=now or utc_now(), snapshot=snapshot, scope=scope)
    window = view.settings.schedule.every_minutes
    with compared_feeds(view, query) as compared:
        if compared is None:
            return DiscrepancyReport(at=query.now, window_minutes=window, catalog_at=None, exported_at=None, feeds=())
        catalog_at, exported_at = state_times(compared.reader, snapshot)
        counted = rows(compared.reader, compared.statement("discrepancies_counted.sql"), compared.parameters)
        counts = list(counted.iter_rows(named=True))
        return DiscrepancyReport(
            at=query.now,
            window_minutes=window,
            catalog_at=catalog_at,
            exported_at=exported_at,
            feeds=_feeds(view, compared, query, counts),
            fields=_fields(view, compared, query),
            causes=_causes(counts),
            ages={age: tally for age in AGES for name, tally in _tallies(counts, "age").items() if name == age},
        )


def _feeds(
    view: CatalogView, compared: Compared, query: DiscrepancyQuery, counts: list[dict[str, Any]]
) -> tuple[FeedDiscrepancies, ...]:
    """Every feed at every destination that is asked for, those that are off among them, in registry order."""
    found: dict[tuple[str, str], FeedDiscrepancies] = {}
    for feed, place in compared.pairs:
        own = [row for row in counts if (row["feed"], row["destination"]) == (feed.name, place)]
        kinds: Counter[str] = Counter()
        for row in own:
            kinds["waiting" if row["waiting"] else row["kind"]] += row["items"]
        unequal = sum(row["items"] for row in own if row["kind"] != "only_exported")
        found[feed.name, place] = FeedDiscrepancies(
            feed=feed.name,
            destination=place,
            destination_name=view.destinations[place],
            equal=_in_catalog(view, compared, query, feed) - unequal,
            only_catalog=kinds["only_catalog"],
            only_exported=kinds["only_exported"],
            different=kinds["different"],
            waiting=kinds["waiting"],
            compared=sum(row["compared"] for row in own),
        )
    for feed, place in compared.off:
        name = view.destinations[place]
        found[feed.name, place] = FeedDiscrepancies(
            feed=feed.name, destination=place, destination_name=name, is_off=True
        )
    order = list(view.destinations)
    return tuple(sorted(found.values(), key=lambda one: (order.index(one.destination), get_feed(one.feed).order)))


def _in_catalog(view: CatalogView, compared: Compared, query: DiscrepancyQuery, feed: Feed) -> int:
    """How many items of a feed the catalog has, in the scope. Source: inspection/sql/items_by_scope.sql"""
    statement = sql_text("items_by_scope.sql").format(**scope_columns(feed), **feed_tables(feed, query.snapshot))

    def by_scope() -> list[tuple[str | None, str | None, int]]:
        return list(rows(compared.reader, statement).iter_rows())

    found = view.remembered(compared.reader, ("items by scope", feed.name, query.snapshot), by_scope)
    scope = query.scope
    return sum(items for view_code, website, items in found if scope is None or scope.holds(view_code, website))


def _tallies(counts: list[dict[str, Any]], name: str) -> dict[str, Tally]:
    found: Counter[tuple[str, bool]] = Counter()
    for row in counts:
        found[row[name], row["waiting"]] += row["items"]
    return {value: Tally(items=found[value, False], waiting=found[value, True]) for value, _ in found}


def _causes(counts: list[dict[str, Any]]) -> dict[str, Tally]:
    tallies = _tallies(counts, "reason")
    return dict(sorted(tallies.items(), key=lambda one: (-one[1].items, -one[1].waiting, one[0])))


def _fields(view: CatalogView, compared: Compared, query: DiscrepancyQuery) -> tuple[FieldTally, ...]:
    counted = rows(compared.reader, compared.statement("discrepant_fields.sql"), compared.parameters)
    found = list(counted.iter_rows(named=True))
    examples = _examples_in_scope(view, compared, query, found) if query.scope else _known_examples(compared)
    tallies = [
        FieldTally(
            feed=row["feed"],
            field=row["field"],
            items=row["items"],
            waiting=row["waiting"],
            example=examples[row["feed"], row["field"]],
            first_seen=row["since"].replace(tzinfo=UTC),
        )
        for row in found
    ]
    return tuple(sorted(tallies, key=lambda one: (-one.items, -one.waiting, one.feed, one.field)))


def _known_examples(compared: Compared) -> dict[tuple[str, str], Example]:
    found: dict[tuple[str, str], Example] = {}
    for feed, place in compared.pairs:
        for name, example in compared.examples[feed.name, place].items():
            found.setdefault((feed.name, name), example)
    return found


def _examples_in_scope(
    view: CatalogView, compared: Compared, query: DiscrepancyQuery, fields: list[dict[str, Any]]
) -> dict[tuple[str, str], Example]:
    """An item of the scope for each field, read again. Source: inspection/sql/discrepant_examples.sql"""
    found: dict[tuple[str, str], Example] = {}
    for feed, place in compared.pairs:
        wanted = {row["feed_id"] for row in fields if (row["feed"], row["destination"]) == (feed.name, place)}
        if not wanted:
            continue
        statement = sql_text("discrepant_examples.sql").format(
            identity=", ".join(f'said."{name}"' for name in feed.identity_columns), **feed_tables(feed, query.snapshot)
        )
        parameters = {"destination": place, "feed_ids": sorted(wanted)}
        for row in rows(compared.reader, statement, parameters).iter_rows(named=True):
            for name, example in examples_in(row, view.contract(feed)).items():
                found.setdefault((feed.name, name), example)
    return found
