"""The order of the search copy, kept in memory: what makes any page of millions of products quick, however sorted.

Of every row of a search table, by its place there, are kept: which combination of destination, store view, type,
visibility and state it is (2 bytes), and its rank and its turn in each order that was asked for (8 bytes). Filters,
counts and pages are then array operations; only the rows of the page are read in full. Texts are looked for in the
copy, or in memory (texts.py).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from syncengine.errors import LakeError
from syncengine.inspection.texts import MOST_ROWS, Matches, SearchTexts, search_texts
from syncengine.inspection.view import arrays, rows, sql_text, table
from syncengine.lake.reader import LakeReader

# what may be sorted by: the word people use -> the column of the search copy
SORTS: Mapping[str, str] = MappingProxyType(
    {
        "id": "product_id",
        "name": "name",
        "type": "type",
        "last_exported": "last_exported_at",
        "last_modified": "last_modified_at",
        "sku": "sku",
        "price": "price",
        "visibility": "visibility",
        "store_view": "store_view_code",
        "state": "state",
    }
)
_NO_ROW = np.uint16(0xFFFF)
_ROWS_AT_ONCE = 10_000
_KEPT_RANKS = 40_000_000  # over all orders of a table, but always one order
_KEPT_MATCHES = 4_000_000  # over all texts, but always one text

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Order:
    """Places in ascending order, rows without a value last, and the rank of each place; `values` rows have one."""

    places: NDArray[np.int32]
    ranks: NDArray[np.int32]
    values: int

    def turns(self, *, descending: bool) -> NDArray[np.int32]:
        """All places in the wanted direction; rows without a value stay last."""
        if not descending:
            return self.places
        if self.values == len(self.places):
            return self.places[::-1]
        return np.concatenate((self.places[: self.values][::-1], self.places[self.values :]))

    def keys(self, places: NDArray[np.int64], *, descending: bool) -> NDArray[np.int64]:
        """What sorts these places in the wanted direction; rows without a value stay last."""
        ranks = self.ranks[places].astype(np.int64)
        if not descending:
            return ranks
        return np.where(ranks < self.values, self.values - 1 - ranks, ranks)


class _Kept(Generic[Value]):
    """The last answers worked out, while their weights together stay within a limit; always the last one."""

    def __init__(self, weight: Callable[[Value], int], limit: int) -> None:
        self._weight, self._limit = weight, limit
        self._values: dict[str, Value] = {}
        self._lock = threading.Lock()

    def get(self, key: str, work_out: Callable[[], Value]) -> Value:
        """The answer kept under `key`, or worked out now; two threads may work out the same one, never a wrong one."""
        with self._lock:
            if key in self._values:
                self._values[key] = self._values.pop(key)
                return self._values[key]
        value = work_out()
        with self._lock:
            self._values[key] = value
            while len(self._values) > 1 and sum(map(self._weight, self._values.values())) > self._limit:
                del self._values[next(iter(self._values))]
        return value


class Listing:
    """One search table of one publication. Thread-safe.

    `groups`: the combinations that occur, with the columns destination, store_view, type, visibility, state.
    """

    def __init__(self, reader: LakeReader, name: str) -> None:
        """Raises: LakeUnavailableError (retriable)."""
        self._reader, self._table = reader, name
        found = rows(reader, self._sql("listing_groups.sql"))
        hashes = found["code"].to_numpy()
        if len(np.unique(hashes)) != len(hashes) or len(hashes) >= _NO_ROW:
            raise LakeError(f"The search copy has {len(hashes):,} combinations to narrow by, too many to count.")
        self.groups = found.drop("code")
        codes = arrays(reader, self._sql("listing_codes.sql"))
        places = codes["place"]
        self._codes = np.full(int(places.max()) + 1 if len(places) else 0, _NO_ROW, dtype=np.uint16)
        self._codes[places] = np.searchsorted(hashes, codes["code"])
        self._lock, self._loading = threading.Lock(), threading.Lock()
        self._searches = 0
        self._in_memory: SearchTexts | None = None
        self._no_rows: pl.DataFrame | None = None
        self._orders: _Kept[Order] = _Kept(lambda order: len(order.ranks), _KEPT_RANKS)
        self._matches: _Kept[Matches] = _Kept(lambda matches: len(matches.places), _KEPT_MATCHES)

    def _sql(self, name: str, **words: str) -> str:
        return sql_text(name).format(table=self._table, **words)

    def order(self, sort: str) -> Order:
        """The ranks of an order of SORTS."""

        def work_out() -> Order:
            found = arrays(self._reader, self._sql("listing_order.sql", column=SORTS[sort]))
            places = found["place"].astype(np.int32)
            ranks = np.zeros(len(self._codes), dtype=np.int32)
            ranks[places] = np.arange(len(places), dtype=np.int32)
            return Order(places, ranks, len(places) - int(np.count_nonzero(found["is_null"])))

        return self._orders.get(sort, work_out)

    def matches(self, text: str) -> Matches:
        """The rows that hold a text."""

        def look() -> Matches:
            texts = self._texts()
            if texts is not None:
                return texts.find(self._lower(text))
            found = arrays(self._reader, self._sql("listing_matches.sql"), {"text": text})
            return Matches(found["place"], found["nearness"])

        return self._matches.get(text, look)

    def _lower(self, text: str) -> str:
        """As the copy writes its texts small."""
        if text.isascii():
            return text.lower()
        return str(rows(self._reader, "SELECT lower($text) AS needle", {"text": text})["needle"][0])

    def _texts(self) -> SearchTexts | None:
        """The texts in memory, from the second search on: one search alone is quicker without them."""
        with self._lock:
            self._searches += 1
            is_alone = self._searches == 1 and self._in_memory is None
        return None if is_alone else self.texts()

    def texts(self) -> SearchTexts | None:
        """The texts in memory, or None where they are too many."""
        if len(self._codes) > MOST_ROWS:
            return None
        with self._loading:
            if self._in_memory is None:
                self._in_memory = search_texts(table(self._reader, self._sql("listing_texts.sql")))
            return self._in_memory

    def nearly(self, text: str, *, most: int) -> list[int] | None:
        """The places, at most so many, that are spelled about like a text; None where no texts are in memory."""
        texts = self._in_memory
        if texts is None:
            return None
        return [int(place) for place in texts.nearly(self._lower(text), most=most)]

    def warm(self, sorts: Iterable[str]) -> None:
        """Have the texts and the orders in memory before somebody waits for them."""
        self.texts()
        for sort in sorts:
            self.order(sort)

    def counts(self, matches: Matches | None) -> list[int]:
        """How many rows are of each group, among all or among the matches of a text."""
        codes = self._codes if matches is None else self._codes[matches.places]
        counted: list[int] = np.bincount(codes, minlength=int(_NO_ROW) + 1)[: len(self.groups)].tolist()
        return counted

    def page(
        self,
        matches: Matches | None,
        wanted: NDArray[np.bool_],
        *,
        sort: str,
        descending: bool,
        limit: int,
        offset: int,
    ) -> pl.DataFrame:
        """One page of the rows whose group is wanted: nearest SKUs first, then in the order asked for."""
        if matches is None:
            turns = self._turns(wanted, sort=sort, descending=descending)
            return self._rows(turns[offset : offset + limit])
        places, keys = self._wanted(matches, wanted, sort=sort, descending=descending)
        end = min(offset + limit, len(places))
        if offset >= end:
            return self._rows(places[:0])
        # what stands before the page must be known to be smaller, not sorted
        page = np.argpartition(keys, (offset, end - 1))[offset:end]
        return self._rows(places[page[np.argsort(keys[page])]])

    def frames(
        self, matches: Matches | None, wanted: NDArray[np.bool_], *, sort: str, descending: bool
    ) -> Iterator[pl.DataFrame]:
        """All of these rows in that order, some thousands at a time."""
        if matches is None:
            ordered: NDArray[Any] = self._turns(wanted, sort=sort, descending=descending)
        else:
            places, keys = self._wanted(matches, wanted, sort=sort, descending=descending)
            ordered = places[np.argsort(keys)]
        for start in range(0, len(ordered), _ROWS_AT_ONCE):
            yield self._rows(ordered[start : start + _ROWS_AT_ONCE])

    def _turns(self, wanted: NDArray[np.bool_], *, sort: str, descending: bool) -> NDArray[np.int32]:
        """The places of all rows whose group is wanted, in that order."""
        turns = self.order(sort).turns(descending=descending)
        return turns if wanted.all() else turns[self._allowed(wanted)[self._codes[turns]]]

    def _allowed(self, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        allowed = np.zeros(int(_NO_ROW) + 1, dtype=np.bool_)
        allowed[: len(wanted)] = wanted
        return allowed

    def _wanted(
        self, matches: Matches, wanted: NDArray[np.bool_], *, sort: str, descending: bool
    ) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """The places of the matches whose group is wanted, and what sorts them: nearest first."""
        allowed, order = self._allowed(wanted), self.order(sort)
        chosen = allowed[self._codes[matches.places]]
        places = matches.places[chosen]
        keys = order.keys(places, descending=descending)
        return places, keys + matches.nearness[chosen].astype(np.int64) * len(self._codes)

    def _rows(self, places: NDArray[Any]) -> pl.DataFrame:
        if not len(places) and self._no_rows is not None:
            return self._no_rows
        found = rows(self._reader, self._sql("search_page.sql"), {"places": places.tolist()})
        if not len(places):
            self._no_rows = found.drop("place")
            return self._no_rows
        wanted = pl.DataFrame({"place": places}, schema={"place": pl.Int64})
        return wanted.join(found, on="place", how="left", maintain_order="left").drop("place")
