"""The table of products: its columns in their documented order, and how it is sorted and drawn."""

from __future__ import annotations

from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

import polars as pl
import pyarrow as pa
import streamlit as st

from ui import list_texts, texts
from ui.formats import NEVER, NONE
from ui.thumbnails import safe_picture

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


def shown_rows(rows: pl.DataFrame, where: tzinfo, *, pictures: bool = False) -> pl.DataFrame:
    """The rows as they are drawn: words for visibility and state, the reader's own time, prices with their currency.

    With `pictures`, those that may be loaded stand first.
    """
    shown = pl.DataFrame(
        {
            "ID": rows["id"],
            "Name": rows["name"].fill_null(NONE),
            "Type": [type_words(value) for value in rows["type"]],
            "Last Exported": [_time(value, where) for value in rows["last_exported"]],
            "Last Modified": [_time(value, where) for value in rows["last_modified"]],
            "SKU": rows["sku"],
            "Price": [price_words(*values) for values in rows.select("price", "currency", "type").iter_rows()],
            "Visibility": rows["visibility"].fill_null(NONE),
            "State": [state_words(value) for value in rows["state"]],
            "Store view": rows["store_view"],
        },
        schema_overrides={name: pl.String for name in COLUMNS if name != "ID"},
    )
    if not pictures:
        return shown
    return shown.insert_column(
        0, pl.Series(list_texts.PICTURE, [safe_picture(address) for address in rows["image"]], dtype=pl.String)
    )


def as_drawn(shown: pl.DataFrame) -> pa.Table:
    """The rows in the form that the browser is sent: what Streamlit would make of them by way of pandas."""
    found = shown.to_arrow(compat_level=pl.CompatLevel.oldest())
    kinds = [pa.string() if pa.types.is_large_string(kind) else kind for kind in found.schema.types]
    return found.cast(pa.schema(list(zip(found.schema.names, kinds, strict=True))))


def column_config(where_name: str) -> dict[str, Any]:
    """How each column is drawn."""
    text = st.column_config.TextColumn
    return {
        list_texts.PICTURE: st.column_config.ImageColumn(width=62),
        "ID": st.column_config.NumberColumn(format="%d", width=54),
        "Name": text(width=190),
        "Type": text(width=88),
        "Last Exported": text(width=120, help=f"When the destination acknowledged it last. Times in {where_name}."),
        "Last Modified": text(width=120, help=f"As the store says, for every kind of edit. Times in {where_name}."),
        "SKU": text(width=114),
        "Price": text(
            width=106,
            alignment="right",
            help="Regular price of group 0 in the store view's website; from the lowest child where there are some.",
        ),
        "Visibility": text(width=112),
        "State": text(width=106, help="What the destination holds, compared with your catalog as last read."),
        "Store view": text(width=80),
    }


def type_words(value: str | None) -> str:
    """`configurable` as Configurable."""
    return value.replace("_", " ").capitalize() if value else NONE


def state_words(value: str | None) -> str:
    """A state with its mark and its words."""
    word, _, mark = texts.STATES.get(value or "", (value or NONE, "idle", "·"))
    return f"{mark} {texts.SHORT_STATES.get(value or '', word)}"


def price_words(price: Decimal | None, currency: str | None, kind: str | None) -> str:
    """`29.00 USD`, `from 29.00 USD` for a product priced by its children, – for none."""
    if price is None:
        return NONE
    amount = f"{price:,.2f}" if price == round(price, 2) else f"{price.normalize():,f}"
    return f"{'from ' if kind in _FROM_LOWEST else ''}{amount} {currency or ''}".strip()


def _time(value: datetime | None, where: tzinfo) -> str:
    return NEVER if value is None else f"{value.astimezone(where):%Y-%m-%d %H:%M}"
