"""A live check: products as the store tells them at this moment, beside the last snapshot and what was acknowledged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import orjson

from syncengine.catalog import create_record_views, open_source
from syncengine.catalog.commerce.auth import BearerToken
from syncengine.catalog.commerce.client import CommerceClient
from syncengine.catalog.commerce.source import CommerceRestSource
from syncengine.catalog.source import CatalogSource
from syncengine.changes.payload_diff import FieldDifference, diff_payloads
from syncengine.control.schema import utc_now
from syncengine.errors import SettingsError
from syncengine.feeds.compile import compile_feeds
from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import FEEDS, get_feed
from syncengine.inspection.story import ProductStory, UnknownProductError, belongs_to_sku, product_story, scope_of
from syncengine.inspection.view import CatalogView, rows, sql_text
from syncengine.lake.paths import DataDirectory
from syncengine.lake.scratch import scratch_connection
from syncengine.settings import SourceSettings, secret_value
from syncengine.transport import Answer, Transport

MOST_SKUS = 50
_BY_SKU = ("/V1/products", "/V1/inventory/source-items")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveItem:
    """One feed item three ways, each as JSON text or None: what the store says now, the last snapshot, acknowledged.

    `store_equals_catalog`, `catalog_equals_exported`: by their content hashes. `differences`: from what was
    acknowledged to what the store says now, where both hold the item.
    """

    feed: str
    feed_id: str
    scope: str
    store: str | None
    catalog: str | None
    exported: str | None
    store_equals_catalog: bool
    catalog_equals_exported: bool
    differences: tuple[FieldDifference, ...]

    @property
    def sentence(self) -> str:
        """How the three compare."""
        if self.store_equals_catalog and self.catalog_equals_exported:
            return "store, snapshot and export agree"
        if self.store is None:
            return "it is no longer in the store"
        if self.store_equals_catalog:
            return "the store is as in the last snapshot; the export lags behind"
        if self.catalog_equals_exported:
            return "the store changed since the last snapshot; the next sync sends it"
        return "the store changed since the last snapshot, and the export differs from both"

    def as_json(self) -> dict[str, Any]:
        """One entry of `items`."""
        names = ("feed", "feed_id", "scope", "store_equals_catalog", "catalog_equals_exported")
        return {
            **{name: getattr(self, name) for name in names},
            "sentence": self.sentence,
            "fields": [
                {"path": edit.path, "exported": edit.before, "store": edit.after, "change": edit.change}
                for edit in self.differences
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveProduct:
    """One SKU as checked; no items: neither the store nor the lake knows it."""

    sku: str
    items: tuple[LiveItem, ...]

    @property
    def agrees(self) -> bool:
        """Whether store, snapshot and export agree on every item."""
        return all(item.store_equals_catalog and item.catalog_equals_exported for item in self.items)

    def as_json(self) -> dict[str, Any]:
        """One entry of `verify --json`."""
        return {"sku": self.sku, "agrees": self.agrees, "items": [item.as_json() for item in self.items]}


def verify_products(
    view: CatalogView, source: SourceSettings, skus: Sequence[str], *, destination: str | None = None
) -> tuple[LiveProduct, ...]:
    """Ask the store for some products (and what they consist of) now, compile them, and compare three ways.

    Scopes, attributes and categories are read in full, products and stock by SKU. Nothing is written to the lake.
    Raises: CatalogError as a sync would, SettingsError for more than MOST_SKUS SKUs, LakeUnavailableError (retriable).
    """
    if not 1 <= len(skus) <= MOST_SKUS:
        raise SettingsError(f"{len(skus)} products cannot be checked at once.", hint=f"Name 1 to {MOST_SKUS}.")
    stories = {sku: _story(view, sku, destination) for sku in skus}
    spelled = {sku: sku if story is None else story.sku for sku, story in stories.items()}
    with _compiled(view, source, _family(view, list(spelled.values()))) as connection:
        return tuple(_compared(connection, spelled[sku], story) for sku, story in stories.items())


def _story(view: CatalogView, sku: str, destination: str | None) -> ProductStory | None:
    try:
        return product_story(view, sku, destination=destination)
    except UnknownProductError:
        return None


def _family(view: CatalogView, skus: list[str]) -> list[str]:
    """The SKUs, what they consist of and what they are part of: what their items are compiled from."""
    reader = view.reader_or_none()
    if reader is None or get_feed("variants") not in view.feeds(reader):
        return skus
    found = rows(reader, sql_text("family.sql"), {"skus": skus})["sku"].to_list()
    return sorted({*skus, *filter(None, found)})


@contextmanager
def _compiled(view: CatalogView, source: SourceSettings, skus: list[str]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with one view per feed of products, named like it, of what the store says now."""
    directory = DataDirectory(view.settings.data_dir)
    engine = view.settings.engine
    directory.tmp.mkdir(parents=True, exist_ok=True, mode=0o700)
    feeds = [feed for feed in FEEDS.values() if belongs_to_sku(feed) is not None]
    with (
        TemporaryDirectory(prefix="verify-", dir=directory.tmp) as place,
        scratch_connection(directory, memory_limit_mb=engine.memory_limit_mb, threads=engine.threads) as connection,
    ):
        staging = Path(place) / "staging"
        staging.mkdir()
        staged = _source_of(source, skus).read(staging, progress=lambda step: None, should_stop=lambda: False)
        create_record_views(connection, staged)
        for item in compile_feeds(connection, feeds, out=Path(place) / "compiled", now=utc_now()):
            path = str(item.path).replace("'", "''")
            connection.execute(f"CREATE VIEW \"now_{item.feed.name}\" AS FROM read_parquet('{path}')")
        yield connection


def _source_of(settings: SourceSettings, skus: list[str]) -> CatalogSource:
    """The source of these settings; a store is asked for the named products only."""
    if settings.kind == "files" or settings.url is None:
        return open_source(settings)
    token = secret_value(settings.token, settings.token_file, "source.token_file")
    transport = _BySkuTransport(
        settings.url,
        auth=BearerToken(token) if token else None,
        timeout_seconds=settings.timeout_seconds,
        connections=1,
        target="store",
    )
    transport.narrow_to(skus)
    return CommerceRestSource(
        CommerceClient(transport), address=settings.url, page_size=settings.page_size, connections=1
    )


class _BySkuTransport(Transport):
    """Asks lists of products and of their stock for some SKUs only, whatever else a request filters by."""

    def narrow_to(self, skus: Sequence[str]) -> None:
        """Only these from now on."""
        group = "searchCriteria[filterGroups][90][filters]"
        self._narrowing = [
            pair
            for number, sku in enumerate(skus)
            for pair in (
                (f"{group}[{number}][field]", "sku"),
                (f"{group}[{number}][conditionType]", "eq"),
                (f"{group}[{number}][value]", sku),
            )
        ]

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        max_body_bytes: int | None = None,
    ) -> Answer:
        """As Transport; with the SKUs as one more filter group where the list has SKUs."""
        if method == "GET" and path.endswith(_BY_SKU):
            params = [*(pair for pair in params if pair != ("searchCriteria", "")), *self._narrowing]
        return super().request(method, path, params=params, headers=headers, body=body, max_body_bytes=max_body_bytes)


def _compared(connection: duckdb.DuckDBPyConnection, sku: str, story: ProductStory | None) -> LiveProduct:
    known = {} if story is None else {(item.feed, item.feed_id): item for item in story.items}
    found: list[LiveItem] = []
    for feed in FEEDS.values():
        belongs = belongs_to_sku(feed)
        if belongs is None:
            continue
        now = {row["feed_id"]: row for row in _rows_now(connection, feed, belongs, sku)}
        ids = dict.fromkeys([*(key[1] for key in known if key[0] == feed.name), *now])
        for feed_id in ids:
            live, item = now.get(feed_id), known.get((feed.name, feed_id))
            store_hash = None if live is None else live["feed_hash"]
            catalog_hash = None if item is None else item.catalog_hash
            exported_hash = None if item is None else item.exported_hash
            store = None if live is None else live["payload"]
            exported = None if item is None else item.exported
            if store_hash is None and catalog_hash is None and exported_hash is None:
                continue
            found.append(
                LiveItem(
                    feed=feed.name,
                    feed_id=feed_id,
                    scope=item.scope if item is not None else scope_of(feed, live or {}),
                    store=store,
                    catalog=None if item is None else item.catalog,
                    exported=exported,
                    store_equals_catalog=store_hash == catalog_hash,
                    catalog_equals_exported=catalog_hash == exported_hash,
                    differences=diff_payloads(_parsed(exported), _parsed(store), feed)
                    if store is not None and exported is not None and store_hash != exported_hash
                    else (),
                )
            )
    return LiveProduct(sku=sku, items=tuple(found))


def _rows_now(connection: duckdb.DuckDBPyConnection, feed: Feed, belongs: str, sku: str) -> list[dict[str, Any]]:
    names = ", ".join(feed.identity_columns)
    statement = f"""SELECT feed_id::VARCHAR AS feed_id, feed_hash::VARCHAR AS feed_hash, payload, {names}
                    FROM "now_{feed.name}" WHERE {belongs} ORDER BY {names}"""
    return connection.sql(statement, params={"sku": sku}).pl().to_dicts()


def _parsed(text: str | None) -> dict[str, Any] | None:
    return None if text is None else orjson.loads(text)
