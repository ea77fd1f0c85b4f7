"""The items of any feed but products: the list to look through, with its search, states and order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from syncengine.feeds.registry import get_feed
from syncengine.inspection.item_search import FoundItems, ItemSearch, search_items
from syncengine.inspection.states import STATES
from ui import cards, item_head, links, list_texts, product_list, texts
from ui.bootstrap import Page
from ui.downloads import download_menu
from ui.escape import label
from ui.formats import NEVER, plural
from ui.page_address import copy_link
from ui.paging import turn_pages
from ui.product_table import state_words
from ui.scope import current_scope, feeds_by_scope

_VISIBLE_ROWS, _ROW_HEIGHT = 20, 34
_NAMED_WIDTH = 400  # of the columns that name an item, together


def search(page: Page, feed: str) -> FoundItems:
    """The page of items that the widgets stand for."""
    return search_items(page.view, _query(page, feed))


def _query(page: Page, feed: str) -> ItemSearch:
    state, scope = st.session_state, current_scope(page.view)
    columns = get_feed(feed).identity_columns
    of_views = scope is not None and "store_view_code" in columns
    order = state.get("order") if state.get("order") in list_texts.ITEM_ORDERS else "item"
    size = int(state.get("rows") or product_list.DEFAULT_SIZE)
    side = list_texts.ITEM_SIDES[product_list.side()]
    return ItemSearch(
        feed=feed,
        text=(state.get("q") or "")[: product_list.LONGEST_TEXT],
        side="exported" if side == "exported" else "catalog",
        states=tuple(one for one in state.get("state") or () if one in STATES),
        scopes=scope.store_views if scope is not None and of_views else (),
        websites=(scope.website,) if scope is not None and scope.website and not of_views else (),
        sort=str(order).removeprefix("-"),
        descending=str(order).startswith("-"),
        limit=size,
        offset=(int(state.get("page") or 1) - 1) * size,
    )


def scope_note(page: Page, feed: str) -> None:
    """That the scope which is chosen narrows nothing, of a feed that belongs to none."""
    if current_scope(page.view) is not None and feed in feeds_by_scope()[1]:
        cards.quiet(list_texts.WHOLE_FEED)


def order_choice() -> None:
    """The order of the items."""
    st.selectbox(
        texts.SORT,
        list(list_texts.ITEM_ORDERS),
        key="order",
        format_func=list_texts.ITEM_ORDERS.__getitem__,
        on_change=product_list.changed,
        args=("order",),
        label_visibility="collapsed",
    )


def state_choice(found: FoundItems) -> None:
    """The states, with how many items each would leave."""
    counts = found.facets.get("state", {})
    options = list(dict.fromkeys([*counts, *(st.session_state.get("state") or ())]))
    if options:
        st.pills(
            texts.STATE,
            options,
            selection_mode="multi",
            key="state",
            format_func=lambda state: f"{label(texts.STATES.get(state, (state,))[0])} · {counts.get(state, 0):,}",
            on_change=product_list.changed,
            args=("state",),
            label_visibility="collapsed",
        )


def table(page: Page, feed: str, found: FoundItems) -> None:
    """The rows, with a column for each part of what names an item; a click on one opens it."""
    frame, named = _frame(page, feed, found)
    text = st.column_config.TextColumn
    chosen = st.dataframe(
        frame,
        hide_index=True,
        height="content" if len(frame) <= _VISIBLE_ROWS else (_VISIBLE_ROWS + 1) * _ROW_HEIGHT + 3,
        row_height=_ROW_HEIGHT,
        key=f"items-{feed}",
        on_select="rerun",
        selection_mode=["single-row", "single-cell"],
        column_config={
            **{name: text(width=_NAMED_WIDTH // len(named)) for name in named},
            "Name": text(width=220),
            "State": text(width=120),
            "Last Exported": text(width=140, help=list_texts.TIMES_IN.format(zone=page.zone_name)),
            "Last Modified": text(width=140, help=list_texts.TIMES_IN.format(zone=page.zone_name)),
        },
        alt=f"{feed}: {plural(found.total, 'item')}",
    )["selection"]
    _open_chosen(chosen, found)


def _frame(page: Page, feed: str, found: FoundItems) -> tuple[pl.DataFrame, list[str]]:
    """The rows as they are drawn, and the columns that name an item: the product first, then where it is valid."""
    rows, contract = found.rows, get_feed(feed)
    fields = dict(zip(contract.identity, contract.identity_columns, strict=True))
    order = sorted(fields, key=lambda field: "sku" not in field.lower())
    named = {
        item_head.heading(field): [item_head.part_words(field, value) for value in found.identity[fields[field]]]
        for field in order
    }
    names = {"Name": rows["name"].fill_null("–")} if rows["name"].drop_nulls().len() else {}
    frame = pl.DataFrame(
        {
            **named,
            **names,
            "State": [state_words(state) for state in rows["state"]],
            "Last Exported": [_time(at, page) for at in rows["last_exported"]],
            "Last Modified": [_time(at, page, none="–") for at in rows["last_modified"]],
        }
    )
    return frame, list(named)


def _time(at: Any, page: Page, *, none: str = NEVER) -> str:
    return none if at is None else f"{at.astimezone(page.zone):%Y-%m-%d %H:%M}"


def _open_chosen(selection: Mapping[str, Any], found: FoundItems) -> None:
    rows = [*selection["rows"], *(row for row, _ in selection["cells"])]
    if rows and rows[0] < len(found.rows):
        row = found.rows.row(rows[0], named=True)
        parameters = {"feed": found.feed, "id": row["feed_id"], "from": product_list.address()}
        st.switch_page(links.ITEM, query_params=parameters)


def place_words(found: FoundItems) -> str:
    """Where the page is in the whole."""
    first = (int(st.session_state.get("page") or 1) - 1) * int(st.session_state.get("rows") or 50) + 1
    return f"{first:,}–{first + len(found.rows) - 1:,} of {plural(found.total, 'item')}"


def foot(page: Page, feed: str, found: FoundItems) -> None:
    """The way to the other pages, and what can be taken away."""
    turn_pages(found.total, int(st.session_state.get("rows") or product_list.DEFAULT_SIZE))
    query = _query(page, feed)
    with st.container(horizontal=True):
        copy_link(key="items")
        download_menu(
            route="items",
            parameters={
                "feed": feed,
                "side": query.side,
                "q": query.text,
                "state": query.states,
                "scope": query.scopes,
                "website": query.websites,
            },
            note=list_texts.ITEMS_DOWNLOAD,
            key="items",
        )


def nothing(page: Page, feed: str) -> None:
    """Why the list is empty."""
    if st.session_state.get("q") or st.session_state.get("state"):
        cards.empty(list_texts.NO_ITEM_MATCH, list_texts.NO_ITEM_MATCH_NEXT)
        with st.container(horizontal=True, horizontal_alignment="center"):
            st.button(texts.CLEAR, key="items-clear", on_click=product_list.clear, icon=":material/close:")
        return
    side = product_list.side()
    there = search_items(page.view, ItemSearch(feed=feed, side="catalog", limit=1)).total
    text = list_texts.NO_ITEMS_NEXT[side].format(matches=plural(there, "item"))
    cards.empty(list_texts.NO_ITEMS.format(feed=feed), text)
