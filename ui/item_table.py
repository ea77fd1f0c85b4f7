"""The table of a feed's items: a column for each part of what names one, and how it is ordered and drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Any

from syncengine.feeds.registry import get_feed
from syncengine.inspection.item_search import FoundItems
from ui import item_head, list_texts
from ui.escape import esc
from ui.formats import NONE, minute
from ui.link_table import Column, Row, whole
from ui.product_table import state_mark

DEFAULT_ORDER = "item"
_HASHED = "customer_group_code"  # what is shown of it has another order
_TIMES = {"Last Exported": "last_exported", "Last Modified": "last_modified"}


def named_by(feed: str) -> dict[str, str]:
    """The columns that name an item, by their headings: the product first, then where it is valid."""
    contract = get_feed(feed)
    fields = dict(zip(contract.identity, contract.identity_columns, strict=True))
    return {
        item_head.heading(field): fields[field]
        for field in sorted(fields, key=lambda field: "sku" not in field.lower())
    }


def orders(feed: str) -> dict[str, str]:
    """What the items of a feed may be ordered by, a `-` turns it round; and its words, the default first."""
    named = {heading: _order_of(feed, column) for heading, column in named_by(feed).items() if column != _HASHED}
    found = {DEFAULT_ORDER: list_texts.A_TO_Z.format("Item"), f"-{DEFAULT_ORDER}": list_texts.Z_TO_A.format("Item")}
    for heading, column in (*named.items(), ("State", "state")):
        found.setdefault(column, list_texts.A_TO_Z.format(heading))
        found.setdefault(f"-{column}", list_texts.Z_TO_A.format(heading))
    for heading, column in _TIMES.items():
        found[f"-{column}"] = list_texts.NEWEST_FIRST.format(heading)
        found[column] = list_texts.OLDEST_FIRST.format(heading)
    return found


def clicked_order(column: str, current: str) -> str:
    """The order after a click on a heading: its natural direction, or the other one when it is ordered so already."""
    natural, other = (f"-{column}", column) if column in _TIMES.values() else (column, f"-{column}")
    return other if current == natural else natural


def _order_of(feed: str, column: str) -> str:
    """Items are ordered by all that names them, the first part first: that part has no order of its own."""
    return DEFAULT_ORDER if column == get_feed(feed).identity_columns[0] else column


def columns(found: FoundItems, order: str, address: Callable[[str], str], where_name: str) -> list[Column]:
    """The headings, each with the address of the list in its order. `order` is how it is now; `address` makes the
    list's address with another; times are those of `where_name`."""

    def sorts(heading: str, column: str, *, kind: str = "", what: str = "") -> Column:
        is_now = order.removeprefix("-") == column
        direction = ("descending" if order.startswith("-") else "ascending") if is_now else ""
        leads_to = "" if column == _HASHED else address(clicked_order(column, order))
        return Column(heading=heading, kind=kind, what=what, sort=leads_to, sorted=direction)

    named = [
        sorts(heading, _order_of(found.feed, column), kind="cs-long")
        for heading, column in named_by(found.feed).items()
    ]
    if _has_names(found):
        named.append(Column(heading="Name", kind="cs-long"))
    told = list_texts.TIMES_IN.format(zone=where_name)
    times = [sorts(heading, column, what=told) for heading, column in _TIMES.items()]
    return [*named, sorts("State", "state", what=list_texts.STATE_TELLS), *times]


def item_rows(found: FoundItems, where: tzinfo, address: Callable[[str], str]) -> list[Row]:
    """The rows as they are drawn, in the reader's own time. `address` makes an item's address of its feed_id."""
    contract = get_feed(found.feed)
    fields = dict(zip(contract.identity_columns, contract.identity, strict=True))
    named, has_names = list(named_by(found.feed).values()), _has_names(found)
    return [
        Row(
            cells=[
                *(whole(item_head.part_words(fields[column], parts[column])) for column in named),
                *([whole(row["name"] or NONE)] if has_names else []),
                *_cells(row, where),
            ],
            address=address(row["feed_id"]),
        )
        for row, parts in zip(found.rows.iter_rows(named=True), found.identity.iter_rows(named=True), strict=True)
    ]


def _has_names(found: FoundItems) -> bool:
    return found.rows["name"].null_count() < found.rows.height


def _cells(row: Mapping[str, Any], where: tzinfo) -> list[str]:
    return [
        state_mark(row["state"]),
        esc(minute(row["last_exported"], where)),
        esc(minute(row["last_modified"], where, none=NONE)),
    ]
