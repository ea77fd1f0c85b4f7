"""What an index has to compile: nothing, the products that an edit touches, or everything.

A product's items depend on its own records, on the products that it and they speak of (children, parents, links, a
shared SKU), on what each SKU has beside them (stock, tier and rule prices) and on the small entities (scopes,
attributes, categories, groups, permissions …). When a small entity says something else, everything is compiled. Else
the touched products are: compiled from their records and their neighbours' only, as if the catalog held no others.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from syncengine.catalog.records import create_view
from syncengine.catalog.staged import ENTITIES, StagedCatalog, StagedPart
from syncengine.feeds.feed import ROOM, Feed
from syncengine.feeds.indexed import IndexedState, IndexMemory, code_digest
from syncengine.feeds.registry import FEEDS

_SQL = ROOM / "sql"
# their records belong to one SKU each; a record that names a SKU says nothing of any other product
SKU_ENTITIES = ("source_items", "stock_index", "tier_prices", "catalog_rule_prices")
# what no feed reads: the reader looks at them to know which products to read again
UNREAD_ENTITIES = ("base_prices", "special_prices")
# beyond this share of the catalog, compiling everything is quicker
_MOST_TOUCHED = 0.25
_ALWAYS_FEW = 200
_ROW_COLUMNS = (
    "entity VARCHAR, scope VARCHAR, page INTEGER, product_id BIGINT, sku_key VARCHAR, digest UBIGINT, "
    "child_ids BIGINT[], target_keys VARCHAR[]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPlan:
    """What to compile. `whole`: these feeds, of all records. `touched`: these feeds, of the products of `touched_path`
    (Parquet: source_entity_id VARCHAR). All other feeds asked for are as they are in the lake.

    `state` is for `IndexMemory.keep` once the lake has been written; None: this read cannot be compared.
    """

    whole: tuple[Feed, ...]
    touched: tuple[Feed, ...] = ()
    touched_path: Path | None = None
    products: int = 0
    pages: tuple[StagedPart, ...] = ()
    state: IndexedState | None = None

    @property
    def is_nothing(self) -> bool:
        """True when every feed asked for is in the lake as the records have it."""
        return not self.whole and not self.touched


def plan_index(
    con: duckdb.DuckDBPyConnection,
    staged: StagedCatalog,
    feeds: Sequence[Feed],
    *,
    memory: IndexMemory,
    now: datetime,
    snapshot: int | None,
    variant: str = "",
    everything: bool = False,
) -> IndexPlan:
    """What of `feeds` has to be compiled from `staged`, given what the last index saw.

    `snapshot`: the one that the last merge made. `variant`: settings that decide what items are. `everything`: compile
    all of it, and remember what was seen. Reads schema `records` of `con` and leaves temporary tables there.
    """
    pages = _numbered_pages(staged)
    if pages is None:
        return IndexPlan(whole=tuple(feeds))
    memory.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    con.execute((_SQL / "macros.sql").read_text("utf-8"))
    state = IndexedState(code=code_digest(variant), small=_small_digest(staged), day=_days(con, now))
    before = memory.load(code=state.code, snapshot=snapshot)
    if everything or before is None or before.small != state.small:
        before = replace(state, pages={}, fresh=frozenset())
    fresh = before.fresh if before.day == state.day else _without_day_followers(before.fresh)
    paging = _scan(con, memory, before, pages)
    followers = [feed for feed in feeds if feed.reads_products and feed.name in fresh]
    touched = _find_touched(con, memory, before, followers) if fresh else None
    if touched is None:
        fresh, followers = frozenset[str](), []
    asked = frozenset(feed.name for feed in feeds)
    rows, pending = _write_rows(con, memory, before, paging), _write_pending(con, memory, fresh - asked)
    state = replace(state, pages=paging.numbers, fresh=fresh | asked, rows=rows, pending=pending)
    whole = tuple(feed for feed in feeds if feed.name not in fresh)
    if not followers or not touched:
        return IndexPlan(whole=whole, state=state)
    return IndexPlan(
        whole=whole,
        touched=tuple(followers),
        touched_path=_write_touched(con, memory),
        products=touched,
        pages=_pages_of_neighbours(con, pages, paging.numbers),
        state=state,
    )


def show_neighbours_only(con: duckdb.DuckDBPyConnection, plan: IndexPlan) -> None:
    """`records.products` shows the touched products and those that theirs depend on."""
    create_view(con, "records.products_of_pages", plan.pages)
    con.execute(
        """CREATE OR REPLACE VIEW records.products AS SELECT * FROM records.products_of_pages
           WHERE TRY_CAST(record ->> '$.id' AS BIGINT) IN (SELECT product_id FROM neighbours)"""
    )


# -- pages --------------------------------------------------------------------------------------------------------


def _numbered_pages(staged: StagedCatalog) -> dict[str, StagedPart] | None:
    """The pages of product and SKU entities, each as a part of one file, by what they hold; None without digests."""
    pages: dict[str, StagedPart] = {}
    seen: Counter[str] = Counter()
    for part in staged.parts:
        if len(part.digests) != len(part.files):
            return None
        if part.entity != "products" and part.entity not in SKU_ENTITIES:
            continue
        for file, digest in zip(part.files, part.digests, strict=True):
            key = f"{part.entity}/{part.scope}/{digest}"
            seen[key] += 1
            pages[f"{key}/{seen[key]}"] = replace(part, files=(file,), digests=(digest,))
    return pages


def _small_digest(staged: StagedCatalog) -> str:
    """Digest of all that is not of one product: these records, what the source offers, which websites have an index."""
    digest = hashlib.sha256()
    for entity in sorted(set(ENTITIES) - set(UNREAD_ENTITIES)):
        digest.update(f"{entity} {bool(staged.offered.get(entity, False))}\n".encode())
    # a part without a record is as good as none
    for part in sorted((one for one in staged.parts if one.records), key=lambda part: (part.entity, part.scope)):
        if part.entity in SKU_ENTITIES or part.entity == "products":
            digest.update(f"{part.entity} {part.scope}\n".encode())
        elif part.entity not in UNREAD_ENTITIES:
            digest.update(f"{part.entity} {part.scope} {' '.join(part.digests)}\n".encode())
    return digest.hexdigest()


def _days(con: duckdb.DuckDBPyConnection, now: datetime) -> str:
    """The date in each time zone of the store's configurations, as one text."""
    utc = now.astimezone(UTC).replace(tzinfo=None) if now.tzinfo else now
    rows = con.execute(
        """SELECT DISTINCT zone, timezone(coalesce(known.name, 'UTC'), timezone('UTC', $now::TIMESTAMP))::DATE::VARCHAR
           FROM (SELECT record ->> 'timezone' AS zone FROM records.store_configs UNION SELECT 'UTC') AS zones
           LEFT JOIN pg_timezone_names() AS known ON known.name = zones.zone
           ORDER BY ALL""",
        {"now": utc},
    ).fetchall()
    return " ".join(f"{zone}:{day}" for zone, day in rows)


def _without_day_followers(fresh: frozenset[str]) -> frozenset[str]:
    return fresh - {feed.name for feed in FEEDS.values() if feed.follows_the_day}


# -- rows ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paging:
    """`numbers`: every page of now, by what it holds; `is_as_before`: no page appeared and none vanished."""

    numbers: dict[str, int]
    is_as_before: bool


def _scan(
    con: duckdb.DuckDBPyConnection, memory: IndexMemory, before: IndexedState, pages: dict[str, StagedPart]
) -> _Paging:
    """Makes standing_rows, old_rows (of pages that vanished) and new_rows (of those that appeared); numbers these."""
    appeared = {key: part for key, part in pages.items() if key not in before.pages}
    vanished = [number for key, number in before.pages.items() if key not in pages]
    first = max(before.pages.values(), default=0) + 1
    numbers = dict(before.pages) | {key: number for number, key in enumerate(appeared, start=first)}
    con.execute(f"CREATE OR REPLACE TEMP TABLE no_rows ({_ROW_COLUMNS})")
    con.execute("CREATE OR REPLACE TEMP TABLE no_pending (feed VARCHAR, product_id BIGINT)")
    con.execute("CREATE OR REPLACE TEMP TABLE touched_now (product_id BIGINT)")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE vanished AS SELECT unnest($pages::INTEGER[]) AS page", {"pages": vanished}
    )
    kept = f"read_parquet('{_quoted(memory.path(before.rows))}')" if before.rows else "no_rows"
    con.execute(f"CREATE OR REPLACE TEMP VIEW standing_rows AS FROM {kept} ANTI JOIN vanished USING (page)")
    con.execute(f"CREATE OR REPLACE TEMP TABLE old_rows AS FROM {kept} SEMI JOIN vanished USING (page)")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE page_numbers AS "
        "SELECT unnest($files::VARCHAR[]) AS filename, unnest($pages::INTEGER[]) AS page",
        {"files": [str(part.files[0]) for part in appeared.values()], "pages": [numbers[key] for key in appeared]},
    )
    con.execute("CREATE OR REPLACE TEMP TABLE new_rows AS FROM no_rows")
    _insert_rows(con, [part for part in appeared.values() if part.entity == "products"], "scan_records.sql")
    for entity in SKU_ENTITIES:
        parts = [part for part in appeared.values() if part.entity == entity]
        _insert_rows(con, parts, "scan_sku_records.sql", entity=entity)
    return _Paging(numbers={key: numbers[key] for key in pages}, is_as_before=not appeared and not vanished)


def _insert_rows(con: duckdb.DuckDBPyConnection, parts: Sequence[StagedPart], script: str, **values: str) -> None:
    if parts:
        create_view(con, "appeared_records", _by_scope(parts), with_files=True)
        con.execute(f"INSERT INTO new_rows {(_SQL / script).read_text('utf-8')}", values)


def _by_scope(parts: Sequence[StagedPart]) -> list[StagedPart]:
    """One part per scope of parts of one entity."""
    scopes: dict[str, list[StagedPart]] = {}
    for part in parts:
        scopes.setdefault(part.scope, []).append(part)
    return [replace(found[0], files=tuple(one.files[0] for one in found), digests=()) for found in scopes.values()]


# -- products -----------------------------------------------------------------------------------------------------


def _find_touched(
    con: duckdb.DuckDBPyConnection, memory: IndexMemory, before: IndexedState, followers: Sequence[Feed]
) -> int | None:
    """Makes touched_now (what this read touches), touched (with what was pending for `followers`) and neighbours (all
    that those are compiled from). Returns how many are touched; None when compiling everything is as good."""
    con.execute((_SQL / "changed_products.sql").read_text("utf-8"))
    row = con.execute(
        """SELECT (SELECT count(*) FROM changed_products), (SELECT count(DISTINCT product_id) FROM known_products),
                  (SELECT count(*) FROM changed_products WHERE product_id IS NULL)"""
    ).fetchone()
    changed, products, nameless = row or (0, 0, 0)
    most = max(_ALWAYS_FEW, int(_MOST_TOUCHED * products))
    if nameless or changed > most:
        return None
    neighbours = (_SQL / "neighbours.sql").read_text("utf-8")
    con.execute(neighbours.format(seeds="changed_products", grown="touched_now"))
    pending = f"read_parquet('{_quoted(memory.path(before.pending))}')" if before.pending else "no_pending"
    con.execute(f"CREATE OR REPLACE TEMP VIEW pending AS FROM {pending}")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE touched AS FROM touched_now UNION "
        "SELECT product_id FROM pending WHERE list_contains($feeds::VARCHAR[], feed)",
        {"feeds": [feed.name for feed in followers]},
    )
    row = con.execute("SELECT count(*) FROM touched").fetchone()
    touched = row[0] if row else 0
    if touched > most:
        return None
    con.execute(neighbours.format(seeds="touched", grown="neighbours"))
    con.execute((_SQL / "same_sku.sql").read_text("utf-8").format(products="neighbours"))
    return touched


def _pages_of_neighbours(
    con: duckdb.DuckDBPyConnection, pages: dict[str, StagedPart], numbers: dict[str, int]
) -> tuple[StagedPart, ...]:
    """The parts that hold the neighbours' records, and no other page."""
    rows = con.execute(
        """SELECT DISTINCT page FROM (FROM standing_rows UNION ALL FROM new_rows)
           WHERE entity = 'products' AND product_id IN (SELECT product_id FROM neighbours)"""
    ).fetchall()
    wanted = {page for (page,) in rows}
    return tuple(_by_scope([part for key, part in pages.items() if numbers[key] in wanted]))


# -- what is left behind ------------------------------------------------------------------------------------------


def _write_rows(con: duckdb.DuckDBPyConnection, memory: IndexMemory, before: IndexedState, paging: _Paging) -> str:
    """The name of the file with the rows of now; the one of before where no page changed."""
    if before.rows and paging.is_as_before:
        return before.rows
    return _write(con, memory, "rows", "FROM standing_rows UNION ALL FROM new_rows")


def _write_pending(con: duckdb.DuckDBPyConnection, memory: IndexMemory, waiting: frozenset[str]) -> str:
    """The name of the file that tells the feeds which were not asked for what has been touched since."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE waiting AS SELECT unnest($feeds::VARCHAR[]) AS feed", {"feeds": sorted(waiting)}
    )
    before = "UNION SELECT feed, product_id FROM pending SEMI JOIN waiting USING (feed)" if waiting else ""
    return _write(con, memory, "pending", f"SELECT feed, product_id FROM waiting, touched_now {before}")


def _write_touched(con: duckdb.DuckDBPyConnection, memory: IndexMemory) -> Path:
    return memory.path(_write(con, memory, "touched", "SELECT product_id::VARCHAR AS source_entity_id FROM touched"))


def _write(con: duckdb.DuckDBPyConnection, memory: IndexMemory, kind: str, query: str) -> str:
    name = f"{kind}.{secrets.token_hex(4)}.parquet"
    # COPY's target takes no parameter; the name is ours, the directory's is quoted
    con.execute(f"COPY ({query}) TO '{_quoted(memory.path(name))}' (FORMAT parquet, COMPRESSION zstd)")
    return name


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
