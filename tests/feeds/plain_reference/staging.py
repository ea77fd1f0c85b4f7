"""Puts plain records where the feeds' SQL reads them: schema `records`, one relation per entity."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from syncengine.feeds.compile import CompiledFeed, compile_feeds
from syncengine.feeds.registry import get_feed

from .records import ENTITIES, Records

Row = dict[str, Any]


@contextmanager
def staged(records: Records) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose schema `records` holds these records."""
    con = duckdb.connect()
    try:
        con.execute("CREATE SCHEMA records")
        for entity in dict.fromkeys((*ENTITIES, *records.by_entity)):
            scoped = records.by_entity.get(entity, {})
            rows = [(scope, as_text(record)) for scope, found in scoped.items() for record in found]
            table = pa.table({"scope": [row[0] for row in rows], "record": [row[1] for row in rows]})
            table = table.cast(pa.schema([("scope", pa.string()), ("record", pa.string())]))
            con.register("incoming", table)
            con.execute(f"CREATE TABLE records.{entity} AS SELECT scope, record::JSON AS record FROM incoming")
            con.unregister("incoming")
        con.execute("CREATE TABLE records.offered (entity VARCHAR, offered BOOLEAN)")
        con.executemany(
            "INSERT INTO records.offered VALUES (?, ?)", [(name, records.offers(name)) for name in ENTITIES]
        )
        yield con
    finally:
        con.close()


def as_text(record: Row | str) -> str:
    """The JSON text of a record; one that is text already stays as it was sent."""
    return record if isinstance(record, str) else json.dumps(record)


def compiled(records: Records, feed: str, *, out: Path, now: datetime) -> tuple[CompiledFeed, list[Row], list[Row]]:
    """One feed compiled: the result, its rows with `item` for the parsed payload, what was set aside."""
    found = compiled_feeds(records, [feed], out=out, now=now)
    return (*found[feed], _set_aside(out))


def compiled_feeds(
    records: Records, feeds: Sequence[str], *, out: Path, now: datetime
) -> dict[str, tuple[CompiledFeed, list[Row]]]:
    """Several feeds of one catalog, compiled together: per feed the result, and its rows as in `compiled`."""
    with staged(records) as con:
        results = compile_feeds(con, [get_feed(feed) for feed in feeds], out=out, now=now)
    return {result.feed.name: (result, _items(result.path)) for result in results}


def _items(path: Path) -> list[Row]:
    rows = pq.read_table(path).to_pylist()
    for row in rows:
        row["item"] = json.loads(row["payload"])
    return rows


def _set_aside(out: Path) -> list[Row]:
    return pq.read_table(out / "set_aside.parquet").to_pylist()
