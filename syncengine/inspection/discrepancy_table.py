"""The discrepancies as one table that every question about them reads: made once per publication, beside its copy.

The table lies in the reader's own database: its cursors all see it, it spills, and it goes with the publication. Of an
earlier snapshot one is made for the question, and dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import orjson

from syncengine.changes.payload_diff import diff_payloads, field_of
from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import get_feeds
from syncengine.inspection.comparison import Comparison, compare_feed
from syncengine.inspection.courtesy import give_way
from syncengine.inspection.reasons import PASSING, SyncFacts, reason_of_state, sync_facts
from syncengine.inspection.scopes import Scope, scope_columns
from syncengine.inspection.states import STATES
from syncengine.inspection.view import CatalogView, asked, sql_text
from syncengine.lake.reader import LakeReader

MOST_PAIRS = 100_000  # of one feed; beyond, fields are counted over this many
SKU_COLUMNS = ("sku", "product_sku")
_SHARED = "memory.main.discrepancies"
_numbers = count(1)

Example = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscrepancyQuery:
    """Which discrepancies are meant. Nothing given: all of them; `waiting` None: whether they merely wait or not.

    `scope`: items of feeds without a store view or website are in every scope. `snapshot`: as both sides were then.
    `now`: the moment that ages are counted to.
    """

    feeds: tuple[str, ...] = ()
    destination: str | None = None
    kinds: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    ages: tuple[str, ...] = ()
    field: str | None = None
    text: str = ""
    waiting: bool | None = None
    scope: Scope | None = None
    feed_ids: tuple[str, ...] = ()
    snapshot: int | None = None
    now: datetime

    def parameters(self, window: timedelta) -> dict[str, Any]:
        """The values of `discrepancies_asked.sql`, without what states mean."""
        now, scope = self.now.astimezone(UTC).replace(tzinfo=None), self.scope
        return {
            "now": now,
            "young_from": now - window,
            "kinds": list(self.kinds),
            "some_states": list(self.states),
            "some_reasons": list(self.reasons),
            "ages": list(self.ages),
            "feed_ids": list(self.feed_ids),
            "field": self.field,
            "text": self.text.lower() or None,
            "waiting": self.waiting,
            "store_views": None if scope is None else list(scope.store_views),
            "website": None if scope is None else scope.website,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The feeds and destinations that a query means, compared: `examples` by feed, destination and field.

    `off`: the feeds that are not compared. Good only inside `compared_feeds`.
    """

    reader: LakeReader
    table: str
    pairs: tuple[tuple[Feed, str], ...]
    off: tuple[tuple[Feed, str], ...]
    examples: Mapping[tuple[str, str], Mapping[str, Example]]
    parameters: Mapping[str, Any]

    def statement(self, name: str, **places: str) -> str:
        """A statement over the discrepancies that are asked for."""
        return sql_text(name).format(asked=sql_text("discrepancies_asked.sql").format(table=self.table), **places)


@contextmanager
def compared_feeds(view: CatalogView, query: DiscrepancyQuery) -> Iterator[Compared | None]:
    """What a query asks of, compared; None before the first publication.

    Raises: LakeUnavailableError (retriable), UnknownFeedError, SettingsError.   Source: inspection/sql/discrepant.sql
    """
    wanted = {feed.name for feed in get_feeds(query.feeds)}
    places = list(view.destinations) if query.destination is None else [view.destination_id(query.destination)]
    reader = view.reader_or_none()
    if reader is None:
        yield None
        return
    facts = sync_facts(view)
    feeds = [feed for feed in view.feeds(reader, query.snapshot) if feed.name in wanted]
    all_pairs = [(feed, place) for place in places for feed in feeds]
    off = tuple((feed, place) for feed, place in all_pairs if facts.of(feed.name, place).is_off)
    pairs = tuple(pair for pair in all_pairs if pair not in off)
    window = timedelta(minutes=view.settings.schedule.every_minutes)
    with _table_of(view, reader, pairs, query) as (table, examples):
        yield Compared(
            reader=reader,
            table=table,
            pairs=pairs,
            off=off,
            examples=examples,
            parameters={**_meanings(pairs, facts), **query.parameters(window)},
        )


def is_compared(view: CatalogView, facts: SyncFacts) -> bool:
    """Whether the sides of the newest publication have been compared already, so that a report costs next to nothing.

    Raises: LakeUnavailableError (retriable).
    """
    reader = view.reader_or_none()
    if reader is None:
        return False
    known = reader.prepared.get("discrepancies", {})
    pairs = ((feed.name, place) for place in view.destinations for feed in view.feeds(reader))
    return all(pair in known or facts.of(*pair).is_off for pair in pairs)


def _meanings(pairs: Sequence[tuple[Feed, str]], facts: SyncFacts) -> dict[str, list[Any]]:
    """The reason for each state of each feed at each destination, as parallel lists."""
    meant = [
        (feed.name, place, state, reason_of_state(state, facts.of(feed.name, place)))
        for feed, place in pairs
        for state in STATES
    ]
    return {
        "feeds": [one[0] for one in meant],
        "places": [one[1] for one in meant],
        "states": [one[2] for one in meant],
        "reasons": [one[3].value for one in meant],
        "passes": [one[3] in PASSING for one in meant],
    }


# -- making the table ---------------------------------------------------------------------------------------------

_Examples = dict[tuple[str, str], Mapping[str, Example]]


@contextmanager
def _table_of(
    view: CatalogView, reader: LakeReader, pairs: Sequence[tuple[Feed, str]], query: DiscrepancyQuery
) -> Iterator[tuple[str, _Examples]]:
    if query.snapshot is None:
        with reader.preparing:  # whoever comes meanwhile waits for it instead of making it once more
            known: _Examples = reader.prepared.setdefault("discrepancies", {})
            _make(view, reader, [pair for pair in pairs if (pair[0].name, pair[1]) not in known], query, _SHARED, known)
        yield _SHARED, known
        return
    table, found = f"{_SHARED}_{next(_numbers)}", _Examples()
    try:
        _make(view, reader, pairs, query, table, found)
        yield table, found
    finally:
        with reader.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {table}")


def _make(
    view: CatalogView,
    reader: LakeReader,
    pairs: Sequence[tuple[Feed, str]],
    query: DiscrepancyQuery,
    table: str,
    known: _Examples,
) -> None:
    with asked(reader) as cursor:
        cursor.execute(sql_text("discrepancies_table.sql").format(into=table))
    for feed, place in pairs:
        with compare_feed(reader, feed, place, now=query.now, snapshot=query.snapshot) as compared:
            differing, examples = _fields_of(compared, view.contract(feed))
            _keep(compared, differing, table)
        known[feed.name, place] = examples


def _fields_of(compared: Comparison, contract: Feed) -> tuple[dict[str, list[str]], dict[str, Example]]:
    """The fields that differ by feed_id, and an example of each field."""
    differing: dict[str, list[str]] = {}
    examples: dict[str, Example] = {}
    for batch in compared.pairs(MOST_PAIRS):
        for number in range(len(batch)):
            row = {name: batch.column(name)[number].as_py() for name in batch.schema.names}
            found = examples_in(row, contract)
            differing[row["feed_id"]] = list(found)
            for name, example in found.items():
                examples.setdefault(name, example)
            give_way()
    return differing, examples


def examples_in(row: Mapping[str, Any], contract: Feed) -> dict[str, Example]:
    """The fields of one item that differ, with the first edit of each; `row`: item, before and after."""
    found: dict[str, Example] = {}
    for edit in diff_payloads(orjson.loads(row["before"]), orjson.loads(row["after"]), contract):
        example = {"item": row["item"], "path": edit.path, "catalog": edit.after, "exported": edit.before}
        found.setdefault(field_of(edit.path), example)
    return found


def _keep(compared: Comparison, differing: Mapping[str, list[str]], table: str) -> None:
    cursor, names = compared.cursor, compared.feed.identity_columns
    cursor.execute(
        "CREATE OR REPLACE TEMP TABLE differing AS "
        "SELECT unnest($ids::VARCHAR[])::UUID AS feed_id, unnest($fields::VARCHAR[][]) AS fields",
        {"ids": list(differing), "fields": list(differing.values())},
    )
    statement = sql_text("discrepant_keep.sql").format(
        into=table,
        columns=", ".join(f'"{name}"' for name in names),
        identity=", ".join(f'coalesce(said."{name}", held."{name}") AS "{name}"' for name in names),
        sku=next((f'"{name}"' for name in SKU_COLUMNS if name in names), "NULL"),
        **scope_columns(compared.feed),
        **compared.tables,
    )
    cursor.execute(
        statement,
        {
            "feed": compared.feed.name,
            "destination": compared.destination,
            "now": compared.now.astimezone(UTC).replace(tzinfo=None),
        },
    )
