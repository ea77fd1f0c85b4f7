"""Where the destinations disagree with the catalog: counts by kind, field, feed, cause and age, and the rows behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import polars as pl

from syncengine.changes.payload_diff import FieldDifference, diff_payloads, field_of
from syncengine.control.schema import utc_now
from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import get_feed
from syncengine.inspection.as_of import state_times
from syncengine.inspection.comparison import Comparison, compare_feed
from syncengine.inspection.reasons import PASSING, FeedFacts, SyncFacts, reason_of_state, sync_facts
from syncengine.inspection.states import STATES
from syncengine.inspection.times import iso
from syncengine.inspection.view import CatalogView
from syncengine.lake.reader import LakeReader

KINDS = ("only_catalog", "only_exported", "different")
AGES: Mapping[str, str] = {"day": "under a day", "week": "under a week", "older": "a week and older"}
MOST_PAIRS = 100_000  # of one feed; beyond, fields are counted over this many
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


@dataclass(slots=True)
class _FieldCount:
    """One field while it is counted."""

    example: dict[str, Any]
    first_seen: datetime
    counts: Counter[bool] = field(default_factory=Counter)


@dataclass(slots=True)
class _Counting:
    """What is counted on the way through the feeds; True in a key: the items only wait."""

    facts: SyncFacts
    now: datetime
    window: timedelta
    snapshot: int | None
    fields: dict[tuple[str, str], _FieldCount] = field(default_factory=dict)
    causes: Counter[tuple[str, bool]] = field(default_factory=Counter)
    ages: Counter[tuple[str, bool]] = field(default_factory=Counter)


def discrepancy_report(
    view: CatalogView,
    *,
    feeds: tuple[str, ...] = (),
    destination: str | None = None,
    now: datetime | None = None,
    snapshot: int | None = None,
) -> DiscrepancyReport:
    """Compare catalog and export of all feeds (or those named) at all destinations (or the one named).

    `snapshot`: as both were then. Raises: LakeUnavailableError (retriable), UnknownFeedError, SettingsError.
    """
    counting = _Counting(
        sync_facts(view), now or utc_now(), timedelta(minutes=view.settings.schedule.every_minutes), snapshot
    )
    reader = view.reader_or_none()
    found: list[FeedDiscrepancies] = []
    if reader is not None:
        wanted = {get_feed(name).name for name in feeds}
        for place in list(view.destinations) if destination is None else [view.destination_id(destination)]:
            for feed in view.feeds(reader, snapshot):
                if not wanted or feed.name in wanted:
                    found.append(_of_feed(view, reader, feed, place, counting))
    catalog_at, exported_at = (None, None) if reader is None else state_times(reader, snapshot)
    causes = _tallies(counting.causes)
    return DiscrepancyReport(
        at=counting.now,
        window_minutes=view.settings.schedule.every_minutes,
        catalog_at=catalog_at,
        exported_at=exported_at,
        feeds=tuple(found),
        fields=_field_tallies(counting),
        causes=dict(sorted(causes.items(), key=lambda one: (-one[1].items, -one[1].waiting, one[0]))),
        ages={age: tally for age in AGES for name, tally in _tallies(counting.ages).items() if name == age},
    )


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
    Raises: as `discrepancy_report`.
    """
    frames = list(discrepancy_frames(view, feed_name, destination=destination, now=now, snapshot=snapshot))
    return pl.concat(frames) if frames else pl.DataFrame(schema=discrepancy_schema(get_feed(feed_name)))


def discrepancy_frames(
    view: CatalogView,
    feed_name: str,
    *,
    destination: str | None = None,
    now: datetime | None = None,
    snapshot: int | None = None,
) -> Iterator[pl.DataFrame]:
    """The same rows, some thousands at a time. Raises: as `discrepancy_report`."""
    feed = get_feed(feed_name)
    at = now or utc_now()
    facts, window = sync_facts(view), timedelta(minutes=view.settings.schedule.every_minutes)
    reader = view.reader_or_none()
    for place in list(view.destinations) if destination is None else [view.destination_id(destination)]:
        of_feed = facts.of(feed.name, place)
        if reader is None or feed not in view.feeds(reader, snapshot) or of_feed.is_off:
            continue
        with compare_feed(reader, feed, place, now=at, window=window, snapshot=snapshot) as compared:
            differing = {item.feed_id: item.fields for item in _differing(compared, view.contract(feed))}
            for found in compared.rows():
                yield _labelled(found, feed, view.destinations[place], of_feed, differing, at)


# -- one feed -----------------------------------------------------------------------------------------------------


def _of_feed(view: CatalogView, reader: LakeReader, feed: Feed, place: str, counting: _Counting) -> FeedDiscrepancies:
    facts = counting.facts.of(feed.name, place)
    empty = FeedDiscrepancies(feed=feed.name, destination=place, destination_name=view.destinations[place])
    if facts.is_off:
        return replace(empty, is_off=True)
    with compare_feed(
        reader, feed, place, now=counting.now, window=counting.window, snapshot=counting.snapshot
    ) as compared:
        kinds: Counter[str] = Counter()
        for row in compared.counts().iter_rows(named=True):
            waits = _waits(row["state"], facts, is_young=row["is_young"])
            kinds["waiting" if waits else row["kind"]] += row["items"]
            counting.causes[reason_of_state(row["state"], facts).value, waits] += row["items"]
            counting.ages[row["age"], waits] += row["items"]
        looked_at = 0
        for item in _differing(compared, view.contract(feed)):
            looked_at += 1
            _count_fields(counting, feed, facts, item)
        return replace(
            empty,
            equal=compared.changeset.unchanged,
            only_catalog=kinds["only_catalog"],
            only_exported=kinds["only_exported"],
            different=kinds["different"],
            waiting=kinds["waiting"],
            compared=looked_at,
        )


def _waits(state: str, facts: FeedFacts, *, is_young: bool) -> bool:
    return is_young and reason_of_state(state, facts) in PASSING


@dataclass(frozen=True, slots=True, kw_only=True)
class _Differing:
    """One item whose content differs: its edits by field, the first of each."""

    feed_id: str
    item: str
    state: str
    since: datetime
    is_young: bool
    edits: Mapping[str, FieldDifference]

    @property
    def fields(self) -> list[str]:
        return list(self.edits)


def _differing(compared: Comparison, contract: Feed) -> Iterator[_Differing]:
    young_from = compared.now.astimezone(UTC).replace(tzinfo=None) - compared.window
    for batch in compared.pairs(MOST_PAIRS):
        for row in batch.to_pylist():
            edits: dict[str, FieldDifference] = {}
            for edit in diff_payloads(orjson.loads(row["before"]), orjson.loads(row["after"]), contract):
                edits.setdefault(field_of(edit.path), edit)
            yield _Differing(
                feed_id=row["feed_id"],
                item=row["item"],
                state=row["state"],
                since=row["since"],
                is_young=row["since"] > young_from,
                edits=edits,
            )


def _count_fields(counting: _Counting, feed: Feed, facts: FeedFacts, item: _Differing) -> None:
    waits = _waits(item.state, facts, is_young=item.is_young)
    for name, edit in item.edits.items():
        known = counting.fields.get((feed.name, name))
        if known is None:
            example = {"item": item.item, "path": edit.path, "catalog": edit.after, "exported": edit.before}
            known = counting.fields[feed.name, name] = _FieldCount(example, item.since)
        known.counts[waits] += 1
        known.first_seen = min(known.first_seen, item.since)


def _tallies(counts: Counter[tuple[str, bool]]) -> dict[str, Tally]:
    return {name: Tally(items=counts[name, False], waiting=counts[name, True]) for name, _ in counts}


def _field_tallies(counting: _Counting) -> tuple[FieldTally, ...]:
    found = [
        FieldTally(
            feed=feed,
            field=name,
            items=count.counts[False],
            waiting=count.counts[True],
            example=count.example,
            first_seen=count.first_seen.replace(tzinfo=UTC),
        )
        for (feed, name), count in counting.fields.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.items, -one.waiting, one.feed, one.field)))


# -- rows ---------------------------------------------------------------------------------------------------------


def discrepancy_schema(feed: Feed) -> pl.Schema:
    """The columns of `discrepancy_rows`."""
    time = pl.Datetime("us", "UTC")
    columns: dict[str, Any] = {
        **dict.fromkeys(("feed", "destination", "feed_id", *feed.identity_columns), pl.String),
        **dict.fromkeys(("kind", "state", "reason"), pl.String),
        "waiting": pl.Boolean,
        "since": time,
        "age_minutes": pl.Int64,
        "last_exported_at": time,
        "last_modified_at": time,
        "fields": pl.List(pl.String),
    }
    return pl.Schema(columns)


def _labelled(
    found: pl.DataFrame, feed: Feed, place: str, facts: FeedFacts, differing: Mapping[str, list[str]], now: datetime
) -> pl.DataFrame:
    reasons = {state: reason_of_state(state, facts).value for state in STATES}
    fields = pl.DataFrame(
        {"feed_id": list(differing), "fields": list(differing.values())},
        schema={"feed_id": pl.String, "fields": pl.List(pl.String)},
    )
    times = pl.col("since", "last_exported_at", "last_modified_at").dt.replace_time_zone("UTC")
    labelled = found.join(fields, on="feed_id", how="left", maintain_order="left").with_columns(
        times,
        feed=pl.lit(feed.name),
        destination=pl.lit(place),
        reason=pl.col("state").replace_strict(reasons, return_dtype=pl.String),
    )
    labelled = labelled.with_columns(
        waiting=pl.col("is_young") & pl.col("reason").is_in([reason.value for reason in PASSING]),
        age_minutes=(pl.lit(now) - pl.col("since")).dt.total_minutes(),
    )
    return labelled.select(pl.col(name).cast(kind) for name, kind in discrepancy_schema(feed).items())
