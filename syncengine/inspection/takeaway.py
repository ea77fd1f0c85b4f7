"""What can be taken away as a file, whole, however long: the answers that pages and commands show page by page.

Rows come some thousands at a time; what is sorted is narrow, so that memory stays bounded (the readers spill).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import polars as pl

from syncengine.feeds.registry import get_feed
from syncengine.inspection.discrepancy_list import discrepancy_frames, discrepancy_schema
from syncengine.inspection.discrepancy_table import DiscrepancyQuery
from syncengine.inspection.download import Download
from syncengine.inspection.item_search import ItemSearch, items_question
from syncengine.inspection.products import PRODUCT_SCHEMA, ProductQuery, product_frames
from syncengine.inspection.run_items import (
    RUN_ITEM_SCHEMA,
    RUN_LISTS,
    RunItemsQuery,
    run_items_question,
    shown_items,
)
from syncengine.inspection.states import feed_tables, state_expression
from syncengine.inspection.view import CatalogView, row_batches, sql_text

ITEMS_SCHEMA = pl.Schema(
    {
        "feed_id": pl.String(),
        "state": pl.String(),
        "last_exported_at": pl.Datetime("us", "UTC"),
        "last_modified_at": pl.Datetime("us", "UTC"),
        "payload": pl.String(),
    }
)


def products_download(view: CatalogView, query: ProductQuery) -> Download:
    """Everything that a search finds, in its order; the query's page does not count. Raises: as `search_products`."""
    return Download(name=f"{query.side}-products", schema=PRODUCT_SCHEMA, frames=product_frames(view, query))


def discrepancies_download(view: CatalogView, query: DiscrepancyQuery) -> Download:
    """Every item that a query finds: of one feed with its own columns, else with those that all share.

    Raises: as `discrepancy_page`.
    """
    feed = get_feed(query.feeds[0]) if len(query.feeds) == 1 else None
    return Download(
        name="discrepancies" if feed is None else f"discrepancies-{feed.name}",
        schema=discrepancy_schema(feed),
        frames=discrepancy_frames(view, query, None if feed is None else feed.name),
    )


def run_items_download(view: CatalogView, query: RunItemsQuery) -> Download:
    """A whole list of a run; the query's page does not count. Raises: as `run_items`."""
    question = run_items_question(view, query)

    def frames() -> Iterator[pl.DataFrame]:
        if question is None:
            return
        reader, attempts, values = question
        ordered = f"FROM ({attempts}) WHERE {RUN_LISTS[query.which]} ORDER BY feed_order, item, destination, feed_id"
        for frame in row_batches(reader, ordered, values):
            yield shown_items(frame, view.destinations)

    return Download(name=f"{query.run_id}-{query.which}", schema=RUN_ITEM_SCHEMA, frames=frames())


def feed_download(
    view: CatalogView,
    feed_name: str,
    *,
    side: Literal["catalog", "exported"] = "catalog",
    destination: str | None = None,
    snapshot: int | None = None,
    text: str = "",
    states: tuple[str, ...] = (),
    scopes: tuple[str, ...] = (),
    websites: tuple[str, ...] = (),
) -> Download:
    """The items of a feed with their payload, as the lake holds them: in no order, so that none must be made.

    All of them, or those that a search for the same words (`ItemSearch`) finds.
    Columns: the identity columns, and ITEMS_SCHEMA. Raises: UnknownFeedError, SettingsError, LakeUnavailableError.
    """
    query = ItemSearch(
        feed=feed_name, side=side, destination=destination, snapshot=snapshot,
        text=text, states=states, scopes=scopes, websites=websites,
    )  # fmt: skip
    feed, reader = get_feed(query.feed), view.reader_or_none()
    place = view.destination_id(destination)
    schema = pl.Schema({**dict.fromkeys(feed.identity_columns, pl.String()), **ITEMS_SCHEMA})
    own, condition = (
        ("catalog", "catalog.feed_id IS NOT NULL") if side == "catalog" else ("held", "NOT held.is_deleted")
    )
    values: dict[str, object] = {"destination": place}
    question = items_question(view, query) if text or states or scopes or websites else None
    if question is not None:
        _, found, more, narrowed = question
        condition += f" AND {own}.feed_id IN (SELECT feed_id FROM ({found}) WHERE {narrowed})"
        values |= {**more, "states": list(states), "scopes": list(scopes)}
    statement = sql_text("items_whole.sql").format(
        **feed_tables(feed, snapshot),
        identity=", ".join(f'{own}."{name}"' for name in feed.identity_columns),
        state=state_expression(),
        side=own,
        listed=condition,
    )

    def frames() -> Iterator[pl.DataFrame]:
        if reader is None or feed not in view.feeds(reader, snapshot):
            return
        for frame in row_batches(reader, statement, values):
            yield frame.with_columns(pl.col("last_exported_at", "last_modified_at").dt.replace_time_zone("UTC")).select(
                pl.col(name).cast(kind) for name, kind in schema.items()
            )

    return Download(name=f"{feed.name}-{side}", schema=schema, frames=frames())
