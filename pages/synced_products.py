"""Synced catalog products: find any product, in what was exported or in the store's catalog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st
from syncengine.inspection.products import ProductPage, search_products
from ui import cards, links, product_list, texts, url_state
from ui.bootstrap import Page, boundary, open_page, page_head
from ui.formats import count, plural
from ui.product_table import column_config, shown_rows

VISIBLE_ROWS, ROW_HEIGHT = 20, 34

page = open_page(texts.PRODUCTS_TITLE)
product_list.begin()


@st.fragment
def product_search(page: Page) -> None:
    """The whole list, with its heading: it reruns by itself, so that typing stays quick."""
    page_head(texts.PRODUCTS_TITLE, texts.PRODUCTS_SUB[product_list.side()])
    product_list.side_choice()
    find, narrow, order, rows = st.columns([5, 1.3, 2.6, 1], vertical_alignment="bottom")
    with find:
        st.text_input(
            texts.SEARCH,
            key="q",
            type="search",
            live="300ms",
            max_chars=product_list.LONGEST_TEXT,
            placeholder=texts.SEARCH_HINT,
            icon=":material/search:",
            label_visibility="collapsed",
            on_change=product_list.changed,
            args=("q",),
        )
    with order:
        product_list.sort_choice()
    with rows:
        product_list.size_choice()
    with boundary("the products"):
        found = search_products(page.view, product_list.current_query())
        with narrow, st.popover(":material/filter_list: Filter", width="stretch"):
            product_list.filters(found)
            st.button(texts.CLEAR, on_click=product_list.clear, type="tertiary", icon=":material/close:")
        if found.total:
            show_table(page, found)
        else:
            show_nothing(page)


def show_table(page: Page, found: ProductPage) -> None:
    """The page of rows, where it is in the whole, and the way to the others."""
    query = product_list.current_query()
    chosen = st.dataframe(
        shown_rows(found.rows, page.zone),
        hide_index=True,
        height="content" if len(found.rows) <= VISIBLE_ROWS else (VISIBLE_ROWS + 1) * ROW_HEIGHT + 3,
        row_height=ROW_HEIGHT,
        column_config=column_config(page.zone_name),
        key=product_list.table_key(),
        on_select=product_list.sort_by_click,
        selection_mode=["single-row", "single-cell", "single-column"],
        alt=f"{texts.PRODUCTS_TITLE}: {plural(found.total, 'row')}",
    )
    open_chosen(chosen["selection"], found)
    place, pages = st.columns([1, 2], vertical_alignment="center")
    first = query.offset + 1
    with place:
        cards.quiet(f"{first:,}–{first + len(found.rows) - 1:,} of {plural(found.total, 'product row')}")
    with pages, st.container(horizontal=True, horizontal_alignment="right"):
        st.pagination(
            max(1, -(-found.total // query.limit)),
            key="page",
            on_change=url_state.write_url,
            args=("page",),
            kwargs={"default": 1},
        )


def open_chosen(selection: Mapping[str, Any], found: ProductPage) -> None:
    """A row opens its product, by its box or by any cell but the ID: that column is there to move along."""
    rows = [*selection["rows"], *(row for row, column in selection["cells"] if column != "ID")]
    if rows and rows[0] < len(found.rows):
        row = found.rows.row(rows[0], named=True)
        parameters = {"sku": row["sku"], "view": row["store_view"], "from": product_list.address()}
        st.switch_page(links.PRODUCT, query_params={key: value for key, value in parameters.items() if value})


def show_nothing(page: Page) -> None:
    """Why the list is empty, and what to do about it."""
    text = st.session_state.get("q") or ""
    other, matches = product_list.matches_elsewhere(page.view)
    if not product_list.is_narrowed():
        empty = product_list.side() == "synced"
        cards.empty(texts.NO_PRODUCTS_SYNCED if empty else texts.NO_PRODUCTS_CATALOG, texts.NO_PRODUCTS_SYNCED_NEXT)
        st.code(texts.SYNC_COMMAND, language=None)
        return
    title = texts.NO_MATCH.format(text=text) if text else texts.NO_MATCH_FILTERS
    cards.empty(title, texts.OTHER_SIDE[product_list.side()].format(matches=plural(matches, "match", "matches")))
    with st.container(horizontal=True, horizontal_alignment="center"):
        st.button(texts.CLEAR, on_click=product_list.clear, icon=":material/close:")
        if matches:
            words = f"{texts.SHOW_OTHER_SIDE[product_list.side()]} · {count(matches)}"
            st.button(words, on_click=product_list.show_side, args=(other,), type="primary")


product_search(page)
