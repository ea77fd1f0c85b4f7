"""Reconciling: what a destination really holds beside what `exported` remembers of it, and how to mend the memory.

A repair sends nothing. It makes `exported` say what is held, so that the next plan sends what is needed: what is
missing is forgotten, what is there besides is remembered, what differs is remembered as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pyarrow as pa

from syncengine.export.destinations.base import AskableDestination
from syncengine.feeds.feed import Feed
from syncengine.lake.tables import column_list, columns_of, table_name
from syncengine.lake.writer import LakeWriter

_SQL = Path(__file__).parent / "sql"
PAGE_ITEMS = 1000
_PAGES_AT_ONCE = 50  # the remembered texts are read once for so many pages
_COMPARED_AT_ONCE = 2000
_VOLATILE = ("deleted", "modifiedAt", "updatedAt")
KINDS = ("missing", "extra", "different")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """How a destination's holdings and our memory of one feed compare, in live feed items.

    `counted`: how many the destination says it holds, asked first. `held`: how many it gave when asked for all of them;
    None: it was asked for the count only. `missing`: remembered, not held. `extra`: held, not remembered.
    `samples`: identities, by kind.
    """

    feed: str
    destination: str
    remembered: int
    counted: int
    held: int | None = None
    missing: int = 0
    extra: int = 0
    different: int = 0
    samples: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_true(self) -> bool:
        """Whether the memory is right, as far as was looked."""
        if self.held is None:
            return self.counts_equal
        return not (self.missing or self.extra or self.different)

    @property
    def counts_equal(self) -> bool:
        """Does the destination count as many items as we remember?"""
        return self.counted == self.remembered

    @property
    def repair_plan(self) -> dict[str, int]:
        """What a repair would do to our memory: items to forget, to remember besides, and to correct."""
        return {"forget": self.missing, "remember": self.extra, "correct": self.different}

    def as_json(self) -> dict[str, Any]:
        """The comparison as a JSON object."""
        return {
            "feed": self.feed,
            "destination": self.destination,
            "remembered": self.remembered,
            "counted": self.counted,
            "counts_equal": self.counts_equal,
            "held": self.held,
            **{kind: getattr(self, kind) for kind in KINDS},
            "repair_plan": self.repair_plan,
            "samples": {kind: list(items) for kind, items in self.samples.items()},
        }


def count_held(
    connection: duckdb.DuckDBPyConnection, feed: Feed, destination: AskableDestination, destination_id: str
) -> Reconciliation:
    """The cheap check, one request: do the destination and we count the same? Equal counts may differ in content.

    Raises: as `reconcile_feed`.
    """
    counted = destination.count(feed.name).live
    return Reconciliation(
        feed=feed.name,
        destination=destination_id,
        remembered=_remembered(connection, feed, destination_id),
        counted=counted,
    )


def _remembered(connection: duckdb.DuckDBPyConnection, feed: Feed, destination_id: str) -> int:
    row = connection.execute(
        f"SELECT count(*) FROM {table_name('exported', feed)} WHERE destination = $destination AND NOT is_deleted",
        {"destination": destination_id},
    ).fetchone()
    assert row is not None
    return int(row[0])


def reconcile_feed(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    destination: AskableDestination,
    destination_id: str,
    *,
    progress: Callable[[int, int], None] = lambda taken, total: None,
    samples: int = 5,
) -> Reconciliation:
    """Ask how much is held of `feed`, then for all of it, and compare it with `exported` in the attached lake.

    Leaves the temporary tables "held_<feed>" and "drift_<feed>" for `repair_feed`.
    Raises: DestinationRefusedError, DestinationUnreachableError, DayBudgetSpentError.
    """
    counts = destination.count(feed.name)
    identity = ", ".join(f'"{name}" VARCHAR' for name in feed.identity_columns)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {_held(feed)} (feed_id UUID, {identity}, is_deleted BOOLEAN, payload VARCHAR)"
    )
    taken = 0
    for items in _held_items(destination, feed):
        _take(connection, feed, destination_id, items)
        taken += len(items)
        progress(taken, counts.live + counts.deleted)
    connection.execute(
        f"DELETE FROM {_held(feed)} WHERE rowid NOT IN (SELECT max(rowid) FROM {_held(feed)} GROUP BY feed_id)"
    )
    connection.execute(_statement("reconcile_compare.sql", feed), {"destination": destination_id})
    _take_out_equal(connection, feed, destination_id)
    return _counted(connection, feed, destination_id, counts.live, samples)


def _held(feed: Feed) -> str:
    return f'"held_{feed.name}"'


def _drift(feed: Feed) -> str:
    return f'"drift_{feed.name}"'


def _statement(name: str, feed: Feed, **more: str) -> str:
    return (
        (_SQL / name)
        .read_text("utf-8")
        .format(held=_held(feed), drift=_drift(feed), exported=table_name("exported", feed), **more)
    )


def _held_items(destination: AskableDestination, feed: Feed) -> Iterator[list[str]]:
    """The held items as JSON texts, some pages at a time."""
    items: list[str] = []
    pages, after = 0, None
    while True:
        page = destination.fetch(feed.name, after=after, limit=PAGE_ITEMS)
        items += page.items
        pages, after = pages + 1, page.next
        if items and (after is None or pages % _PAGES_AT_ONCE == 0):
            yield items
            items = []
        if after is None:
            return


def _take(connection: duckdb.DuckDBPyConnection, feed: Feed, destination_id: str, items: list[str]) -> None:
    connection.register("held_page", pa.table({"payload": items}))
    values = [f"payload->>'$.{name}'" for name in feed.identity]
    statement = _statement(
        "reconcile_take.sql",
        feed,
        values=", ".join(values),
        named_values=", ".join(
            f'{value} AS "{name}"' for value, name in zip(values, feed.identity_columns, strict=True)
        ),
        names=", ".join(f'page."{name}"' for name in feed.identity_columns),
    )
    connection.execute(statement, {"destination": destination_id})
    connection.unregister("held_page")


def _take_out_equal(connection: duckdb.DuckDBPyConnection, feed: Feed, destination_id: str) -> None:
    """Take out of `drift` what is the same content in another form: order of keys, numbers, spaces, dates of change."""
    pairs = connection.execute(
        f"""SELECT drift.feed_id::VARCHAR, held.payload, known.payload FROM {_drift(feed)} AS drift
            JOIN {_held(feed)} AS held USING (feed_id)
            JOIN {table_name("exported", feed)} AS known ON known.feed_id = drift.feed_id
            WHERE drift.kind = 'different' AND known.destination = $destination""",
        {"destination": destination_id},
    )
    equal: list[str] = []
    while rows := pairs.fetchmany(_COMPARED_AT_ONCE):
        equal += [feed_id for feed_id, held, known in rows if _content(held) == _content(known)]
    connection.execute(
        f"DELETE FROM {_drift(feed)} WHERE feed_id IN (SELECT unnest($ids::VARCHAR[])::UUID)", {"ids": equal}
    )


def _content(payload: str) -> Any:
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return payload
    return {name: item for name, item in value.items() if name not in _VOLATILE}


def _counted(
    connection: duckdb.DuckDBPyConnection, feed: Feed, destination_id: str, counted: int, samples: int
) -> Reconciliation:
    def count(statement: str, parameters: dict[str, str] | None = None) -> int:
        row = connection.execute(statement, parameters).fetchone()
        assert row is not None
        return int(row[0])

    own, exported = {"destination": destination_id}, table_name("exported", feed)
    names = ", ".join(f'item."{name}"' for name in feed.identity_columns)
    found: dict[str, int] = dict(
        connection.execute(f"SELECT kind, count(*) FROM {_drift(feed)} GROUP BY kind").fetchall()
    )
    some: dict[str, tuple[str, ...]] = {}
    for kind in KINDS:
        source = f"(SELECT * FROM {exported} WHERE destination = $destination)" if kind == "missing" else _held(feed)
        rows = connection.execute(
            f"""SELECT concat_ws(' / ', {names}) FROM {source} AS item JOIN {_drift(feed)} AS drift USING (feed_id)
                WHERE drift.kind = $kind ORDER BY 1 LIMIT {int(samples)}""",
            {"kind": kind} | (own if kind == "missing" else {}),
        ).fetchall()
        some[kind] = tuple(text for (text,) in rows)
    return Reconciliation(
        feed=feed.name,
        destination=destination_id,
        remembered=_remembered(connection, feed, destination_id),
        counted=counted,
        held=count(f"SELECT count(*) FROM {_held(feed)} WHERE NOT is_deleted"),
        missing=found.get("missing", 0),
        extra=found.get("extra", 0),
        different=found.get("different", 0),
        samples=some,
    )


def repair_feed(writer: LakeWriter, feed: Feed, destination_id: str, *, at: datetime) -> None:
    """Make `exported` say what `reconcile_feed` found, inside a commit of the writer; what stood in the way of a new
    attempt is cleared, too."""
    connection = writer.connection
    for schema in ("exported", "delivery"):
        connection.execute(
            f"""DELETE FROM {table_name(schema, feed)}
                WHERE destination = $destination AND feed_id IN (SELECT feed_id FROM {_drift(feed)})""",
            {"destination": destination_id},
        )
    known: dict[str, str] = {name: f'held."{name}"' for name in feed.identity_columns}
    known |= {
        "destination": "$destination",
        "feed_id": "held.feed_id",
        # no hash of ours: whatever the catalog says, it is compared as another content
        "feed_hash": "md5('held ' || held.payload)::UUID",
        "payload": "held.payload",
        "is_deleted": "false",
        "exported_at": "$at::TIMESTAMP",
        "request_id": "'reconcile'",
    }
    columns = columns_of("exported", feed)
    values = ", ".join(known.get(name, "NULL") for name, _ in columns)
    connection.execute(
        f"""INSERT INTO {table_name("exported", feed)} ({column_list(columns)})
            SELECT {values} FROM {_held(feed)} AS held JOIN {_drift(feed)} AS drift USING (feed_id)
            WHERE drift.kind <> 'missing'""",
        {"destination": destination_id, "at": at.replace(tzinfo=None)},
    )
    if feed.name == "products":
        connection.execute(f"INSERT INTO touched_products SELECT feed_id FROM {_drift(feed)}")
