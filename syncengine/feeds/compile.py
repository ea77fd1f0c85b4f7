"""Compiles feeds: staged records in, one Parquet file of canonical items per feed out.

What a feed's `compile.sql` must be: one SELECT (it may open with WITH) that yields, in any order,

- one column per field of `Feed.fields`, named exactly so (`"storeViewCode"`), without `deleted` and without the
  feed's modified field. Scalars may have any type that casts to the field's; records and lists are DuckDB structs and
  lists, or JSON. A number *inside* a record or list goes through `canonical_number(x)`; a set-like list is sorted;
  an empty list is `none_if_empty(list)`. A field that the SQL does not yield is null.
- `source_entity_id` (cast to VARCHAR), `modified_at` (TIMESTAMP, UTC; NULL when the source does not say), and the
  feed's listing columns (`listing_<name>` where a payload field has the same name and another meaning).
- optionally `problem_code` and `problem_message`: a row where `problem_code` is not null is not an item; it goes to
  `set_aside.parquet` with its identity and its store view or website as scope.

Optional beside it: other `.sql` files, run once before it in order of their names; they create tables, views and macros
in schema `prepared`, prefixed with the feed's name. With `Feed.by_product_range` compile.sql runs once per range of
product ids, and then the two views `prepared.products` and `prepared.items` show only that range; every other relation
always shows the whole catalog.

What it may read (schema `prepared`; sql/*.sql has the columns):

- `websites`, `store_views` (admin left out, inactive ones kept), `customer_groups` (with the sha1 code)
- `attributes` (one per attribute and store view), `attribute_options` (label per store view with fallback)
- `categories` (one per category and store view under its root; url_path, is_active inherited)
- `product_keys` (one narrow row per product), `item_keys` (one narrow row per product and store view of its websites,
  `scope` = which record gives its values), `product_parents` (child_id, child_sku, parent_id, parent_sku, parent_type)
- `products` (one wide row per product record and scope: product_parse.sql), `items` = item_keys of the range
- `stock_index` (sku_key, website_code, qty, is_salable), `stock_sources` (sku_key, qty, in_stock), and any
  `records.<entity>` view (scope, record JSON)

A product that cannot be compiled is in none of these relations but in `rejected_products`; it is set aside once per
feed whose source entity is a product. Macros: sql/macros.sql. `getvariable('now')` is the compile time (UTC TIMESTAMP);
an item must not depend on it except where its meaning does (a special price that has ended).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import duckdb

from syncengine.errors import FeedError
from syncengine.feeds.canonical import item_query, problem_query
from syncengine.feeds.feed import ROOM, Feed
from syncengine.feeds.noise import Noise
from syncengine.feeds.preparation import ProductRanges, memory_limit_bytes, prepare_products, prepare_small

SET_ASIDE_FILE = "set_aside.parquet"
# a row group is held in memory by each thread that reads or writes it, payloads and all
_ROW_GROUP_ITEMS = 8_192
_PART_ROW_GROUP_ITEMS = 2_048
# what one thread needs for itself, mostly room for the nested columns of a product at each step of its SQL
_BYTES_A_THREAD = 360 * 2**20
_SET_ASIDE_COLUMNS = (
    "feed VARCHAR, source_entity_id VARCHAR, identity_text VARCHAR, scope VARCHAR, code VARCHAR, message VARCHAR"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledFeed:
    """One feed's compiled items: `path` has exactly `feed.columns`, one row per live item."""

    feed: Feed
    path: Path
    items: int
    set_aside: int
    offered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileProgress:
    """How far the compilation of one feed is, in ranges of products."""

    feed: str
    done: int
    total: int


def _no_progress(_: CompileProgress) -> None:
    return None


def compile_feeds(
    con: duckdb.DuckDBPyConnection,
    feeds: Sequence[Feed],
    *,
    out: Path,
    now: datetime,
    noise: Noise = MappingProxyType({}),
    progress: Callable[[CompileProgress], None] = _no_progress,
) -> tuple[CompiledFeed, ...]:
    """The compiled items of `feeds`, in the order given, as `<out>/<feed>.parquet`, and `<out>/set_aside.parquet`.
    `noise`: by feed, the fields that the content hash leaves out.

    Reads schema `records` of `con`. A record that cannot be compiled is set aside and never fails the run.
    Raises: FeedError when a feed's SQL fails.
    """
    out.mkdir(parents=True, exist_ok=True)
    work = out / "prepared"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    utc_now = now.astimezone(UTC).replace(tzinfo=None) if now.tzinfo else now
    try:
        with _threads_within_memory(con):
            con.execute(f"CREATE OR REPLACE TEMP TABLE set_aside ({_SET_ASIDE_COLUMNS})")
            prepare_small(con, now=utc_now)
            ranges = prepare_products(con, work) if any(feed.reads_products for feed in feeds) else ProductRanges.none()
            compiled = [
                _compile_feed(
                    con, feed, ranges, out=out, work=work, left_out=noise.get(feed.name, frozenset()), progress=progress
                )
                for feed in feeds
            ]
            path = str(out / SET_ASIDE_FILE)
            con.execute("COPY set_aside TO $path (FORMAT parquet, COMPRESSION zstd)", {"path": path})
    except duckdb.Error as error:
        raise FeedError(f"The feeds could not be compiled: {error}", hint="Run `catalog-sync doctor`.") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return tuple(compiled)


def _compile_feed(
    con: duckdb.DuckDBPyConnection,
    feed: Feed,
    ranges: ProductRanges,
    *,
    out: Path,
    work: Path,
    left_out: frozenset[str],
    progress: Callable[[CompileProgress], None],
) -> CompiledFeed:
    path = out / f"{feed.name}.parquet"
    if not _is_offered(con, feed):
        columns = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in feed.columns)
        _copy(con, f"SELECT {columns} WHERE false", path)
        return CompiledFeed(feed=feed, path=path, items=0, set_aside=0, offered=False)
    final = feed.place / "compile.sql"
    scripts = sorted(script for script in feed.place.glob("*.sql") if script != final)
    running = final
    try:
        for running in scripts:
            con.execute(running.read_text("utf-8"))
        running = final
        with _joining(con, as_written=feed.joins_as_written):
            sql = final.read_text("utf-8")
            parts = _compile_parts(con, feed, sql, ranges, work=work, left_out=left_out, progress=progress)
    except (duckdb.Error, OSError) as error:
        place = f"{feed.place.name}/{running.name}"
        raise FeedError(f"The feed `{feed.name}` could not be compiled ({place}): {error}", feed=feed.name) from error
    items = _join_parts(con, feed, parts, path)
    _set_aside_rejected_products(con, feed)
    row = con.execute("SELECT count(*) FROM set_aside WHERE feed = $feed", {"feed": feed.name}).fetchone()
    return CompiledFeed(feed=feed, path=path, items=items, set_aside=row[0] if row else 0, offered=True)


@contextmanager
def _threads_within_memory(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """As many of the connection's threads as its memory limit has room for; afterwards as many as before."""
    row = con.execute("SELECT current_setting('threads')").fetchone()
    threads = int(row[0]) if row else 1
    con.execute("SET threads = $threads", {"threads": min(threads, max(1, memory_limit_bytes(con) // _BYTES_A_THREAD))})
    try:
        yield
    finally:
        con.execute("SET threads = $threads", {"threads": threads})


@contextmanager
def _joining(con: duckdb.DuckDBPyConnection, *, as_written: bool) -> Iterator[None]:
    if not as_written:
        yield
        return
    con.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    try:
        yield
    finally:
        con.execute("RESET disabled_optimizers")


def _is_offered(con: duckdb.DuckDBPyConnection, feed: Feed) -> bool:
    refused = con.execute(
        "SELECT count(*) FROM records.offered WHERE list_contains($entities, entity) AND NOT offered",
        {"entities": list(feed.requires)},
    ).fetchone()
    return not (refused and refused[0])


def _compile_parts(
    con: duckdb.DuckDBPyConnection,
    feed: Feed,
    sql: str,
    ranges: ProductRanges,
    *,
    work: Path,
    left_out: frozenset[str],
    progress: Callable[[CompileProgress], None],
) -> list[Path]:
    """One Parquet file per range of products, or a single one; rows with a problem are set aside."""
    spans = ranges.spans if feed.by_product_range else (None,)
    parts = []
    for number, span in enumerate(spans):
        progress(CompileProgress(feed=feed.name, done=number, total=len(spans)))
        if span is not None:
            ranges.show(con, span)
        yielded = frozenset(name for name, *_ in con.execute(f"DESCRIBE {sql}").fetchall())
        source = f"({sql})"
        if "problem_code" in yielded:
            con.execute(f"CREATE OR REPLACE TEMP TABLE compiled AS {sql}")
            source = "compiled"
            con.execute(f"INSERT INTO set_aside {problem_query(feed, yielded, source)}", {"feed": feed.name})
        part = work / f"{feed.name}.{number}.parquet"
        query = item_query(feed, yielded, source, left_out=left_out)
        if len(spans) == 1:
            _copy(con, query, part)
        else:
            _copy(con, query, part, compression="lz4", row_group=_PART_ROW_GROUP_ITEMS)
        parts.append(part)
    con.execute("DROP TABLE IF EXISTS compiled")
    progress(CompileProgress(feed=feed.name, done=len(spans), total=len(spans)))
    return parts


def _join_parts(con: duckdb.DuckDBPyConnection, feed: Feed, parts: list[Path], path: Path) -> int:
    """Moves or joins `parts` into `path` and returns the count; of several items with one identity the first stays."""
    names = [str(part) for part in parts]
    identity = ", ".join(feed.identity_columns)
    duplicates = con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE duplicates AS
        SELECT * EXCLUDE (place)
        FROM (
            SELECT
                filename, file_row_number, source_entity_id, to_json([{identity}])::VARCHAR AS identity_text,
                row_number() OVER (
                    PARTITION BY feed_id ORDER BY TRY_CAST(source_entity_id AS BIGINT), source_entity_id, feed_hash
                ) AS place
            FROM read_parquet($parts, filename = true, file_row_number = true)
            WHERE feed_id IN (
                SELECT feed_id FROM read_parquet($parts) GROUP BY feed_id HAVING count(*) > 1
            )
        )
        WHERE place > 1
        """,
        {"parts": names},
    ).fetchone()
    has_duplicates = bool(duplicates and duplicates[0])
    if has_duplicates:
        con.execute(
            "INSERT INTO set_aside SELECT $feed, source_entity_id, identity_text, NULL, 'duplicate_identity', "
            "'Another item of the catalog has the same identity.' FROM duplicates",
            {"feed": feed.name},
        )
    if len(parts) == 1 and not has_duplicates:
        parts[0].replace(path)
    else:
        columns = ", ".join(name for name, _ in feed.columns)
        source = (
            f"SELECT {columns} FROM read_parquet({_sql_list(names)}, filename = true, file_row_number = true) AS items"
        )
        if has_duplicates:
            source += " ANTI JOIN duplicates USING (filename, file_row_number)"
        _copy(con, source, path)
    count = con.execute("SELECT count(*) FROM read_parquet($path)", {"path": str(path)}).fetchone()
    return count[0] if count else 0


def _set_aside_rejected_products(con: duckdb.DuckDBPyConnection, feed: Feed) -> None:
    if not feed.reads_products:
        return
    con.execute((ROOM / "sql" / "set_aside_products.sql").read_text("utf-8"), {"feed": feed.name})


def _copy(
    con: duckdb.DuckDBPyConnection,
    query: str,
    path: Path,
    *,
    compression: str = "zstd",
    row_group: int = _ROW_GROUP_ITEMS,
) -> None:
    options = f"FORMAT parquet, COMPRESSION {compression}, ROW_GROUP_SIZE {row_group}"
    con.execute(f"COPY ({query}) TO {_sql_text(str(path))} ({options})")


def _sql_text(text: str) -> str:
    # COPY's target and read_parquet inside COPY take no bound parameter together with a query
    return "'" + text.replace("'", "''") + "'"


def _sql_list(texts: Sequence[str]) -> str:
    return "[" + ", ".join(_sql_text(text) for text in texts) + "]"
