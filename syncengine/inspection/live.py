"""A live check: products as the store tells them at this moment, beside the last snapshot and what was acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import orjson

from syncengine.changes.payload_diff import FieldDifference, diff_payloads
from syncengine.control.live_check import MOST_SKUS
from syncengine.errors import SettingsError
from syncengine.export.destinations.base import AskableDestination
from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import FEEDS
from syncengine.inspection.held import HeldItems, held_of_skus, same_content
from syncengine.inspection.live_read import compiled_now, together
from syncengine.inspection.story import (
    SKU_COLUMNS,
    ProductStory,
    StoryItem,
    UnknownProductError,
    belongs_to_sku,
    product_story,
    scope_of,
)
from syncengine.inspection.view import CatalogView
from syncengine.settings import SourceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveItem:
    """One feed item three ways, each as JSON text or None: what the store says now, the last snapshot, acknowledged.

    `store_equals_catalog`, `catalog_equals_exported`: by their content hashes. `differences`: from what was
    acknowledged to what the store says now, where both hold the item. `held`: what the destination tells it holds,
    None for nothing, where `is_held_known`.
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
    is_held_known: bool = False
    held: str | None = None

    @property
    def exported_equals_held(self) -> bool | None:
        """Whether the destination holds what it acknowledged; None where it was not asked or cannot answer."""
        return same_content(self.exported, self.held) if self.is_held_known else None

    @property
    def sentence(self) -> str:
        """How they compare."""
        return self._three_ways + self._of_held

    @property
    def _of_held(self) -> str:
        if self.exported_equals_held is None:
            return ""
        if self.exported_equals_held:
            return "; the destination holds what it acknowledged"
        if self.held is None:
            return "; the destination acknowledged it, and does not hold it"
        if self.exported is None:
            return "; the destination holds it, though nothing was acknowledged"
        return "; the destination holds something else than it acknowledged"

    @property
    def _three_ways(self) -> str:
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
            "exported_equals_held": self.exported_equals_held,
            "held": None if self.held is None else orjson.loads(self.held),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveProduct:
    """One SKU as checked; no items: neither the store nor the lake knows it."""

    sku: str
    items: tuple[LiveItem, ...]

    @property
    def agrees(self) -> bool:
        """Whether store, snapshot, export and, if it was asked, the destination agree on every item."""
        return all(
            item.store_equals_catalog and item.catalog_equals_exported and item.exported_equals_held is not False
            for item in self.items
        )

    def as_json(self) -> dict[str, Any]:
        """One entry of `verify --json`."""
        return {"sku": self.sku, "agrees": self.agrees, "items": [item.as_json() for item in self.items]}


def verify_products(
    view: CatalogView,
    source: SourceSettings,
    skus: Sequence[str],
    *,
    destination: str | None = None,
    holder: AskableDestination | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> tuple[LiveProduct, ...]:
    """Ask the store for some products (and what they consist of) now, compile them, and compare three ways; where
    `holder` is given, also with what that destination tells it holds.

    Scopes, attributes and categories are read in full, products and stock by SKU. Nothing is written to the lake.
    Raises: CatalogError as a sync would, SettingsError for more than MOST_SKUS SKUs, LakeUnavailableError (retriable),
    DestinationRefusedError, DestinationUnreachableError; ReadStoppedError once `should_stop`.
    """
    if not 1 <= len(skus) <= MOST_SKUS:
        raise SettingsError(f"{len(skus)} products cannot be checked at once.", hint=f"Name 1 to {MOST_SKUS}.")
    stories = {sku: _story(view, sku, destination) for sku in skus}
    spelled = {sku: sku if story is None else story.sku for sku, story in stories.items()}
    held = {} if holder is None else held_of_skus(holder, list(spelled.values()))
    found: dict[str, LiveProduct] = {}
    for asked, family in together(view, list(stories)):
        with compiled_now(view, source, sorted({*family, *(spelled[sku] for sku in asked)}), should_stop) as connection:
            for sku in asked:
                found[sku] = _compared(view, connection, spelled[sku], stories[sku], held)
    return tuple(found[sku] for sku in stories)


def _story(view: CatalogView, sku: str, destination: str | None) -> ProductStory | None:
    try:
        return product_story(view, sku, destination=destination)
    except UnknownProductError:
        return None


def _compared(
    view: CatalogView, connection: duckdb.DuckDBPyConnection, sku: str, story: ProductStory | None, held: HeldItems
) -> LiveProduct:
    known = {} if story is None else {(item.feed, item.feed_id): item for item in story.items}
    found: list[LiveItem] = []
    for feed in FEEDS.values():
        belongs = belongs_to_sku(feed)
        if belongs is None:
            continue
        now = {row["feed_id"]: row for row in _rows_now(connection, feed, belongs, sku)}
        holds = _held_by_id(connection, feed, held.get(feed.name), sku)
        for feed_id in dict.fromkeys([*(key[1] for key in known if key[0] == feed.name), *now, *(holds or ())]):
            one = _item(view.contract(feed), feed_id, known.get((feed.name, feed_id)), now.get(feed_id), holds)
            if any(side is not None for side in (one.store, one.catalog, one.exported, one.held)):
                found.append(one)
    return LiveProduct(sku=sku, items=tuple(found))


def _item(
    feed: Feed,
    feed_id: str,
    item: StoryItem | None,
    live: dict[str, Any] | None,
    holds: Mapping[str, tuple[dict[str, str], str]] | None,
) -> LiveItem:
    identity, held = (holds or {}).get(feed_id, ({}, None))
    store_hash = None if live is None else live["feed_hash"]
    catalog_hash = None if item is None else item.catalog_hash
    exported_hash = None if item is None else item.exported_hash
    store = None if live is None else live["payload"]
    exported = None if item is None else item.exported
    differs = store is not None and exported is not None and store_hash != exported_hash
    return LiveItem(
        feed=feed.name,
        feed_id=feed_id,
        scope=item.scope if item is not None else scope_of(feed, live or identity),
        store=store,
        catalog=None if item is None else item.catalog,
        exported=exported,
        store_equals_catalog=store_hash == catalog_hash,
        catalog_equals_exported=catalog_hash == exported_hash,
        differences=diff_payloads(_parsed(exported), _parsed(store), feed) if differs else (),
        is_held_known=holds is not None,
        held=held,
    )


def _held_by_id(
    connection: duckdb.DuckDBPyConnection, feed: Feed, held: Mapping[tuple[str, ...], str] | None, sku: str
) -> dict[str, tuple[dict[str, str], str]] | None:
    """What is held of a SKU by feed_id, each with its identity columns; None where the destination was not asked."""
    if held is None:
        return None
    found = {}
    for key, text in held.items():
        identity = dict(zip(feed.identity_columns, key, strict=True))
        if sku in (identity[name] for name in feed.identity_columns if name in SKU_COLUMNS):
            row = connection.execute(
                "SELECT md5(to_json($key::VARCHAR[])::VARCHAR)::UUID::VARCHAR", {"key": list(key)}
            ).fetchone()
            assert row is not None
            found[row[0]] = (identity, text)
    return found


def _rows_now(connection: duckdb.DuckDBPyConnection, feed: Feed, belongs: str, sku: str) -> list[dict[str, Any]]:
    names = ", ".join(feed.identity_columns)
    statement = f"""SELECT feed_id::VARCHAR AS feed_id, feed_hash::VARCHAR AS feed_hash, payload, {names}
                    FROM "now_{feed.name}" WHERE {belongs} ORDER BY {names}"""
    return connection.sql(statement, params={"sku": sku}).pl().to_dicts()


def _parsed(text: str | None) -> dict[str, Any] | None:
    return None if text is None else orjson.loads(text)
