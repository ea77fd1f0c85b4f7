"""A request body into items, each with the exact bytes it was sent with."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

MAX_BODY_BYTES = 4 * 2**20
MAX_ITEMS = 100
MAX_ITEMS_BY_FEED = {"prices": 500}

# The receiver's own copy of the contract, kept apart from the sender's.
IDENTITIES: dict[str, tuple[str, ...]] = {
    "products": ("sku", "storeViewCode"),
    "productAttributes": ("attributeCode", "storeViewCode"),
    "categories": ("urlPath", "storeViewCode"),
    "prices": ("sku", "customerGroupCode", "websiteCode"),
    "variants": ("parentSku", "productSku"),
    "scopesWebsite": ("websiteId",),
    "scopesCustomerGroup": ("customerGroupId",),
    "productOverrides": ("sku", "websiteCode", "customerGroupCode"),
    "categoryPermissions": ("categoryId", "websiteCode", "customerGroupCode"),
    "inventoryStockStatus": ("stockId", "sku"),
}

_WHITESPACE = " \t\n\r"


class RefusedError(Exception):
    """The whole request is refused with this status; `as_body` is what the sender reads."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def as_body(self, request_id: str) -> bytes:
        """The error body of services-api.md."""
        return orjson.dumps({"error": {"code": self.code, "message": self.message}, "requestId": request_id})


@dataclass(frozen=True, slots=True, kw_only=True)
class SentItem:
    """One element of a batch: the value, and the bytes it came in."""

    index: int
    value: Any
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchHeaders:
    """The headers that every batch must carry."""

    idempotency_key: str
    run_sequence: int


def read_headers(headers: Mapping[str, str]) -> BatchHeaders:
    """The batch's own headers. Raises: RefusedError 400 when one is missing or malformed."""
    key = headers.get("idempotency-key", "")
    if not 1 <= len(key) <= 255:
        raise RefusedError(400, "header", "Idempotency-Key is required, 1 to 255 characters")
    sequence = headers.get("x-run-sequence", "")
    if not (sequence.isascii() and sequence.isdigit() and len(sequence) <= 18):
        raise RefusedError(400, "header", "x-run-sequence is required, a whole number")
    if headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise RefusedError(400, "header", "Content-Type must be application/json")
    return BatchHeaders(idempotency_key=key, run_sequence=int(sequence))


def decode_body(body: bytes, encoding: str, *, max_bytes: int = MAX_BODY_BYTES) -> bytes:
    """The decoded body; a bomb is not unpacked.

    Raises: RefusedError 400 for a bad encoding, 413 beyond `max_bytes`.
    """
    if encoding in ("", "identity"):
        decoded = body
    elif encoding == "gzip":
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            decoded = unpacker.decompress(body, max_bytes + 1)
        except zlib.error as error:
            raise RefusedError(400, "encoding", f"the body is not gzip: {error}") from None
        if len(decoded) <= max_bytes and (not unpacker.eof or unpacker.unused_data):
            raise RefusedError(400, "encoding", "the gzip body is cut short or followed by other bytes")
    else:
        raise RefusedError(400, "encoding", "Content-Encoding must be gzip or absent")
    if len(decoded) > max_bytes:
        raise RefusedError(413, "too_large", f"the decoded body is larger than {max_bytes} bytes")
    return decoded


def max_items(feed: str, cap: int | None = None) -> int:
    """How many items of `feed` one batch may hold."""
    limit = MAX_ITEMS_BY_FEED.get(feed, MAX_ITEMS)
    return limit if cap is None else min(limit, cap)


def split_items(body: bytes, *, limit: int) -> list[SentItem]:
    """The items of a batch, each with its own slice of the body.

    Raises: RefusedError 400 when the body is not strict JSON (UTF-8, no NaN, no lone surrogate), not an array
    or empty; 413 beyond `limit` items.
    """
    try:
        values = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RefusedError(400, "json", f"the body is not JSON: {error}") from None
    if not isinstance(values, list):
        raise RefusedError(400, "json", "the body must be an array of items")
    if not values:
        raise RefusedError(400, "empty", "the batch holds no item")
    if len(values) > limit:
        raise RefusedError(413, "too_many_items", f"{len(values)} items in one batch, {limit} are allowed")
    raws = list(_element_slices(body.decode("utf-8")))
    if len(raws) != len(values):
        raise RefusedError(400, "json", "the body could not be split into its items")
    return [SentItem(index=i, value=value, raw=raw) for i, (value, raw) in enumerate(zip(values, raws, strict=True))]


def _element_slices(text: str) -> Iterator[bytes]:
    """The text of each element of the JSON array `text`, which is known to be well formed."""
    scan = json.JSONDecoder().raw_decode
    position = text.index("[") + 1
    while True:
        while text[position] in _WHITESPACE or text[position] == ",":
            position += 1
        if text[position] == "]":
            return
        try:
            _, end = scan(text, position)
        except (ValueError, RecursionError):
            raise RefusedError(400, "json", "a number or a nesting in the body is out of range") from None
        yield text[position:end].encode("utf-8")
        position = end
