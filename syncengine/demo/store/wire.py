"""JSON as the real store writes it: compact, ASCII only, with escaped slashes."""

from __future__ import annotations

import json
from typing import Any

_ENCODER = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def to_json(value: Any) -> str:
    """`value` as PHP's encoder writes it; ASCII, so that text and bytes are the same."""
    return _ENCODER.encode(value).replace("/", "\\/")


def number(value: float | int | None) -> float | int | None:
    """`value` without a needless fraction: the store writes 34, never 34.0."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
