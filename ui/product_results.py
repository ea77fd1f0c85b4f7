"""The rows of a product search, where they are in the whole, what can be done with them; or why there are none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from syncengine.inspection.products import ProductPage, ProductQuery, explain_no_match
from ui import cards, links, list_texts, product_list, texts
from ui.bootstrap import Page
from ui.downloads import Parameters, download_menu
from ui.escape import label
from ui.formats import count, plural
from ui.item_texts import DOWNLOAD_LIST
from ui.page_address import copy_link
from ui.paging import turn_pages
from ui.product_table import as_drawn, column_config, shown_rows
from ui.resync import ask_resync

_VISIBLE_ROWS, _ROW_HEIGHT = 20, 34
_PICTURE_HEIGHT = 56
_MARK_COLUMNS = ("ID", list_texts.PICTURE)  # to move along; a click there opens nothing


def table(page: Page, query: ProductQuery, found: ProductPage) -> None:
    """The page of rows: a click on a cell opens the product, ticked rows can be resynced together."""
    pictures = bool(st.session_state.get("pictures"))
    height = _PICTURE_HEIGHT if pictures else _ROW_HEIGHT
    chosen = st.dataframe(
        as_drawn(shown_rows(found.rows, page.zone, pictures=pictures)),
        hide_index=True,
        height="content" if len(found.rows) <= _VISIBLE_ROWS else (_VISIBLE_ROWS + 1) * _ROW_HEIGHT + 3,
        row_height=height,
        column_config=column_config(page.zone_name),
        key=product_list.table_key(),
        on_select=product_list.sort_by_click,
        selection_mode=["multi-row", "single-cell", "single-column"],
        alt=f"{texts.PRODUCTS_TITLE}: {plural(found.total, 'row')}",
    )
    selection = chosen["selection"]
    _open_clicked(selection, found)
    turn_pages(found.total, query.limit)
    _actions(page, query, found, [row for row in selection["rows"] if row < len(found.rows)])


def place_words(query: ProductQuery, found: ProductPage) -> str:
    """Where the page is in the whole."""
    first = query.offset + 1
    return f"{first:,}–{first + len(found.rows) - 1:,} of {plural(found.total, 'product row')}"


def _open_clicked(selection: Mapping[str, Any], found: ProductPage) -> None:
    """A click on any cell but the ID opens its product."""
    rows = [row for row, column in selection["cells"] if column not in _MARK_COLUMNS]
    if rows and rows[0] < len(found.rows):
        row = found.rows.row(rows[0], named=True)
        parameters = {"sku": row["sku"], "view": row["store_view"], "from": product_list.address()}
        st.switch_page(links.PRODUCT, query_params={key: value for key, value in parameters.items() if value})


def _actions(page: Page, query: ProductQuery, found: ProductPage, ticked: list[int]) -> None:
    skus = list(dict.fromkeys(found.rows["sku"][ticked].to_list())) if ticked else []
    with st.container(horizontal=True, key="list-actions", vertical_alignment="center"):
        ask_resync(page, skus=skus, key="selected")
        copy_link(key="products")
        download_menu(
            route="products",
            parameters=_parameters(query),
            note=DOWNLOAD_LIST,
            key="products",
        )
        if ticked:
            cards.quiet(list_texts.SELECTED.format(rows=plural(len(ticked), "row")))


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
