"""What a page of products says of itself: its ids and the store's total, read without making Python objects of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import duckdb
import orjson

from syncengine.catalog.commerce.client import items_of, parsed_json, total_of
from syncengine.errors import SourceAnswerError

# a product begins so; the ids of parts of a bundle, the only other objects with both keys, are quoted
_PRODUCT_START = re.compile(rb'\{"id":(\d{1,18}),"sku":"')
_SKU_OF_PRODUCT = re.compile(rb'\{"id":\d{1,18},"sku":("(?:[^"\\]|\\.)*")')
_TOTAL_AT_END = re.compile(rb'"total_count":\s?(\d{1,15})\s?\}\s*\Z')
_TAIL_BYTES = 200
# what DuckDB's parser takes and JSON does not know
_SUSPICIOUS = (b"NaN", b"Infinity", b":nan", b": nan", b":-nan", b":inf", b": inf", b":-inf", b",]", b",}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductPage:
    """The ids of a page's products in its order, and how many products match in all."""

    ids: Sequence[int]
    total: int


def read_page(what: str, body: bytes, *, after: int, asked: int) -> ProductPage:
    """The page that `body` is: scanned for its ids when it looks as it should, else parsed in full.

    A scan does not prove that all of the body is JSON; `JsonCheck` does. Raises: SourceAnswerError.
    """
    return _scanned(body, after=after, asked=asked) or parsed_page(what, body)


class JsonCheck:
    """Whether bytes are strict JSON, found out by DuckDB: several times as fast as parsing them in Python, and
    other threads run meanwhile. For one thread.
    """

    def __init__(self) -> None:
        self._connection = duckdb.connect(config={"threads": 1})

    def passes(self, body: bytes) -> bool:
        """True for JSON; False for what is none, or needs a closer look."""
        if any(token in body for token in _SUSPICIOUS):
            return False
        try:
            row = self._connection.execute("SELECT json_valid($body)", {"body": body.decode()}).fetchone()
        except (UnicodeDecodeError, duckdb.Error):
            return False
        return bool(row and row[0])

    def close(self) -> None:
        """Give its memory back."""
        self._connection.close()


def parsed_page(what: str, body: bytes) -> ProductPage:
    """The page that `body` is, parsed in full. Raises: SourceAnswerError."""
    parsed = parsed_json(what, body)
    items = items_of(what, parsed)
    ids = [id_ for item in items if isinstance(id_ := item.get("id"), int) and id_ > 0]
    if len(ids) != len(items):
        raise SourceAnswerError(f"{what} was answered with items that have no id.")
    return ProductPage(ids=ids, total=total_of(what, parsed))


def skus_of(body: bytes, *, records: int) -> list[str]:
    """The SKUs of a page that was read before and holds so many products; one without a SKU is left out."""
    found = _SKU_OF_PRODUCT.findall(body)
    if len(found) == records:
        return [orjson.loads(text) for text in found]
    items = orjson.loads(body)["items"] or ()
    return [sku for item in items if isinstance(sku := item.get("sku"), str)]


def _scanned(body: bytes, *, after: int, asked: int) -> ProductPage | None:
    """The page, if it looks exactly as it should: as many products as asked for, their ids rising."""
    at_end = _TOTAL_AT_END.search(body, max(0, len(body) - _TAIL_BYTES))
    if at_end is None or not body.startswith(b'{"items":['):
        return None
    total = int(at_end.group(1))
    ids = [int(digits) for digits in _PRODUCT_START.findall(body)]
    is_usual = ids and len(ids) == min(asked, total) and all(a < b for a, b in pairwise([after, *ids]))
    return ProductPage(ids=ids, total=total) if is_usual else None
