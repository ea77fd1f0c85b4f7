"""The answers of the services, believed only when they are exactly what the contract says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn, TypeGuard

from syncengine.errors import DestinationAnswerError
from syncengine.export.destinations.base import (
    HeldCounts,
    HeldPage,
    ItemReceipt,
    Outcome,
    accepted_except,
)

SHOWN_CHARACTERS = 200
MESSAGE_CHARACTERS = 1000
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def parse_strict(body: bytes) -> Any:
    """The JSON value of `body`: UTF-8, no duplicate key, no NaN. Raises: DestinationAnswerError."""
    try:
        text = body.decode("utf-8")
        return json.loads(text, object_pairs_hook=_distinct_pairs, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise DestinationAnswerError("the answer is not strict JSON") from None


def _distinct_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key stands twice")
    return value


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def parse_acceptance(body: bytes, items: int) -> tuple[tuple[ItemReceipt, ...], str]:
    """The receipts of a 200 answer to a batch of `items` items, and its request id.

    Raises: DestinationAnswerError when anything does not add up; the outcome is unknown then.
    """
    value = parse_strict(body)
    if not isinstance(value, dict):
        raise DestinationAnswerError("the answer is not an object")
    accepted, rejected, request_id = (value.get(name) for name in ("accepted", "rejected", "requestId"))
    if not _is_whole(accepted) or not isinstance(rejected, list):
        raise DestinationAnswerError("`accepted` and `rejected` are not a number and a list")
    if not isinstance(request_id, str) or not request_id:
        raise DestinationAnswerError("`requestId` is missing")
    named = [_rejection(entry, items) for entry in rejected]
    if len({receipt.index for receipt in named}) != len(named):
        raise DestinationAnswerError("an index is named twice")
    if accepted + len(named) != items:
        raise DestinationAnswerError(f"{accepted} accepted and {len(named)} rejected are not the {items} sent")
    return accepted_except(items, named, http_status=200), request_id


def _rejection(entry: Any, items: int) -> ItemReceipt:
    if not isinstance(entry, dict):
        raise DestinationAnswerError("an element of `rejected` is not an object")
    index, code, message = (entry.get(name) for name in ("index", "code", "message"))
    if not _is_whole(index) or not index < items:
        raise DestinationAnswerError("`rejected` names an index that was not sent")
    if not isinstance(code, str) or not isinstance(message, str):
        raise DestinationAnswerError("a rejection has no code or no message")
    return ItemReceipt(
        index=index,
        outcome=Outcome.rejected,
        http_status=200,
        code=printable(code, SHOWN_CHARACTERS),
        message=printable(message, MESSAGE_CHARACTERS),
    )


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def printable(text: str, length: int) -> str:
    """`text` on one line, without control characters and lone surrogates, cut to `length`."""
    return _UNPRINTABLE.sub(" ", text)[:length].strip()


def error_text(body: bytes) -> tuple[str, str | None]:
    """What an error answer says, for people, and its request id when it has one."""
    try:
        value = parse_strict(body)
    except DestinationAnswerError:
        value = None
    if isinstance(value, dict) and isinstance(value.get("error"), dict):
        parts = [value["error"].get(name) for name in ("code", "message")]
        text = ": ".join(part for part in parts if isinstance(part, str))
        request_id = value.get("requestId")
        return printable(text, SHOWN_CHARACTERS), request_id if isinstance(request_id, str) else None
    return printable(body[: SHOWN_CHARACTERS * 4].decode("utf-8", "replace"), SHOWN_CHARACTERS), None


def parse_counts(body: bytes) -> HeldCounts:
    """The answer of `count`. Raises: DestinationAnswerError."""
    value = parse_strict(body)
    if not isinstance(value, dict) or not _is_whole(value.get("live")) or not _is_whole(value.get("deleted")):
        raise DestinationAnswerError("the counts are not two numbers")
    return HeldCounts(live=value["live"], deleted=value["deleted"])


def parse_page(body: bytes) -> HeldPage:
    """The answer of `items`, each item as the text it stood in. Raises: DestinationAnswerError."""
    value = parse_strict(body)
    items, following = (value.get("items"), value.get("next")) if isinstance(value, dict) else (None, None)
    if not isinstance(items, list) or not (following is None or isinstance(following, str)):
        raise DestinationAnswerError("the page is not a list of items and a cursor")
    text = body.decode("utf-8")
    return HeldPage(items=tuple(element_texts(text, _value_start(text, "items"))), next=following)


_WHITESPACE = re.compile(r"[ \t\n\r]*")
_SEPARATOR = re.compile(r"[ \t\n\r,:]*")


def _past(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return position if match is None else match.end()


def _value_start(text: str, name: str) -> int:
    """Where the value of the key `name` starts in the well-formed JSON object `text`."""
    decoder = json.JSONDecoder()
    position = _past(_WHITESPACE, text, text.index("{") + 1)
    while True:
        key, end = decoder.raw_decode(text, position)
        start = _past(_SEPARATOR, text, end)
        if key == name:
            return start
        _, end = decoder.raw_decode(text, start)
        position = _past(_SEPARATOR, text, end)


def element_texts(text: str, start: int = 0) -> Iterator[str]:
    """The text of each element of the well-formed JSON array that opens at or after `start`."""
    decoder = json.JSONDecoder()
    position = _past(_SEPARATOR, text, text.index("[", start) + 1)
    while text[position] != "]":
        _, end = decoder.raw_decode(text, position)
        yield text[position:end]
        position = _past(_SEPARATOR, text, end)
