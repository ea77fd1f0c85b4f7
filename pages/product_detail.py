"""One product: what the catalog says, what was exported, what differs, why, and what was told of it when."""

from __future__ import annotations

import streamlit as st
from syncengine.inspection.product_categories import FEED as CATEGORIES
from syncengine.inspection.products import UnknownProductError, product_story
from syncengine.inspection.why import ProductWhy, why_product
from ui import cards, item_blocks, links, product_blocks, product_list, product_verify, product_why
from ui import product_texts as texts
from ui.bootstrap import Page, boundary, card, open_page, page_head

page = open_page(texts.TITLE)


def show_product(page: Page, sku: str) -> None:
    """The product's facts, why it stands as it stands, the choice of feed and item, and the item's tabs."""
    try:
        story = product_story(page.view, sku)
    except UnknownProductError:
        product_blocks.unknown(page, sku)
        return
    row = product_blocks.listed(page, story.sku)
    top = st.container()
    found: ProductWhy | None = None
    with card("why", "the reasons"):
        found = why_product(page.view, story.sku, story=story)
        product_why.why(page, found)
    with top:
        product_blocks.head(page, story, row, found)
        product_blocks.set_aside(story)
        product_verify.answer(page, story)
    if not story.items:
        cards.empty(texts.NO_ITEMS, texts.NO_ITEMS_NEXT)
        return
    item = product_blocks.chosen_item(page, story, row)
    if item is None:
        cards.empty(texts.NO_CATEGORIES, texts.NO_CATEGORIES_NEXT)
        return
    if item.feed == CATEGORIES:
        product_blocks.about_category(item)
    item_blocks.tabs(page, item, story.destination, lambda: product_blocks.told(page, story, item, found))


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
    page_head(texts.NO_SKU, texts.NO_SKU_NEXT)
