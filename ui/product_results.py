"""The rows of a product search, where they are in the whole, what can be done with them; or why there are none."""

from __future__ import annotations

from functools import partial

import streamlit as st

from syncengine.inspection.products import ProductPage, ProductQuery, explain_no_match
from ui import cards, links, list_texts, product_list, texts
from ui.bootstrap import Page
from ui.downloads import Parameters, download_menu
from ui.escape import label
from ui.formats import count, plural
from ui.item_texts import DOWNLOAD_LIST
from ui.link_table import link_table, ticked
from ui.page_address import copy_link
from ui.paging import turn_pages
from ui.product_table import columns, product_rows
from ui.resync import ask_resync


def table(page: Page, query: ProductQuery, found: ProductPage) -> None:
    """The page of rows: each leads to its product, ticked ones can be resynced together."""
    pictures = bool(st.session_state.get("pictures"))
    here = product_list.address()
    link_table(
        columns(f"{query.sort}.{'desc' if query.descending else 'asc'}", _sorted_by, page.zone_name, pictures=pictures),
        product_rows(found.rows, page.zone, partial(_product, here), pictures=pictures),
        label=f"{texts.PRODUCTS_TITLE}: {plural(found.total, 'row')}",
        link=2 if pictures else 1,
        kind="cs-products",
    )
    turn_pages(found.total, query.limit)
    _actions(page, query, ticked())


def _sorted_by(sort: str) -> str:
    return f"products?{product_list.address(sort=sort, page=1)}"


def _product(here: str, sku: str, store_view: str) -> str:
    more = {"view": store_view, "from": here}
    return links.address("product", sku=sku, **{key: value for key, value in more.items() if value})


def place_words(query: ProductQuery, found: ProductPage) -> str:
    """Where the page is in the whole."""
    first = query.offset + 1
    return f"{first:,}–{first + len(found.rows) - 1:,} of {plural(found.total, 'product row')}"


def _actions(page: Page, query: ProductQuery, skus: list[str]) -> None:
    with st.container(horizontal=True, key="list-actions", vertical_alignment="center"):
        ask_resync(page, skus=skus, key="selected")
        copy_link(key="products")
        download_menu(
            route="products",
            parameters=_parameters(query),
            note=DOWNLOAD_LIST,
            key="products",
        )


def _parameters(query: ProductQuery) -> Parameters:
    """The same search in the words of the download's route."""
    more = query.more
    return {
        "q": query.text,
        "side": query.side,
        "store_view": query.scope,
        "type": query.types,
        "visibility": query.visibilities,
        "state": query.states,
        "sort": f"-{query.sort}" if query.descending else query.sort,
        "price_from": None if more.price_from is None else str(more.price_from),
        "price_to": None if more.price_to is None else str(more.price_to),
        "attribute": more.attribute,
        "attribute_value": more.attribute_value,
        "category": more.category,
        "reason": more.reason,
        "run": more.run,
        "changed_field": more.changed_field,
        "json_text": more.json_text,
    }


def nothing(page: Page, query: ProductQuery) -> None:
    """Why the list is empty, and what to do about it: the other list, the SKUs that are spelled like the text."""
    side = product_list.side()
    if not product_list.is_narrowed():
        empty = texts.NO_PRODUCTS_SYNCED if side == "synced" else texts.NO_PRODUCTS_CATALOG
        cards.empty(empty, texts.NO_PRODUCTS_SYNCED_NEXT)
        st.code(texts.SYNC_COMMAND, language=None)
        return
    text = st.session_state.get("q") or ""
    missed = explain_no_match(page.view, query)
    title = texts.NO_MATCH.format(text=text) if text else texts.NO_MATCH_FILTERS
    matches = plural(missed.elsewhere, "match", "matches")
    cards.empty(title, (texts.OTHER_SIDE if missed.elsewhere else texts.OTHER_SIDE_EMPTY)[side].format(matches=matches))
    with st.container(horizontal=True, horizontal_alignment="center"):
        st.button(texts.CLEAR, key="nothing-clear", on_click=product_list.clear, icon=":material/close:")
        if missed.elsewhere:
            words = f"{texts.SHOW_OTHER_SIDE[side]} · {count(missed.elsewhere)}"
            other = "catalog" if side == "synced" else "synced"
            st.button(words, on_click=product_list.show_side, args=(other,), type="primary")
    if missed.nearest:
        with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center"):
            st.text(list_texts.NEAREST)
            for near in missed.nearest:
                words = label(near)
                st.page_link(links.PRODUCT, label=words, icon=":material/inventory_2:", query_params={"sku": near})
