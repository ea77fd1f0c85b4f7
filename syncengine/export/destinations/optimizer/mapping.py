"""Feed items as the records that the API takes: which go where, in what order, for which items.

A record stands for one item, save for price books: those that several items rely on go once for all of them, before
what relies on them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import orjson

from syncengine.export.destinations.base import ItemReceipt, Outcome
from syncengine.export.destinations.http import MAX_BATCH_BYTES
from syncengine.export.destinations.optimizer import rules
from syncengine.export.destinations.optimizer.products import given, meta_tags, product, product_key
from syncengine.export.destinations.optimizer.scopes import (
    FALLBACK_GROUP,
    Scopes,
    UnmappableError,
    child_book,
    price_book_id,
)

_RENAMED = {"short_description": "shortDescription"}
_INT_TYPES = {"boolean": "BOOLEAN", "text": "TEXT", "select": "TEXT"}
_AREAS = {
    "visible": "PRODUCT_DETAIL",
    "visibleInSearch": "SEARCH_RESULTS",
    "visibleInListing": "PRODUCT_LISTING",
    "visibleInCompareList": "PRODUCT_COMPARE",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A collection of the API: its path, the schemas of its records, and the most that one request takes."""

    path: str
    schema: str
    delete_schema: str
    max_records: int = 100


METADATA = Resource(path="/v1/catalog/products/metadata", schema="FeedMetadata", delete_schema="FeedMetadataDelete")
CATEGORIES = Resource(path="/v1/catalog/categories", schema="FeedCategory", delete_schema="FeedCategoryDelete")
PRODUCTS = Resource(path="/v1/catalog/products", schema="FeedProduct", delete_schema="FeedProductDelete")
PRICE_BOOKS = Resource(
    path="/v1/catalog/price-books", schema="FeedPricebook", delete_schema="FeedPriceBookDelete", max_records=500
)
PRICES = Resource(
    path="/v1/catalog/products/prices", schema="FeedPrices", delete_schema="FeedPricesDelete", max_records=500
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One element of a request: its JSON text, and the positions in the batch of the items that need it taken."""

    text: bytes
    items: tuple[int, ...]
    book_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Records for one address, in order; more than one request may take is cut later."""

    resource: Resource
    is_delete: bool
    records: tuple[Record, ...]

    @property
    def path(self) -> str:
        """The address below the base."""
        return f"{self.resource.path}/delete" if self.is_delete else self.resource.path


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedBatch:
    """A batch as calls, one after the other, and the items that are refused before the wire."""

    calls: tuple[Call, ...]
    rejected: Mapping[int, ItemReceipt]


Mapped = list[tuple[Resource, dict[str, Any]]]


def map_batch(feed: str, items: Sequence[Mapping[str, Any]], scopes: Scopes) -> MappedBatch:
    """The calls that deliver `items`; deletes first, then price books, then the rest."""
    gathered: dict[tuple[bool, str], dict[bytes, list[int]]] = {}
    resources: dict[str, Resource] = {}
    rejected: dict[int, ItemReceipt] = {}
    for index, item in enumerate(items):
        is_delete = bool(item.get("deleted"))
        try:
            records = _MAPPERS[feed](item, scopes, is_delete)
            texts = [(resource, _checked(resource, record, is_delete)) for resource, record in records]
        except UnmappableError as error:
            rejected[index] = ItemReceipt(
                index=index, outcome=Outcome.rejected, code=error.code, message=f"not sent: {error}"
            )
            continue
        for resource, text in texts:
            resources[resource.path] = resource
            gathered.setdefault((is_delete, resource.path), {}).setdefault(text, []).append(index)
    calls = [
        Call(resource=resources[path], is_delete=is_delete, records=_records(resources[path], by_text))
        for (is_delete, path), by_text in gathered.items()
    ]
    calls.sort(key=lambda call: (not call.is_delete, call.resource is not PRICE_BOOKS))
    return MappedBatch(calls=tuple(calls), rejected=rejected)


def _records(resource: Resource, by_text: Mapping[bytes, list[int]]) -> tuple[Record, ...]:
    if resource is not PRICE_BOOKS:
        return tuple(Record(text=text, items=tuple(indexes)) for text, indexes in by_text.items())
    books = [(orjson.loads(text), text, tuple(indexes)) for text, indexes in by_text.items()]
    books.sort(key=lambda book: "parentId" in book[0])  # a parent before its children
    return tuple(Record(text=text, items=indexes, book_id=book["priceBookId"]) for book, text, indexes in books)


def _checked(resource: Resource, record: dict[str, Any], is_delete: bool) -> bytes:
    text = orjson.dumps(record)
    schema = resource.delete_schema if is_delete else resource.schema
    problem = rules.find_problem(schema, record, size_bytes=len(text))
    if problem is not None:
        raise UnmappableError(*problem)
    return text


def _metadata(item: Mapping[str, Any], scopes: Scopes, is_delete: bool) -> Mapped:
    code = _RENAMED.get(item["attributeCode"], item["attributeCode"])
    key = {"code": code, "source": scopes.source(item["storeViewCode"])}
    if is_delete:
        return [(METADATA, key)]
    record = {
        **key,
        "label": item["label"] or code,
        "dataType": _data_type(item["dataType"], item["frontendInput"]),
        "visibleIn": [area for flag, area in _AREAS.items() if item[flag]],
        **given({name: item[name] for name in ("filterable", "sortable", "searchable", "searchWeight")}),
    }
    return [(METADATA, record)]


def _data_type(kind: str | None, frontend_input: str | None) -> str:
    if kind == "int":
        return _INT_TYPES.get(frontend_input or "", "INTEGER")
    return "DECIMAL" if kind == "decimal" else "TEXT"


def _category(item: Mapping[str, Any], scopes: Scopes, is_delete: bool) -> Mapped:
    if not item["urlPath"]:
        return []  # a root: the API has no such thing
    key = {"slug": item["urlPath"], "source": scopes.source(item["storeViewCode"])}
    if is_delete:
        return [(CATEGORIES, key)]
    record = {
        **key,
        **given({"name": item["name"], "description": item["description"]}),
        "families": ["top_menu"] if item["isActive"] and item["includeInMenu"] else [],
        "metaTags": meta_tags(item["metaTitle"], item["metaDescription"], item["metaKeywords"]),
        "images": [{"url": item["image"], "roles": ["BASE"]}] if item["image"] else [],
    }
    return [(CATEGORIES, record)]


def _product(item: Mapping[str, Any], scopes: Scopes, is_delete: bool) -> Mapped:
    return [(PRODUCTS, product_key(item, scopes) if is_delete else product(item, scopes))]


def _website(item: Mapping[str, Any], scopes: Scopes, is_delete: bool) -> Mapped:
    website = item["websiteCode"]
    if is_delete:
        return [(PRICE_BOOKS, {"priceBookId": price_book_id(website, FALLBACK_GROUP)})]
    return [(PRICE_BOOKS, scopes.base_book(website))]


def _customer_group(item: Mapping[str, Any], scopes: Scopes, is_delete: bool) -> Mapped:
    group, websites = item["customerGroupCode"], item["websites"] or []
    if is_delete:
        return [(PRICE_BOOKS, {"priceBookId": price_book_id(website, group)}) for website in websites]
    return [(PRICE_BOOKS, book) for website in websites for book in _books(website, group, scopes)]


def _books(website: str, group: str, scopes: Scopes) -> Iterable[dict[str, Any]]:
    yield scopes.base_book(website)
    if group != FALLBACK_GROUP:
        yield child_book(website, group)


def _price(item: Mapping[str, Any], scopes: Scopes, is_delete: bool) -> Mapped:
    website, group = item["websiteCode"], item["customerGroupCode"]
    key = {"sku": item["sku"], "priceBookId": price_book_id(website, group)}
    if is_delete:
        return [(PRICES, key)]
    record = {
        **key,
        **given({"regular": item["regular"]}),
        "discounts": [mapped for one in item["discounts"] or [] if (mapped := _discount(one)) is not None],
        "tierPrices": [given(tier) for tier in item["tierPrices"] or []],
    }
    return [*((PRICE_BOOKS, book) for book in _books(website, group, scopes)), (PRICES, record)]


def _discount(discount: Mapping[str, Any]) -> dict[str, Any] | None:
    """A bundle's special price is stored as the share that is paid; the API takes the share that is taken off."""
    percentage = discount.get("percentage")
    if discount["code"] != "special_price" or percentage is None:
        return given(discount)
    off = round(100 - percentage, 4)
    return {"code": discount["code"], "percentage": off} if off > 0 else None


_MAPPERS: Mapping[str, Callable[[Mapping[str, Any], Scopes, bool], Mapped]] = MappingProxyType(
    {
        "productAttributes": _metadata,
        "products": _product,
        "categories": _category,
        "scopesWebsite": _website,
        "scopesCustomerGroup": _customer_group,
        "prices": _price,
    }
)
MAPPED_FEEDS = frozenset(_MAPPERS)


def portions(records: Sequence[Record], max_records: int) -> Iterator[tuple[Record, ...]]:
    """`records` in portions that one request takes, in order."""
    portion: list[Record] = []
    size_bytes = 0
    for record in records:
        if portion and (len(portion) == max_records or size_bytes + len(record.text) >= MAX_BATCH_BYTES):
            yield tuple(portion)
            portion, size_bytes = [], 0
        portion.append(record)
        size_bytes += len(record.text) + 1
    if portion:
        yield tuple(portion)
