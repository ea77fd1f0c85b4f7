"""The items of any feed but products: the list to look through, with its search, states and order."""

from __future__ import annotations

from functools import partial

import streamlit as st

from syncengine.feeds.registry import get_feed
from syncengine.inspection.item_search import FoundItems, ItemSearch, search_items
from syncengine.inspection.states import STATES
from ui import cards, item_table, links, list_texts, product_list, texts
from ui.bootstrap import Page
from ui.downloads import download_menu
from ui.escape import label
from ui.formats import plural
from ui.link_table import link_table
from ui.page_address import copy_link
from ui.paging import turn_pages
from ui.scope import current_scope, feeds_by_scope


def search(page: Page, feed: str) -> FoundItems:
    """The page of items that the widgets stand for."""
    return search_items(page.view, _query(page, feed))


def _query(page: Page, feed: str) -> ItemSearch:
    state, scope = st.session_state, current_scope(page.view)
    columns = get_feed(feed).identity_columns
    of_views = scope is not None and "store_view_code" in columns
    order = _order(feed)
    size = int(state.get("rows") or product_list.DEFAULT_SIZE)
    side = list_texts.ITEM_SIDES[product_list.side()]
    return ItemSearch(
        feed=feed,
        text=(state.get("q") or "")[: product_list.LONGEST_TEXT],
        side="exported" if side == "exported" else "catalog",
        states=tuple(one for one in state.get("state") or () if one in STATES),
        scopes=scope.store_views if scope is not None and of_views else (),
        websites=(scope.website,) if scope is not None and scope.website and not of_views else (),
        sort=order.removeprefix("-"),
        descending=order.startswith("-"),
        limit=size,
        offset=(int(state.get("page") or 1) - 1) * size,
    )


def _order(feed: str) -> str:
    order = str(st.session_state.get("order"))
    return order if order in item_table.orders(feed) else item_table.DEFAULT_ORDER


def scope_note(page: Page, feed: str) -> None:
    """That the scope which is chosen narrows nothing, of a feed that belongs to none."""
    if current_scope(page.view) is not None and feed in feeds_by_scope()[1]:
        cards.quiet(list_texts.WHOLE_FEED)


def order_choice(feed: str) -> None:
    """The order of the items, as a list to choose from; a click on a heading does the same."""
    options = item_table.orders(feed)
    st.selectbox(
        texts.SORT,
        list(options),
        key="order",
        format_func=options.__getitem__,
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
    """The rows, with a column for each part of what names an item; each leads to its item."""
    link_table(
        item_table.columns(found, _order(feed), _ordered_by, page.zone_name),
        item_table.item_rows(found, page.zone, partial(_item, feed, product_list.address())),
        label=f"{feed}: {plural(found.total, 'item')}",
    )


def _ordered_by(order: str) -> str:
    return f"products?{product_list.address(order=order, page=1)}"


def _item(feed: str, here: str, feed_id: str) -> str:
    return links.address("item", feed=feed, id=feed_id, **{"from": here})


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
