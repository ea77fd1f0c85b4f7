"""Data discrepancy: where the destination does not hold what the catalog says, since when, why, and what to do."""

from __future__ import annotations

import streamlit as st
from ui import (
    discrepancy_blocks,
    discrepancy_data,
    discrepancy_filters,
    discrepancy_list,
    links,
    restless_blocks,
    url_state,
)
from ui import discrepancy_texts as texts
from ui.bootstrap import Page, boundary, card, open_page, page_head
from ui.scope import current_scope

NUMBERS_HEIGHT = 186

page = open_page(texts.NAV)
page_head(texts.TITLE, texts.SUB)


def show_items(page: Page) -> None:
    """Numbers, what they are made of, and the list, all of the scope that is looked at."""
    filters, scope = discrepancy_filters.current(), current_scope(page.view)
    with st.skeleton(height=NUMBERS_HEIGHT):  # seen only where it takes a moment: after a publication, in a new scope
        found = discrepancy_data.report(page, scope)
    discrepancy_blocks.numbers(page, found, filters, scope)
    if found.total("discrepancies") or (filters.with_waiting and found.total("waiting")):
        discrepancy_blocks.breakdown(page, found, filters)
    with card("list", "the list"):
        discrepancy_list.show(page, found, filters, scope)


st.page_link(links.COMPARE, label=texts.COMPARE, icon=":material/difference:")
url_state.follow_url("tab", allowed=list(texts.TABS.values()), default=texts.TABS["items"])
names = list(texts.TABS.values())
items, flapping, hot = st.tabs(
    names, key="tab", on_change=url_state.write_url, args=("tab",), kwargs={"default": names[0]}
)
with items, boundary("the discrepancies"):
    if items.open:
        show_items(page)
with flapping, boundary("what flaps"):
    if flapping.open:
        restless_blocks.flapping(page, discrepancy_data.flapping(page))
with hot, boundary("the hot fields"):
    if hot.open:
        restless_blocks.hot(page, discrepancy_data.hot(page))
