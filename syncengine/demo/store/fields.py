"""The `fields=` parameter: `items[sku,price],total_count` trims an answer."""

from __future__ import annotations

import re
from typing import Any

_ALLOWED = re.compile(r"^[A-Za-z0-9_,\[\]]+$")
Wanted = dict[str, "Wanted | None"]


def parse_fields(text: str) -> Wanted | None:
    """The wanted keys as a tree; None when the text is malformed (the store then answers an empty list)."""
    if not _ALLOWED.match(text) or text.count("[") != text.count("]"):
        return None
    root: Wanted = {}
    stack: list[Wanted] = [root]
    name = ""
    for sign in text:
        if sign == "[":
            inner: Wanted = {}
            stack[-1][name] = inner
            stack.append(inner)
            name = ""
        elif sign in ",]":
            if name:
                stack[-1][name] = None
            name = ""
            if sign == "]":
                stack.pop()
                if not stack:
                    return None
        else:
            name += sign
    if name:
        stack[-1][name] = None
    return root


def trim(value: Any, wanted: Wanted | None) -> Any:
    """`value` with the wanted keys only; an unknown key is left out, an empty list asked in depth is null."""
    if wanted is None:
        return value
    if isinstance(value, list):
        kept = [trim(member, wanted) for member in value]
        return [member for member in kept if member] or None
    if not isinstance(value, dict):
        return value
    return {key: trim(inner, wanted[key]) for key, inner in value.items() if key in wanted}


def apply_fields(value: Any, text: str) -> Any:
    """The answer that `fields=text` leaves of `value`."""
    if not text:
        return value
    wanted = parse_fields(text)
    if wanted is None:
        return []
    trimmed = trim(value, wanted)
    return [] if trimmed is None else trimmed
