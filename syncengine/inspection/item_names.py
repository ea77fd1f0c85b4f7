"""What says to people which item of a feed it is: a name of its own, or that of its product or category."""

from __future__ import annotations

import polars as pl

from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import get_feed
from syncengine.inspection.product_names import names_of
from syncengine.inspection.states import feed_tables
from syncengine.inspection.view import CatalogView, rows, sql_text
from syncengine.lake.reader import LakeReader

ALL_CATEGORIES = "All categories"
_OWN = ("name", "label", "websiteCode", "customerGroupCode")  # fields of a payload, the best first
_SKUS = ("sku", "product_sku")  # identity columns; of a variant its own one, not its parent's


def item_names(
    view: CatalogView, reader: LakeReader, feed: Feed, page: pl.DataFrame, snapshot: int | None = None
) -> dict[str, str]:
    """The names of the items of a page (feed_id and the identity columns), by feed_id; those without one are left out.

    An item's own name stands in its payload, which is read for these rows only. The others are as of now, so that there
    are none for a moment of the past.      Source: product_names.sql, category_names.sql
    """
    if not len(page):
        return {}
    known = {one.name for one in feed.fields} - set(feed.identity)
    if (own := next((name for name in _OWN if name in known), None)) is not None:
        return _own_names(reader, feed, page, own, snapshot)
    if snapshot is not None:
        return {}
    sku = next((column for column in _SKUS if column in feed.identity_columns), None)
    if sku is not None:
        names = names_of(view, page[sku].to_list())
    elif "category_id" in feed.identity_columns:
        sku, names = "category_id", _category_names(view, reader, page["category_id"].to_list())
    else:
        return {}
    pairs = zip(page["feed_id"].cast(pl.String).to_list(), page[sku].to_list(), strict=True)
    return {feed_id: names[key] for feed_id, key in pairs if key in names}


def _own_names(reader: LakeReader, feed: Feed, page: pl.DataFrame, own: str, snapshot: int | None) -> dict[str, str]:
    tables = feed_tables(feed, snapshot)
    found = rows(
        reader,
        f"""SELECT feed_id::VARCHAR AS feed_id, arg_min(json_extract_string(payload, $path), side) AS name
            FROM (SELECT feed_id, payload, 0 AS side FROM {tables["catalog"]}
                  UNION ALL SELECT feed_id, payload, 1 FROM {tables["exported"]})
            WHERE feed_id IN (SELECT unnest($ids::UUID[]))
            GROUP BY feed_id""",
        {"path": f"$.{own}", "ids": [str(one) for one in page["feed_id"].to_list()]},
    )
    return {feed_id: name for feed_id, name in found.iter_rows() if name is not None}


def _category_names(view: CatalogView, reader: LakeReader, ids: list[str]) -> dict[str, str]:
    """By the id as text; `0` stands for all of them."""
    names = {"0": ALL_CATEGORIES}
    numbers = sorted({int(one) for one in ids if one.isdecimal() and 0 < int(one) < 2**63})
    if numbers and get_feed("categories") in view.feeds(reader):
        names |= dict(rows(reader, sql_text("category_names.sql"), {"ids": numbers}).iter_rows())
    return names
