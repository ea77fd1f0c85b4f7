"""One product: what the catalog says, what was exported, and what differs, in every feed it is part of."""

from __future__ import annotations

import streamlit as st
from syncengine.inspection.products import UnknownProductError, product_story
from ui import cards, links, product_blocks, product_list, texts, url_state
from ui.bootstrap import Page, boundary, open_page

page = open_page(texts.NAV_PRODUCT)


def show_product(page: Page, sku: str) -> None:
    """The product's facts, the choice of feed and item, and the item's three tabs."""
    try:
        story = product_story(page.view, sku)
    except UnknownProductError:
        cards.empty(texts.UNKNOWN_SKU.format(sku=sku), texts.UNKNOWN_SKU_NEXT)
        return
    product_blocks.head(page, story)
    product_blocks.set_aside(story)
    if not story.items:
        return
    item = product_blocks.chosen_item(story)
    product_blocks.why(item, page)
    names = [texts.TAB_DIFF, texts.TAB_CATALOG, texts.TAB_EXPORTED]
    url_state.follow_url("tab", allowed=names, default=names[0])
    diff, catalog, exported = st.tabs(
        names, key="tab", on_change=url_state.write_url, args=("tab",), kwargs={"default": names[0]}
    )
    with diff, boundary("the differences"):
        if diff.open:
            product_blocks.differences(item, story)
    with catalog, boundary("the catalog's JSON"):
        if catalog.open:
            product_blocks.payload(item.catalog, texts.NOT_IN_CATALOG)
    with exported, boundary("the exported JSON"):
        if exported.open:
            product_blocks.payload(item.exported, texts.NOT_EXPORTED)


st.page_link(
    links.PRODUCTS,
    label=texts.BACK,
    icon=":material/arrow_back:",
    query_params=product_list.way_back(st.query_params.get("from")),
)
if wanted := st.query_params.get("sku"):
    with boundary("this product"):
        show_product(page, wanted)
else:
    cards.empty(texts.NO_SKU, texts.NO_SKU_NEXT)
