"""The tables of the lake: four per feed, from the feed's one definition, and the items set aside.

| table             | rows                                                                            |
|-------------------|---------------------------------------------------------------------------------|
| catalog.<feed>    | one per live feed item: what the catalog says                                   |
| exported.<feed>   | one per destination and acknowledged item, tombstones (`is_deleted`) among them |
| delivery.<feed>   | one per destination and item that is not plainly accepted                       |
| history.<feed>    | one per attempted item and run; only ever added to                              |
| catalog.set_aside | one per record of the last index that could not be compiled                     |
"""

from __future__ import annotations

from syncengine.feeds.feed import Feed

LAKE_LAYOUT = 2  # of these tables; lake/layout.py brings earlier ones up to it
SCHEMAS = ("catalog", "exported", "delivery", "history")
Columns = tuple[tuple[str, str], ...]

_EXPORTED: Columns = (
    ("is_deleted", "BOOLEAN"),
    ("exported_at", "TIMESTAMP"),
    ("run_id", "VARCHAR"),
    ("request_id", "VARCHAR"),
)
_DELIVERY: Columns = (
    ("source_entity_id", "VARCHAR"),
    ("operation", "VARCHAR"),
    ("state", "VARCHAR"),
    ("http_status", "INTEGER"),
    ("error_code", "VARCHAR"),
    ("message", "VARCHAR"),
    ("attempts", "INTEGER"),
    ("runs", "INTEGER"),
    ("next_attempt_at", "TIMESTAMP"),
    ("request_id", "VARCHAR"),
    ("run_id", "VARCHAR"),
    ("tried_at", "TIMESTAMP"),
)
_HISTORY: Columns = (
    ("source_entity_id", "VARCHAR"),
    ("operation", "VARCHAR"),
    ("hash_before", "UUID"),
    ("hash_after", "UUID"),
    ("changed_paths", "VARCHAR[]"),
    ("payload", "VARCHAR"),
    ("outcome", "VARCHAR"),
    ("http_status", "INTEGER"),
    ("error_code", "VARCHAR"),
    ("message", "VARCHAR"),
    ("batch_number", "INTEGER"),
    ("request_id", "VARCHAR"),
    ("at", "TIMESTAMP"),
)
# when the row came into the lake: a row's snapshot does not tell it, compaction gives rows another one
SAID_AT = ("said_at", "TIMESTAMP")
SET_ASIDE: Columns = (
    ("feed", "VARCHAR"),
    ("source_entity_id", "VARCHAR"),
    ("identity_text", "VARCHAR"),
    ("scope", "VARCHAR"),
    ("code", "VARCHAR"),
    ("message", "VARCHAR"),
)


def _identity(feed: Feed) -> Columns:
    return tuple((name, "VARCHAR") for name in feed.identity_columns)


def columns_of(schema: str, feed: Feed) -> Columns:
    """The columns (name, DuckDB type) of `<schema>.<feed>`, in order."""
    if schema == "catalog":
        return (*feed.columns, SAID_AT)
    if schema == "exported":
        return (("destination", "VARCHAR"), *feed.columns, *_EXPORTED)
    if schema == "delivery":
        return (
            ("destination", "VARCHAR"),
            ("feed_id", "UUID"),
            ("feed_hash", "UUID"),
            *_identity(feed),
            *_DELIVERY,
        )
    if schema == "history":
        keys: Columns = (
            ("run_id", "VARCHAR"),
            ("run_sequence", "BIGINT"),
            ("destination", "VARCHAR"),
            ("feed_id", "UUID"),
        )
        return (*keys, *_identity(feed), *_HISTORY)
    raise ValueError(f"no such lake schema: {schema}")


def table_name(schema: str, feed: Feed, *, lake: str = "lake") -> str:
    """The quoted, qualified name of a feed's table; feed names come from the registry only."""
    return f'{lake}.{schema}."{feed.name}"'


def create_statement(qualified: str, columns: Columns) -> str:
    """CREATE TABLE IF NOT EXISTS for these columns."""
    listed = ", ".join(f'"{name}" {kind}' for name, kind in columns)
    return f"CREATE TABLE IF NOT EXISTS {qualified} ({listed})"


def column_list(columns: Columns, *, of: str = "") -> str:
    """The quoted column names, joined; with `of`, each qualified by that table alias."""
    prefix = f"{of}." if of else ""
    return ", ".join(f'{prefix}"{name}"' for name, _ in columns)
