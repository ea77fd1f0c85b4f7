"""Whole lists of the smaller entities: one page if it fits, else sorted pages that must add up."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass
from typing import Any

from syncengine.catalog.commerce.client import CommerceClient, items_of, parsed_json, total_of
from syncengine.catalog.commerce.page_size import PageSize
from syncengine.errors import CatalogError, IncompleteReadError, SourceAnswerError, SourceRefusedError

Key = Callable[[dict[str, Any]], Hashable]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEndpoint:
    """A list that takes searchCriteria. `sort_field` is unique; `key` tells its items apart."""

    entity: str
    path: str
    sort_field: str
    key: Key
    page_size: int
    absent: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """One answer as it came, with the number of its items."""

    body: bytes
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pass:
    pages: tuple[ListPage, ...]
    keys: Collection[int]  # hashes: a million pairs of texts would weigh more than their pages
    records: int
    total: int

    @property
    def adds_up(self) -> bool:
        return len(self.keys) == self.records == self.total


def _key_of(name: str) -> Key:
    return lambda item: item.get(name)


ATTRIBUTE_SETS = ListEndpoint(
    entity="attribute_sets",
    path="/V1/products/attribute-sets/sets/list",
    sort_field="attribute_set_id",
    key=_key_of("attribute_set_id"),
    page_size=300,
)
ATTRIBUTES = ListEndpoint(
    entity="attributes",
    path="/V1/products/attributes",
    sort_field="attribute_id",
    key=_key_of("attribute_id"),
    page_size=300,
)
CATEGORIES = ListEndpoint(
    entity="categories",
    path="/V1/categories/list",
    sort_field="entity_id",
    key=_key_of("id"),
    page_size=300,
)
CUSTOMER_GROUPS = ListEndpoint(
    entity="customer_groups",
    path="/V1/customerGroups/search",
    sort_field="id",
    key=_key_of("id"),
    page_size=300,
)
SOURCE_ITEMS = ListEndpoint(
    entity="source_items",
    path="/V1/inventory/source-items",
    sort_field="source_item_id",
    key=lambda item: (item.get("sku"), item.get("source_code")),
    page_size=10_000,
    absent=(404,),
)
STOCKS = ListEndpoint(
    entity="stocks",
    path="/V1/inventory/stocks",
    sort_field="stock_id",
    key=_key_of("stock_id"),
    page_size=300,
    absent=(401, 404),
)


def read_list(
    client: CommerceClient,
    endpoint: ListEndpoint,
    *,
    store: str | None = None,
    progress: Callable[[int, int], None] = lambda records, total: None,
) -> tuple[ListPage, ...] | None:
    """All pages of the list, distinct items equal to the store's total; None when it is not offered.

    Three ways are tried until one adds up: pages, pages once more (the list may just have changed), and
    everything in one answer (a store whose paging repeats items).
    """
    sizes = PageSize(endpoint.page_size)
    first = _page(client, endpoint, sizes, store, number=1, is_sorted=False)
    if first is None:
        return None
    page, items, total, _ = first
    result = _Pass(pages=(page,), keys={hash(endpoint.key(i)) for i in items}, records=len(items), total=total)
    ways = (_sorted_pass, _sorted_pass, _unpaged_pass)
    problem: CatalogError | None = None
    for way in ways:
        if result.adds_up:
            return result.pages
        try:
            result = way(client, endpoint, sizes, store, progress)
        except SourceRefusedError:
            raise
        except CatalogError as error:  # a version that cannot sort so: the next way may do
            problem = error
    if result.adds_up:
        return result.pages
    if problem is not None:
        raise problem
    what = f"GET {endpoint.path}" + (f" (store view {store})" if store else "")
    raise IncompleteReadError(
        f"{what} gave {len(result.keys)} distinct records, the store counts {result.total}.",
        hint="The store changed while it was read, or its list is inconsistent; the next run reads it again.",
    )


def _sorted_pass(
    client: CommerceClient,
    endpoint: ListEndpoint,
    sizes: PageSize,
    store: str | None,
    progress: Callable[[int, int], None],
) -> _Pass:
    """Page after page until the count is reached: older versions repeat the last page for ever."""
    size_of_pass = sizes.current
    while True:
        sizes = PageSize(size_of_pass)  # one that does not grow while the pages of this pass are numbered
        pages: list[ListPage] = []
        keys: set[int] = set()
        records = 0
        while True:
            taken = _page(client, endpoint, sizes, store, number=len(pages) + 1, is_sorted=True)
            if taken is None:
                raise SourceAnswerError(f"GET {endpoint.path} is no longer offered.")
            page, items, total, size = taken
            if size != size_of_pass:
                size_of_pass = size  # page numbers count in another size now: start again
                break
            pages.append(page)
            records += len(items)
            keys.update(hash(endpoint.key(item)) for item in items)
            progress(records, total)
            if len(pages) * size >= total:
                return _Pass(pages=tuple(pages), keys=keys, records=records, total=total)


def _unpaged_pass(
    client: CommerceClient,
    endpoint: ListEndpoint,
    sizes: PageSize,
    store: str | None,
    progress: Callable[[int, int], None],
) -> _Pass:
    taken = _page(client, endpoint, sizes, store, number=0, is_sorted=False)
    if taken is None:
        raise SourceAnswerError(f"GET {endpoint.path} is no longer offered.")
    page, items, total, _ = taken
    progress(len(items), total)
    return _Pass(pages=(page,), keys={hash(endpoint.key(i)) for i in items}, records=len(items), total=total)


def _page(
    client: CommerceClient,
    endpoint: ListEndpoint,
    sizes: PageSize,
    store: str | None,
    *,
    number: int,
    is_sorted: bool,
) -> tuple[ListPage, list[dict[str, Any]], int, int] | None:
    """One page, its items, the total and the size asked for; page 0 asks for everything in one answer."""

    def params(size: int) -> list[tuple[str, str]]:
        if number == 0:
            return [("searchCriteria", "")]
        query = [("searchCriteria[pageSize]", str(size)), ("searchCriteria[currentPage]", str(number))]
        if is_sorted:
            query.append(("searchCriteria[sortOrders][0][field]", endpoint.sort_field))
            query.append(("searchCriteria[sortOrders][0][direction]", "ASC"))
        return query

    def take(what: str, body: bytes) -> tuple[list[dict[str, Any]], int]:
        parsed = parsed_json(what, body)
        total = total_of(what, parsed)
        items = items_of(what, parsed)
        if any(endpoint.key(item) is None for item in items):
            raise SourceAnswerError(f"{what} was answered with items that have no id.")
        return items, total

    taken = client.page(endpoint.path, params=params, sizes=sizes, take=take, store=store, absent=endpoint.absent)
    if taken is None:
        return None
    body, (items, total), size = taken
    return ListPage(body=body, records=len(items)), items, total, size
