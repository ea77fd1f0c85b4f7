"""One item of any feed: what the catalog says, what was exported, what differs, and what was told of it when."""

from __future__ import annotations

import streamlit as st
from syncengine.inspection.item_search import UnknownItemError, item_stories
from ui import item_blocks, item_head, links, product_list
from ui import item_texts as texts
from ui.bootstrap import Page, boundary, open_page, page_head

page = open_page(texts.NAV)


def show_item(page: Page, feed: str, feed_id: str) -> None:
    """The item's facts and its tabs."""
    try:
        story = item_stories(page.view, feed, [feed_id])[0]
    except UnknownItemError as error:
        page_head(error.message, error.hint or "")
        return
    item_head.head(page, story)
    item_blocks.tabs(page, story.item, story.destination, lambda: story.timeline)


st.page_link(
    links.PRODUCTS,
    label=texts.BACK,
    icon=":material/arrow_back:",
    query_params=product_list.way_back(st.query_params.get("from")) or {"feed": st.query_params.get("feed") or ""},
)
wanted_feed, wanted_id = st.query_params.get("feed"), st.query_params.get("id")
if wanted_feed and wanted_id:
    with boundary("this item"):
        show_item(page, wanted_feed, wanted_id)
else:
    page_head(texts.NO_ITEM, texts.NO_ITEM_NEXT)
