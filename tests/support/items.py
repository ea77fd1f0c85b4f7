"""Feed items as the index step would compile them, for tests that start from a compiled feed."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import orjson
import polars as pl

from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import get_feed
from syncengine.lake.tables import SET_ASIDE

PRODUCTS = get_feed("products")
VARIANTS = get_feed("variants")
WEBSITES = get_feed("scopesWebsite")
MODIFIED = datetime(2026, 1, 1)

Row = dict[str, Any]


def digest(text: str) -> str:
    """128 bits of `text`, as the text of a UUID."""
    return str(uuid.UUID(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()))


def feed_item(
    feed: Feed, payload: dict[str, Any], *, entity_id: str | None, modified: datetime = MODIFIED, **listing: Any
) -> Row:
    """One compiled row of `feed`: the identity is taken from the payload, the hash leaves out the modified field."""
    identity = [str(payload[name]) for name in feed.identity]
    content = {name: value for name, value in payload.items() if name not in (feed.modified_field, "deleted")}
    whole = {**content, "deleted": False}
    if feed.modified_field is not None:
        whole[feed.modified_field] = f"{modified:%Y-%m-%dT%H:%M:%S}+00:00"
    return {
        "feed_id": digest(orjson.dumps(identity).decode()),
        "feed_hash": digest(orjson.dumps(content).decode()),
        **dict(zip(feed.identity_columns, identity, strict=True)),
        "source_entity_id": entity_id,
        "modified_at": modified,
        **{name: listing.get(name) for name, _ in feed.listing},
        "payload": orjson.dumps(whole).decode(),
    }


def product(
    sku: str,
    *,
    view: str = "default",
    entity_id: str = "1",
    name: str = "A name",
    price: str = "10.0000",
    modified: datetime = MODIFIED,
    **more: Any,
) -> Row:
    """One item of the products feed; `more` are further payload fields."""
    payload = {
        "productId": entity_id, "sku": sku, "storeViewCode": view, "storeCode": "main", "websiteCode": "base",
        "name": name, "price": float(price), **more,
    }  # fmt: skip
    return feed_item(
        PRODUCTS, payload, entity_id=entity_id, modified=modified, product_id=int(entity_id), name=name,
        type="SIMPLE", status="Enabled", visibility="Catalog, Search", price=Decimal(price), currency="USD",
        website_code="base", image=None,
    )  # fmt: skip


def variant(parent: str, child: str, *, entity_id: str = "1") -> Row:
    """One item of the variants feed."""
    payload = {
        "id": f"{parent}/{child}", "parentId": "1", "productId": entity_id, "parentSku": parent, "productSku": child,
    }  # fmt: skip
    return feed_item(VARIANTS, payload, entity_id=entity_id)


def website(number: str, *, code: str = "base", entity_id: str | None = "1") -> Row:
    """One item of the scopesWebsite feed, which has no modified field and no listing columns."""
    return feed_item(WEBSITES, {"websiteId": number, "websiteCode": code, "stores": []}, entity_id=entity_id)


def write_compiled(path: Path, feed: Feed, rows: Sequence[Row]) -> Path:
    """Write `rows` as the compiled file of `feed`."""
    return _write(path, feed.columns, rows)


def write_set_aside(path: Path, rows: Sequence[tuple[Feed, str | None]] = ()) -> Path:
    """Write the file of records set aside: the feed and the source entity of each."""
    return _write(
        path,
        SET_ASIDE,
        [
            {
                "feed": feed.name,
                "source_entity_id": entity,
                "identity_text": "?",
                "scope": "",
                "code": "bad",
                "message": "bad record",
            }
            for feed, entity in rows
        ],
    )


def _write(path: Path, columns: Sequence[tuple[str, str]], rows: Sequence[Row]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    typed = {"TIMESTAMP": pl.Datetime("us"), "BIGINT": pl.Int64}
    schema = {
        name: typed.get(kind, pl.Decimal(12, 4) if kind.startswith("DECIMAL") else pl.String) for name, kind in columns
    }
    with duckdb.connect() as connection:
        connection.register("rows", pl.DataFrame(rows, schema=schema).to_arrow())
        casts = ", ".join(f'"{name}"::{kind} AS "{name}"' for name, kind in columns)
        connection.execute(f"COPY (SELECT {casts} FROM rows) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
    return path
