"""The table of a run's items: what became of each, and where it leads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from syncengine.inspection.customer_groups import with_groups
from ui import links, run_texts
from ui.escape import bdi, esc
from ui.link_table import Column, Row, whole

LINK = "Item"
_WITH_FIELDS = ("changed", "rejected", "waiting")


def columns(kind: str, *, several: bool) -> list[Column]:
    """The headings of the list `kind`; `several`: there is more than one destination."""
    left_out = {*(() if several else ("Destination",)), *(() if kind in _WITH_FIELDS else ("Fields",))}
    return [
        Column(heading=heading, kind=look)
        for heading, look in run_texts.ITEM_COLUMNS.items()
        if heading not in left_out
    ]


def item_rows(found: pl.DataFrame, headings: list[Column]) -> list[Row]:
    """The rows below these headings; one leads to its product, or to its item's own page."""
    return [
        Row(
            cells=[cells[column.heading] for column in headings],
            address=links.item_address(row["feed"], row["feed_id"], row["sku"]),
        )
        for row in found.iter_rows(named=True)
        for cells in [_cells(row)]
    ]


def _cells(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "Feed": esc(row["feed"]),
        "Destination": bdi(row["destination"]),
        "Item": whole(with_groups(row["item"])),
        "Outcome": _outcome(row["outcome"]),
        "Fields": whole(", ".join(row["fields"] or ())),
        "HTTP": esc(row["http_status"]),
        "Message": bdi(row["message"]),
    }


def _outcome(outcome: str) -> str:
    tone, words = run_texts.OUTCOME_TONES.get(outcome, "idle"), run_texts.OUTCOMES.get(outcome, outcome)
    return f'<span class="cs-state cs-t-{esc(tone)}">{esc(words)}</span>'
