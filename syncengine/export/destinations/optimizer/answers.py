"""The answers of the ingestion API, believed only when they are exactly what its schema says."""

from __future__ import annotations

import re
from typing import Any

from syncengine.errors import DestinationAnswerError
from syncengine.export.destinations.answers import MESSAGE_CHARACTERS, SHOWN_CHARACTERS, parse_strict, printable
from syncengine.transport import Answer

_MARKUP = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)

Named = dict[int, tuple[str, str]]


def check_accepted(body: bytes, records: int) -> None:
    """Raises: DestinationAnswerError unless `body` says that all of `records` were accepted."""
    value = parse_strict(body)
    if not isinstance(value, dict) or value.get("status") != "ACCEPTED":
        raise DestinationAnswerError("the answer does not say ACCEPTED")
    count = value.get("acceptedCount")
    if isinstance(count, bool) or count != records:
        shown = count if isinstance(count, int) else "no number"
        raise DestinationAnswerError(f"{shown} accepted are not the {records} sent")


def parse_named(body: bytes, records: int) -> Named:
    """(code, message) by position of the records that a 400 answer names; empty when it names none clearly."""
    try:
        value = parse_strict(body)
    except DestinationAnswerError:
        return {}
    errors = value.get("errors") if isinstance(value, dict) else None
    if not isinstance(errors, list):
        return {}
    named: dict[int, list[tuple[str, str]]] = {}
    for error in errors:
        index = error.get("itemIndex") if isinstance(error, dict) else None
        if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < records:
            return {}
        named.setdefault(index, []).append((_text(error.get("code")), _text(error.get("message"))))
    return {index: _joined(causes) for index, causes in named.items()}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _joined(causes: list[tuple[str, str]]) -> tuple[str, str]:
    message = "; ".join(dict.fromkeys(message for _, message in causes if message))
    return printable(causes[0][0], SHOWN_CHARACTERS) or "refused", printable(message, MESSAGE_CHARACTERS)


def said(answer: Answer) -> str:
    """What an error answer says, for people: JSON by its fields, a page of HTML without its tags."""
    try:
        value = parse_strict(answer.body)
    except DestinationAnswerError:
        value = None
    if isinstance(value, dict):
        parts = [_text(value.get(name)) for name in ("error_code", "title", "message")]
        text = ": ".join(part for part in parts if part)
    else:
        text = _MARKUP.sub(" ", answer.body[: SHOWN_CHARACTERS * 8].decode("utf-8", "replace"))
    return printable(f"{answer.status} {' '.join(text.split())}", SHOWN_CHARACTERS)


def request_id(answer: Answer) -> str | None:
    """The id under which the peer knows the request, when it tells one."""
    text = answer.headers.get("x-request-id") or ""
    return printable(text, SHOWN_CHARACTERS) or None
