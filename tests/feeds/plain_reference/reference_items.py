"""Items that the reference system compiled from the recorded store, and the products edited later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .records import Record, read_lines


def reference_items(shared: Path, state: str, feed: str) -> list[Record]:
    """The payloads of one feed as the reference system compiled them."""
    rows = read_lines(shared / "reference-feeds" / state / f"{feed}.jsonl.gz")
    return [row["feed_data"] for row in rows]


def later_edits(shared: Path) -> set[str]:
    """SKUs in lower case that were edited or deleted after the recording `after` was made."""
    skus = {"24-wb02-new", "24-wb03-new", "24-mb06", "mh02-xs-black", "mh04"}
    for line in (shared / "recordings" / "updated_at" / "experiments.jsonl").read_text().splitlines():
        skus.add(str(json.loads(line)["entity"]).lower())
    return skus


def as_set(values: list[Any] | None) -> set[str]:
    """A list that means a set, in a form that compares without order; null is the empty set, 24 is 24.0."""
    return {json.dumps(_plain(value), sort_keys=True) for value in values or []}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items() if inner is not None}
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
