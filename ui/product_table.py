"""The table of products: its columns in their documented order, and how it is sorted and drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo
from decimal import Decimal
from typing import Any

import polars as pl

from ui import list_texts, texts
from ui.escape import esc
from ui.formats import NONE, minute
from ui.link_table import Column, Row, whole
from ui.thumbnails import thumbnail

# heading -> what inspection sorts by; the first eight are the product's own, in its order
COLUMNS = {
    "ID": "id",
    "Name": "name",
    "Type": "type",
    "Last Exported": "last_exported",
    "Last Modified": "last_modified",
    "SKU": "sku",
    "Price": "price",
    "Visibility": "visibility",
    "State": "state",
    "Store view": "store_view",
}
_NEWEST_FIRST = {"Last Exported", "Last Modified"}
_FROM_LOWEST = {"configurable", "bundle", "grouped"}
_KINDS = {"ID": "cs-num", "Name": "cs-long", "SKU": "cs-long cs-mono", "Price": "cs-num"}
DEFAULT_SORT = "last_exported.desc"


def sort_options() -> dict[str, str]:
    """What the list may be sorted by: `column.direction` and its words, the natural direction of each first."""
    options: dict[str, str] = {}
    for heading, column in COLUMNS.items():
        words = (
            ("newest first", "oldest first")
            if heading in _NEWEST_FIRST
            else ("highest first", "lowest first")
            if heading in ("Price", "ID")
            else ("Z to A", "A to Z")
        )
        pair = [(f"{column}.desc", f"{heading}, {words[0]}"), (f"{column}.asc", f"{heading}, {words[1]}")]
        options.update(pair if heading in _NEWEST_FIRST else reversed(pair))
    return {DEFAULT_SORT: options[DEFAULT_SORT], **options}


def clicked_sort(heading: str, current: str) -> str:
    """The sort after a click on a column: its natural direction, or the other one when it is sorted so already."""
    column = COLUMNS[heading]
    natural = f"{column}.desc" if heading in _NEWEST_FIRST else f"{column}.asc"
    other = f"{column}.asc" if heading in _NEWEST_FIRST else f"{column}.desc"
    return other if current == natural else natural


def columns(sort: str, address: Callable[..., str], where_name: str, *, pictures: bool) -> list[Column]:
    """The headings, each with the address of the list sorted by it. `sort` is how it is sorted now; `address` makes the
    list's address with another sort; times are those of `where_name`."""
    told = {
        "Last Exported": list_texts.EXPORTED_TELLS.format(zone=where_name),
        "Last Modified": list_texts.MODIFIED_TELLS.format(zone=where_name),
        "Price": list_texts.PRICE_TELLS,
        "State": list_texts.STATE_TELLS,
    }
    column, _, direction = sort.partition(".")
    found = [
        Column(
            heading=heading,
            kind=_KINDS.get(heading, ""),
            what=told.get(heading, ""),
            sort=address(sort=clicked_sort(heading, sort)),
            sorted=("descending" if direction == "desc" else "ascending") if column == name else "",
        )
        for heading, name in COLUMNS.items()
    ]
    return [Column(heading=list_texts.PICTURE, kind="cs-picture"), *found] if pictures else found


def product_rows(
    rows: pl.DataFrame, where: tzinfo, address: Callable[[str, str], str], *, pictures: bool = False
) -> list[Row]:
    """The rows as they are drawn: words for visibility and state, the reader's own time, prices with their currency.
    `address` makes a product's address of its SKU and its store view."""
    return [
        Row(
            cells=[*([thumbnail(one["image"], one["name"] or "")] if pictures else []), *_cells(one, where)],
            address=address(one["sku"], one["store_view"]),
            tick=one["sku"],
        )
        for one in rows.iter_rows(named=True)
    ]


def _cells(row: Mapping[str, Any], where: tzinfo) -> list[str]:
    """The cells of COLUMNS, as HTML."""
    return [
        esc(row["id"]),
        whole(row["name"] or row["sku"]),
        esc(type_words(row["type"])),
        esc(minute(row["last_exported"], where)),
        esc(minute(row["last_modified"], where)),
        whole(row["sku"]),
        esc(price_words(row["price"], row["currency"], row["type"])),
        esc(row["visibility"] or NONE),
        state_mark(row["state"]),
        esc(row["store_view"]),
    ]


def type_words(value: str | None) -> str:
    """`configurable` as Configurable."""
    return value.replace("_", " ").capitalize() if value else NONE


def state_words(value: str | None) -> str:
    """A state with its mark and its words."""
    word, _, mark = texts.STATES.get(value or "", (value or NONE, "idle", "·"))
    return f"{mark} {texts.SHORT_STATES.get(value or '', word)}"


def state_mark(value: str | None) -> str:
    """The same as HTML, in its tone."""
    tone = texts.STATES.get(value or "", ("", "idle", ""))[1]
    return f'<span class="cs-state cs-t-{esc(tone)}">{esc(state_words(value))}</span>'


def price_words(price: Decimal | None, currency: str | None, kind: str | None) -> str:
    """`29.00 USD`, `from 29.00 USD` for a product priced by its children, – for none."""
    if price is None:
        return NONE
    amount = f"{price:,.2f}" if price == round(price, 2) else f"{price.normalize():,f}"
    return f"{'from ' if kind in _FROM_LOWEST else ''}{amount} {currency or ''}".strip()
