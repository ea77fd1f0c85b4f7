"""Products as people look for them: the search over synced products and over the store catalog."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from syncengine.errors import SettingsError
from syncengine.inspection.finder import Finder, ProductFilters, nearest_skus
from syncengine.inspection.listing import SORTS, Listing
from syncengine.inspection.reasons import sync_facts
from syncengine.inspection.story import (
    ItemDiff,
    ProductDiff,
    ProductStory,
    StoryItem,
    UnknownProductError,
    product_diff,
    product_story,
)
from syncengine.inspection.texts import Matches
from syncengine.inspection.times import iso
from syncengine.inspection.view import CatalogView
from syncengine.lake.reader import LakeReader

__all__ = [
    "SORTS",
    "ItemDiff",
    "NoMatch",
    "ProductDiff",
    "ProductFilters",
    "ProductPage",
    "ProductQuery",
    "ProductStory",
    "StoryItem",
    "UnknownProductError",
    "explain_no_match",
    "product_diff",
    "product_story",
    "search_products",
    "warm_search",
]

MAX_TEXT = 200
MAX_LIMIT = 10_000
_TABLES = {"synced": "synced_products", "catalog": "catalog_products"}
_FACETS = ("type", "visibility", "state")
_USUAL_SORT = "last_exported"
_LISTED = (
    "id", "name", "type", "last_exported", "last_modified", "sku", "price", "visibility", "store_view", "state",
)  # fmt: skip
_COLUMNS: dict[str, Any] = {
    "id": pl.Int64,
    "name": pl.String,
    "type": pl.String,
    "last_exported": pl.Datetime("us", "UTC"),
    "last_modified": pl.Datetime("us", "UTC"),
    "sku": pl.String,
    "price": pl.Decimal(12, 4),
    "visibility": pl.String,
    "store_view": pl.String,
    "state": pl.String,
    "currency": pl.String,
    "website": pl.String,
    "status": pl.String,
    "image": pl.String,
    "feed_id": pl.String,
}
PRODUCT_SCHEMA = pl.Schema(_COLUMNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductQuery:
    """What is looked for. `text` is taken literally, as part of SKU, name or ID, whatever its case.

    `side`: what the destination has acknowledged, or what the catalog says. Empty filters mean all. `store_view`: one;
    `store_views`: any of them. `more`: conditions beyond the table's own columns. `snapshot`: as it was then.
    Raises: SettingsError for a sort that is not in SORTS, or numbers out of range.
    """

    text: str = ""
    side: Literal["synced", "catalog"] = "synced"
    destination: str | None = None
    store_view: str | None = None
    store_views: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    visibilities: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    sort: str = _USUAL_SORT
    descending: bool = True
    limit: int = 50
    offset: int = 0
    more: ProductFilters = field(default_factory=ProductFilters)
    snapshot: int | None = None

    def __post_init__(self) -> None:
        if self.sort not in SORTS:
            raise SettingsError(f"Products cannot be sorted by `{self.sort}`.", hint=f"By: {', '.join(SORTS)}.")
        if self.side not in _TABLES:
            raise SettingsError(f"There is no side `{self.side}`.", hint=f"There are: {', '.join(_TABLES)}.")
        if not 1 <= self.limit <= MAX_LIMIT or self.offset < 0:
            raise SettingsError(
                f"A page of {self.limit} from {self.offset} on cannot be shown.",
                hint=f"Ask for 1 to {MAX_LIMIT:,} products, from 0 on.",
            )

    @property
    def scope(self) -> tuple[str, ...]:
        """The store views asked for; () for all."""
        return self.store_views if self.store_view is None else (self.store_view,)

    @property
    def needle(self) -> str:
        """`text` as it is searched for: without what no product text can hold, at most MAX_TEXT characters."""
        plain = self.text.encode("utf-8", "ignore").decode("utf-8").replace("\0", "")
        return " ".join(plain[:MAX_TEXT].splitlines()).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductPage:
    """A page of products and what the whole answer holds.

    `total`: how many rows match. `rows`: those of the page, with the columns of the table in order and then currency,
    website, status, image, feed_id. `facets`: per field, how many rows match by value when that field's own filter is
    left out.
    """

    total: int
    rows: pl.DataFrame
    facets: Mapping[str, Mapping[str, int]]

    def as_json(self) -> dict[str, Any]:
        """The shape of `products search --json`."""
        items = [
            {
                name: iso(row[name])
                if name.startswith("last_")
                else None
                if row[name] is None
                else float(row[name])
                if name == "price"
                else row[name]
                for name in _LISTED
            }
            for row in self.rows.iter_rows(named=True)
        ]
        return {"total": self.total, "items": items}


def search_products(view: CatalogView, query: ProductQuery) -> ProductPage:
    """The products that match, one row per product and store view; an exact SKU first, then SKUs that begin so.

    Raises: LakeUnavailableError (retriable), SettingsError for an unknown destination.
    Source: inspection/listing.py
    """
    destination = view.destination_id(query.destination)
    reader = view.reader_or_none()
    if reader is None:
        return ProductPage(total=0, rows=pl.DataFrame(schema=PRODUCT_SCHEMA), facets={name: {} for name in _FACETS})
    chosen = _chosen(query)
    if query.snapshot is not None or not query.more.is_empty:
        return _find(view, reader, query, destination, chosen)
    listing, matches = _listed(view, reader, query)
    total, facets, wanted = _narrowed(listing.groups, listing.counts(matches), destination, query.scope, chosen)
    found = listing.page(
        matches, wanted, sort=query.sort, descending=query.descending, limit=query.limit, offset=query.offset
    )
    return ProductPage(total=total, rows=_shown(found), facets=facets)


def product_frames(view: CatalogView, query: ProductQuery) -> Iterator[pl.DataFrame]:
    """All that `search_products` finds, page by page in its order, whatever page the query asks for.

    Columns: PRODUCT_SCHEMA. Raises: as `search_products`.
    """
    destination = view.destination_id(query.destination)
    reader = view.reader_or_none()
    if reader is None:
        return
    if query.snapshot is None and query.more.is_empty:
        listing, matches = _listed(view, reader, query)
        counts, chosen = listing.counts(matches), _chosen(query)
        _, _, wanted = _narrowed(listing.groups, counts, destination, query.scope, chosen)
        found = listing.frames(matches, wanted, sort=query.sort, descending=query.descending)
    elif query.snapshot is not None and not view.feeds(reader, query.snapshot):
        return
    else:
        finder = _finder(view, reader, query, destination)
        found = finder.frames(_chosen(query), sort=query.sort, descending=query.descending)
    for frame in found:
        yield _shown(frame)


def _chosen(query: ProductQuery) -> dict[str, tuple[str, ...]]:
    return {"type": query.types, "visibility": query.visibilities, "state": query.states}


def _listed(view: CatalogView, reader: LakeReader, query: ProductQuery) -> tuple[Listing, Matches | None]:
    """The listing of the query's side, and where its text is."""
    listing = _listing(view, reader, query.side)
    return listing, listing.matches(query.needle) if query.needle else None


def _listing(view: CatalogView, reader: LakeReader, side: str) -> Listing:
    return view.remembered(reader, ("listing", side), lambda: Listing(reader, _TABLES[side]))


def warm_search(view: CatalogView) -> None:
    """Have in memory what searches need of the newest publication.

    First the texts and the usual order of both sides, then every order of the synced products.

    Raises: LakeUnavailableError (retriable).
    """
    reader = view.reader_or_none()
    if reader is None:
        return
    for side in _TABLES:
        _listing(view, reader, side).warm([_USUAL_SORT])
    _listing(view, reader, "synced").warm(SORTS)


def _finder(view: CatalogView, reader: LakeReader, query: ProductQuery, destination: str) -> Finder:
    return Finder(
        reader,
        query.more,
        side=query.side,
        destination=destination,
        needle=query.needle,
        store_views=query.scope,
        snapshot=query.snapshot,
        facts=sync_facts(view).of("products", destination),
    )


def _find(
    view: CatalogView, reader: LakeReader, query: ProductQuery, destination: str, chosen: dict[str, tuple[str, ...]]
) -> ProductPage:
    """The same with conditions that the search copy alone cannot answer."""
    if query.snapshot is not None and not view.feeds(reader, query.snapshot):
        return ProductPage(total=0, rows=pl.DataFrame(schema=PRODUCT_SCHEMA), facets={name: {} for name in _FACETS})
    finder = _finder(view, reader, query, destination)
    groups = finder.groups()
    total, facets, _ = _narrowed(groups, groups["items"].to_list(), destination, query.scope, chosen)
    found = finder.page(chosen, sort=query.sort, descending=query.descending, limit=query.limit, offset=query.offset)
    return ProductPage(total=total, rows=_shown(found), facets=facets)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoMatch:
    """What to say where nothing matches: how many match on the other side, and the SKUs spelled most like the text."""

    elsewhere: int
    nearest: tuple[str, ...]


def explain_no_match(view: CatalogView, query: ProductQuery) -> NoMatch:
    """Why a search may have found nothing. Raises: as `search_products`."""
    other: Literal["synced", "catalog"] = "catalog" if query.side == "synced" else "synced"
    elsewhere = search_products(view, replace(query, side=other, limit=1, offset=0)).total
    reader = view.reader_or_none()
    if reader is None or not query.needle or elsewhere:
        return NoMatch(elsewhere=elsewhere, nearest=())
    return NoMatch(elsewhere=elsewhere, nearest=nearest_skus(reader, query.needle, _listing(view, reader, "catalog")))


def _narrowed(
    groups: pl.DataFrame,
    counts: Sequence[int],
    destination: str,
    store_views: tuple[str, ...],
    chosen: Mapping[str, tuple[str, ...]],
) -> tuple[int, dict[str, dict[str, int]], NDArray[np.bool_]]:
    """Total under all filters, per field the counts under the filters of the other fields, and the groups wanted."""
    total, facets = 0, {name: Counter[str]() for name in _FACETS}
    wanted = np.zeros(len(groups), dtype=np.bool_)
    for position, (group, items) in enumerate(zip(groups.iter_rows(named=True), counts, strict=True)):
        if group["destination"] != destination or (store_views and group["store_view"] not in store_views):
            continue
        misses = [name for name in _FACETS if chosen[name] and group[name] not in chosen[name]]
        wanted[position] = not misses
        total += 0 if misses else items
        for name in _FACETS:
            if items and group[name] is not None and misses in ([], [name]):
                facets[name][group[name]] += items
    return total, {name: dict(sorted(counts.items())) for name, counts in facets.items()}, wanted


def _shown(found: pl.DataFrame) -> pl.DataFrame:
    """The rows with aware times and the columns in the table's order."""
    return found.with_columns(pl.col("last_exported", "last_modified").dt.replace_time_zone("UTC")).select(
        pl.col(name).cast(kind) for name, kind in PRODUCT_SCHEMA.items()
    )
