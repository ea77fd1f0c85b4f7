"""How many requests batches take before any is sent: the same mapping, without the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from syncengine.export.destinations.optimizer.mapping import PRICE_BOOKS, Call, map_batch, portions
from syncengine.export.destinations.optimizer.scopes import Scopes

_ONE_FOR_ONE = frozenset({"products", "productAttributes"})  # a batch is a request, whatever it holds


class RequestForecast:
    """Counts the requests of one run, feed by feed in the order of sending: a price book goes out once."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes
        self._books: set[bytes] = set()

    def count(self, feed: str, batches: Iterable[Sequence[bytes]]) -> int:
        """How many requests `batches` of payloads take; an item that cannot be mapped takes none."""
        if feed in _ONE_FOR_ONE:
            return sum(1 for _ in batches)
        if feed == "prices":
            return sum(self._of_prices([orjson.loads(payload) for payload in batch]) for batch in batches)
        return sum(self._of_items(feed, [orjson.loads(payload) for payload in batch]) for batch in batches)

    def _of_items(self, feed: str, items: Sequence[Mapping[str, Any]]) -> int:
        return sum(self._of_call(call) for call in map_batch(feed, items, self._scopes).calls)

    def _of_prices(self, items: Sequence[Mapping[str, Any]]) -> int:
        """One for the prices of a batch and one for books that are new; a book is looked at by one of its prices."""
        first: dict[tuple[str, str, bool], Mapping[str, Any]] = {}
        for item in items:
            first.setdefault((item["websiteCode"], item["customerGroupCode"], bool(item.get("deleted"))), item)
        return self._of_items("prices", list(first.values()))

    def _of_call(self, call: Call) -> int:
        records = call.records
        if call.resource is PRICE_BOOKS:
            if call.is_delete:
                self._books.clear()
            else:
                records = tuple(record for record in records if record.text not in self._books)
                self._books.update(record.text for record in records)
        return sum(1 for _ in portions(records, call.resource.max_records))
