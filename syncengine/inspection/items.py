"""The items of any feed: the list to look through, and one item with all that is known of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from syncengine.errors import SettingsError
from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import get_feed
from syncengine.inspection.products import MAX_LIMIT, MAX_TEXT
from syncengine.inspection.states import STATES, count_feed, feed_tables, state_expression
from syncengine.inspection.story import StoryItem, items_where
from syncengine.inspection.view import CatalogView, rows, sql_text

ORDERS = ("identity", "newest")
_FEED_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_STORE_VIEW = "store_view_code"


class UnknownItemError(SettingsError):
    """A feed item that neither the catalog nor a destination knows."""

    code = "CS1004"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemQuery:
    """What is looked for among the items of a feed. `text` is taken literally, as part of the identity or of the id in
    the store. `side`: what the destination holds, or what the catalog says. `order`: one of ORDERS; newest is by the
    last export or, in the catalog, by the last modification. Raises: SettingsError for what is not in the lists.
    """

    feed: str
    text: str = ""
    side: Literal["synced", "catalog"] = "synced"
    store_view: str | None = None
    states: tuple[str, ...] = ()
    destination: str | None = None
    order: str = "identity"
    limit: int = 50
    offset: int = 0

    def __post_init__(self) -> None:
        if self.order not in ORDERS or self.side not in ("synced", "catalog") or not set(self.states) <= set(STATES):
            raise SettingsError(
                f"Items cannot be listed by `{self.order}`, `{self.side}`, `{', '.join(self.states)}`.",
                hint=f"Orders: {', '.join(ORDERS)}; states: {', '.join(STATES)}.",
            )
        if not 1 <= self.limit <= MAX_LIMIT or self.offset < 0:
            raise SettingsError(f"{self.limit} items from {self.offset} on cannot be shown.", hint="Ask for fewer.")

    @property
    def needle(self) -> str:
        """`text` as it is searched for."""
        plain = self.text.encode("utf-8", "ignore").decode("utf-8").replace("\0", "")
        return " ".join(plain[:MAX_TEXT].splitlines()).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPage:
    """A page of a feed's items: how many match, the rows of the page, and how many items of the feed are in each state.

    Columns of `rows`: feed_id · the identity columns · source_entity_id · state · last_exported_at · last_modified_at.
    """

    feed: Feed
    total: int
    rows: pl.DataFrame
    states: Mapping[str, int]


def list_items(view: CatalogView, query: ItemQuery) -> ItemPage:
    """The items of a feed that match, page by page.

    Raises: UnknownFeedError, SettingsError, LakeUnavailableError (retriable).
    Source: inspection/sql/items_page.sql, items_in_states.sql
    """
    feed = get_feed(query.feed)
    place = view.destination_id(query.destination)
    reader = view.reader_or_none()
    if reader is None or feed not in view.feeds(reader):
        return ItemPage(feed=feed, total=0, rows=_typed(pl.DataFrame(), feed), states={})
    counts = count_feed(view, reader, feed, place).by_state
    base = _base(feed, query)
    match = _match(feed)
    values: dict[str, Any] = {"destination": place, "needle": query.needle, "store_view": query.store_view}
    if query.states:
        values["states"] = list(query.states)
    asked = (feed.name, place, query.side, query.needle, query.store_view, query.states)
    total = view.remembered(
        reader,
        ("items", *asked),
        lambda: int(rows(reader, f"SELECT count(*) AS n FROM {base} AS listed WHERE {match}", values)["n"][0]),
    )
    statement = _page_statement(feed, query, base, match)
    found = rows(reader, statement, {**values, "limit": query.limit, "offset": query.offset})
    return ItemPage(feed=feed, total=total, rows=_typed(found, feed), states=counts)


def feed_item(view: CatalogView, feed_name: str, feed_id: str, *, destination: str | None = None) -> StoryItem:
    """One item by its feed_id, with both sides and the last answer. Raises: UnknownItemError, as `list_items`."""
    feed = get_feed(feed_name)
    reader = view.reader_or_none()
    found: Sequence[StoryItem] = ()
    if reader is not None and feed in view.feeds(reader) and _FEED_ID.fullmatch(feed_id):
        place = view.destination_id(destination)
        found = items_where(reader, feed, "feed_id = $feed_id::UUID", {"feed_id": feed_id}, place, None)
    if not found:
        raise UnknownItemError(
            f"There is no item `{feed_id[:60]}` in the feed `{feed.name}`.",
            hint="It may have been removed long ago; search the feed's items.",
        )
    return found[0]


def names_of(view: CatalogView, skus: Sequence[str]) -> dict[str, str]:
    """The names of some products by SKU: as the catalog says, else as was exported, of the first store view."""
    reader = view.reader_or_none()
    if reader is None or not skus:
        return {}
    statement = """
        SELECT sku, first(name ORDER BY place, store_view_code <> 'default', store_view_code) AS name
        FROM (
            SELECT sku, name, store_view_code, 0 AS place FROM search.catalog_products
            WHERE sku IN (SELECT unnest($skus::VARCHAR[]))
            UNION ALL
            SELECT sku, name, store_view_code, 1 FROM search.synced_products
            WHERE sku IN (SELECT unnest($skus::VARCHAR[]))
        )
        WHERE name IS NOT NULL GROUP BY sku"""
    found = rows(reader, statement, {"skus": list(dict.fromkeys(skus))})
    return dict(zip(found["sku"].to_list(), found["name"].to_list(), strict=True))


def store_views(view: CatalogView) -> tuple[str, ...]:
    """The store views that products are in, by code: what a scope can be chosen from."""
    reader = view.reader_or_none()
    if reader is None:
        return ()

    def known() -> tuple[str, ...]:
        found = rows(
            reader,
            """SELECT store_view_code FROM search.catalog_products
               UNION SELECT store_view_code FROM search.synced_products ORDER BY store_view_code""",
        )
        return tuple(found["store_view_code"].drop_nulls().to_list())

    return view.remembered(reader, "store view codes", known)


# -- the statement --------------------------------------------------------------------------------------------------


def _base(feed: Feed, query: ItemQuery) -> str:
    """The rows of the listed side, in the wanted states if any."""
    tables = feed_tables(feed)
    names = ", ".join(f'"{name}"' for name in feed.identity_columns)
    base = (
        f"(SELECT feed_id, source_entity_id, modified_at AS newest, {names} FROM {tables['catalog']})"
        if query.side == "catalog"
        else f"(SELECT feed_id, source_entity_id, exported_at AS newest, {names} FROM {tables['exported']} "
        "WHERE destination = $destination AND NOT is_deleted)"
    )
    if not query.states:
        return base
    inner = sql_text("items_in_states.sql").format(base=base, state=state_expression(), **tables)
    return f"(\n{inner})"


def _match(feed: Feed) -> str:
    identity = ", ".join(f'"{name}"' for name in feed.identity_columns)
    scope = f'"{_STORE_VIEW}" = $store_view' if _STORE_VIEW in feed.identity_columns else "true"
    return (
        f"($needle = '' OR contains(lower(concat_ws(' ', {identity}, source_entity_id)), lower($needle))) "
        f"AND ($store_view IS NULL OR {scope}) AND $destination IS NOT NULL"
    )


def _page_statement(feed: Feed, query: ItemQuery, base: str, match: str) -> str:
    names = ", ".join(f'"{name}"' for name in feed.identity_columns)
    newest = "last_modified_at" if query.side == "catalog" else "last_exported_at"
    return sql_text("items_page.sql").format(
        base=base,
        match=match,
        columns=names,
        identity=", ".join(f'coalesce(catalog."{name}", held."{name}") AS "{name}"' for name in feed.identity_columns),
        order=names if query.order == "identity" else f"newest DESC NULLS LAST, {names}",
        order_named=names if query.order == "identity" else f"{newest} DESC NULLS LAST, {names}",
        state=state_expression(),
        **feed_tables(feed),
    )


def _typed(found: pl.DataFrame, feed: Feed) -> pl.DataFrame:
    time = pl.Datetime("us", "UTC")
    schema: dict[str, Any] = {
        **dict.fromkeys(("feed_id", *feed.identity_columns, "source_entity_id", "state"), pl.String),
        "last_exported_at": time,
        "last_modified_at": time,
    }
    if not len(found):
        return pl.DataFrame(schema=schema)
    return found.with_columns(pl.col("last_exported_at", "last_modified_at").dt.replace_time_zone("UTC")).select(
        pl.col(name).cast(kind) for name, kind in schema.items()
    )
