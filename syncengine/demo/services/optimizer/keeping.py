"""What accepted records do to what is held: replaced, merged or deleted, with what hangs below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from syncengine.demo.services.holdings import HeldItem, Holdings

Record = Mapping[str, Any]
MAX_DEPTH = 3
_PAGE = 1000


class Keeper:
    """The state of one tenant. What refers to nothing is accepted and has no effect, as the real API says."""

    def __init__(self, holdings: Holdings, space_id: int) -> None:
        self._holdings = holdings
        self._space_id = space_id

    def replace(self, resource: str, records: Sequence[Record]) -> int:
        """Create or replace; returns how many had no effect."""
        ignored = 0
        for record in records:
            if self._refers(resource, record):
                self._hold(resource, record)
            else:
                ignored += 1
        return ignored

    def merge(self, resource: str, records: Sequence[Record]) -> int:
        """Update in part: objects are merged, lists replaced; returns how many had no effect."""
        ignored = 0
        for record in records:
            held = self._holdings.live(self._space_id, resource, *identity(resource, record))
            if held is None:
                ignored += 1
                continue
            merged = dict(held)
            for name, value in record.items():
                both = isinstance(value, dict) and isinstance(held.get(name), dict)
                merged[name] = {**held[name], **value} if both else value
            self._hold(resource, merged)
        return ignored

    def delete(self, resource: str, records: Sequence[Record]) -> int:
        """Delete, with what hangs below; returns how many were not held."""
        ignored = 0
        for record in records:
            held = self._holdings.live(self._space_id, resource, *identity(resource, record))
            if held is None:
                ignored += 1
                continue
            self._hold(resource, held, deleted=True)
            for below_resource, below in list(self._below(resource, held)):
                self.delete(below_resource, [below])
        return ignored

    def _hold(self, resource: str, record: Record, *, deleted: bool = False) -> None:
        key = orjson.dumps(identity(resource, record)).decode()
        item = HeldItem(identity=key, deleted=deleted, payload=orjson.dumps(record))
        self._holdings.apply(self._space_id, resource, 0, [item])

    def _refers(self, resource: str, record: Record) -> bool:
        """Does what the record refers to exist?"""
        if resource == "products/prices":
            return self._book(record["priceBookId"]) is not None
        depth, parent = 0, record.get("parentId") if resource == "price-books" else None
        while parent is not None:
            book = self._book(parent)
            depth += 1
            if book is None or depth > MAX_DEPTH:
                return False
            parent = book.get("parentId")
        return True

    def _book(self, price_book_id: str) -> dict[str, Any] | None:
        return self._holdings.live(self._space_id, "price-books", price_book_id)

    def _below(self, resource: str, record: Record) -> Iterator[tuple[str, Record]]:
        if resource == "categories":
            for other in self._all("categories"):
                if other["slug"].startswith(f"{record['slug']}/") and other["source"] == record["source"]:
                    yield "categories", other
        if resource == "price-books":
            book = record["priceBookId"]
            yield from (("price-books", other) for other in self._all("price-books") if other.get("parentId") == book)
            yield from (("products/prices", o) for o in self._all("products/prices") if o["priceBookId"] == book)

    def _all(self, resource: str) -> Iterator[dict[str, Any]]:
        after = 0
        while True:
            rows = self._holdings.page(self._space_id, resource, after=after, limit=_PAGE, deleted=False)
            yield from (orjson.loads(payload) for _, payload in rows)
            if len(rows) < _PAGE:
                return
            after = rows[-1][0]


def identity(resource: str, record: Record) -> list[str]:
    """What a record is known by."""
    if resource == "price-books":
        return [record["priceBookId"]]
    if resource == "products/prices":
        return [record["sku"], record["priceBookId"]]
    name = {"products/metadata": "code", "categories": "slug", "products": "sku"}[resource]
    return [record[name], record["source"]["locale"]]
