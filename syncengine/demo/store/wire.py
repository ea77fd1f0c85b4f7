"""JSON as the real store writes it: compact, ASCII only, with escaped slashes."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import orjson

_OUTSIDE_ASCII = re.compile(r"[^\x00-\x7f]")


@cache
def _escaped(sign: str) -> str:
    """A character as \\uXXXX, as two of them beyond the basic plane."""
    units = sign.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def to_json(value: Any) -> str:
    """`value` as PHP's encoder writes it; ASCII, so that text and bytes are the same."""
    text = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode("utf-8").replace("/", "\\/")
    if text.isascii():
        return text
    return _OUTSIDE_ASCII.sub(lambda match: _escaped(match.group()), text)


def number(value: float | int | None) -> float | int | None:
    """`value` without a needless fraction: the store writes 34, never 34.0."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
