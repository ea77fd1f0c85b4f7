"""Synced catalog products: find any product, in what was exported or in the store's catalog; and any feed's items."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from syncengine.inspection.products import search_products
from ui import cards, feed_items, list_texts, product_list, product_results, texts
from ui.bootstrap import Page, boundary, open_page, page_head
from ui.link_table import selected_note

page = open_page(texts.PRODUCTS_TITLE)


@st.fragment
def the_list(page: Page) -> None:
    """The whole list, with its heading: it reruns by itself, so that typing stays quick."""
    product_list.begin()
    feed = product_list.feed()
    page_head(product_list.title(), product_list.subtitle())
    with st.container(horizontal=True, vertical_alignment="center"):
        product_list.side_choice()
        with st.container(width=230):
            product_list.feed_choice()
        place = st.container(width="content", horizontal=True)
    if feed == product_list.PRODUCTS:
        products(page, place)
    else:
        items(page, feed, place)


def products(page: Page, place: DeltaGenerator) -> None:
    """Search, filters, order; the rows, or why there are none; at `place`, which of how many."""
    find, narrow, order, rows = st.columns([5, 1.3, 2.6, 1], vertical_alignment="bottom")
    with find:
        product_list.search_box(texts.SEARCH_HINT)
    with order:
        product_list.sort_choice()
    with rows:
        product_list.size_choice()
    with boundary("the products"):
        query = product_list.current_query(page)
        found = search_products(page.view, query)
        with narrow:
            product_list.filters(found)
        product_list.chips()
        if found.total:
            with place:
                cards.quiet(product_results.place_words(query, found))
                selected_note("product")
            product_results.table(page, query, found)
        else:
            product_results.nothing(page, query)


def items(page: Page, feed: str, place: DeltaGenerator) -> None:
    """The same for another feed."""
    find, order, rows = st.columns([5, 2.6, 1], vertical_alignment="bottom")
    with find:
        product_list.search_box(list_texts.ITEM_SEARCH_HINT)
    with order:
        feed_items.order_choice(feed)
    with rows:
        product_list.size_choice()
    with boundary("the items"):
        found = feed_items.search(page, feed)
        feed_items.state_choice(found)
        feed_items.scope_note(page, feed)
        if found.total:
            with place:
                cards.quiet(feed_items.place_words(found))
            feed_items.table(page, feed, found)
            feed_items.foot(page, feed, found)
        else:
            feed_items.nothing(page, feed)


the_list(page)
