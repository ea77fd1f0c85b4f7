"""The canonical form of an item: one text, the same bytes for the same content, and the two hashes made from it.

Fields stand in contract order, numbers in their shortest form, no spaces. `feed_hash` covers the hashed fields only;
the others (`updatedAt`, `deleted`, the modified field …) follow them in the payload.
"""

from __future__ import annotations

from syncengine.feeds.feed import Feed, Field

_SCOPE_FIELDS = ("storeViewCode", "websiteCode")


def item_query(feed: Feed, yielded: frozenset[str], source: str, *, left_out: frozenset[str] = frozenset()) -> str:
    """The SELECT over `source` that gives exactly `feed.columns`; `yielded` names the columns the source has.

    `left_out`: fields that are in the payload and not in the hash (noise.py).
    """
    content = [field for field in feed.fields if field.hashed]
    heard = [field for field in content if field.name not in left_out]
    hashed = f"{_object(feed, heard, yielded)} AS hashed, " if left_out else ""
    rest = [field for field in feed.fields if not field.hashed]
    identity = ", ".join(f"{_sql_name(name)}::VARCHAR" for name in feed.identity)
    identity_columns = "".join(
        f"no_nul({_sql_name(name)}::VARCHAR) AS {column}, "
        for name, column in zip(feed.identity, feed.identity_columns, strict=True)
    )
    listing = "".join(f"{_listing_value(name, kind, yielded)} AS {name}, " for name, kind in feed.listing)
    where = "WHERE problem_code IS NULL" if "problem_code" in yielded else ""
    # slicing text by characters costs more than the hash; the two patterns are anchored
    return f"""
        SELECT
            md5(to_json([{identity}])::VARCHAR)::UUID AS feed_id,
            md5({"hashed" if left_out else "content"})::UUID AS feed_hash,
            {identity_columns}
            CAST(source_entity_id AS VARCHAR) AS source_entity_id,
            CAST(modified_at AS TIMESTAMP) AS modified_at,
            {listing}
            regexp_replace(content, '}}$', ',') || regexp_replace(rest, '^{{', '') AS payload
        FROM (
            SELECT *, {hashed}{_object(feed, content, yielded)} AS content, {_object(feed, rest, yielded)} AS rest
            FROM {source}
            {where}
        )
    """


def problem_query(feed: Feed, yielded: frozenset[str], source: str) -> str:
    """The SELECT over `source` that gives the rows that are no items, as rows of `set_aside`."""
    identity = ", ".join(f"{_sql_name(name)}::VARCHAR" for name in feed.identity)
    scope = next((_sql_name(name) for name in _SCOPE_FIELDS if name in yielded), "NULL")
    return f"""
        SELECT
            $feed, CAST(source_entity_id AS VARCHAR), to_json([{identity}])::VARCHAR, CAST({scope} AS VARCHAR),
            problem_code, problem_message
        FROM {source}
        WHERE problem_code IS NOT NULL
    """


def _object(feed: Feed, fields: list[Field], yielded: frozenset[str]) -> str:
    pairs = ", ".join(f"{_sql_name(field.name)} := {_value(feed, field, yielded)}" for field in fields)
    return f"to_json(struct_pack({pairs}))::VARCHAR"


def _value(feed: Feed, field: Field, yielded: frozenset[str]) -> str:
    if field.name == "deleted":
        return "false"
    if field.name == feed.modified_field:
        return "strftime(CAST(modified_at AS TIMESTAMP), '%Y-%m-%d %H:%M:%S')"
    if field.name not in yielded:
        return "NULL"
    if field.kind == "Float" and field.sql_type is not None:
        return f"canonical_number({_sql_name(field.name)})"
    if field.sql_type is None:
        return _sql_name(field.name)
    return f"CAST({_sql_name(field.name)} AS {field.sql_type})"


def _listing_value(name: str, kind: str, yielded: frozenset[str]) -> str:
    # `listing_image` where a payload field called `image` holds something else
    source = next((column for column in (f"listing_{name}", name) if column in yielded), None)
    value = f"CAST({_sql_name(source) if source else 'NULL'} AS {kind})"
    return f"no_nul({value})" if kind == "VARCHAR" else value


def _sql_name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
