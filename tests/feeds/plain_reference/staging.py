"""Puts plain records where the feeds' SQL reads them: schema `records`, one relation per entity."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

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
            rows = [(scope, json.dumps(record)) for scope, found in scoped.items() for record in found]
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


def compiled(records: Records, feed: str, *, out: Path, now: datetime) -> tuple[CompiledFeed, list[Row], list[Row]]:
    """One feed compiled: the result, its rows with `item` for the parsed payload, what was set aside."""
    with staged(records) as con:
        (result,) = compile_feeds(con, [get_feed(feed)], out=out, now=now)
        rows = _rows(con, result.path)
        set_aside = _rows(con, out / "set_aside.parquet")
    for row in rows:
        row["item"] = json.loads(row["payload"])
    return result, rows, set_aside


def _rows(con: duckdb.DuckDBPyConnection, path: Path) -> list[Row]:
    return con.sql("SELECT * FROM read_parquet($path)", params={"path": str(path)}).to_arrow_table().to_pylist()
