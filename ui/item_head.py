"""The head of a feed item's page: its identity, its state, and what can be asked for."""

from __future__ import annotations

import streamlit as st

from syncengine.feeds.registry import get_feed
from syncengine.inspection.item_search import ItemStory
from ui import cards, links
from ui import item_texts as texts
from ui.bootstrap import Page
from ui.escape import bdi, esc
from ui.formats import NONE, moment
from ui.page_address import copy_link
from ui.resync import ask_resync


def head(page: Page, story: ItemStory) -> None:
    """Identity, state, facts, the reason with its next step, and the last answer where it was not a plain yes."""
    item = story.item
    named = " · ".join(value for value in item.identity.values() if value) or item.feed_id
    st.html(
        f'<div class="cs-head"><div><h1>{bdi(named, longest=200)}</h1>'
        f'<p class="cs-sub">{esc(get_feed(item.feed).title)}</p></div>'
        f'<div class="cs-strip">{cards.state_badge(item.state)}</div></div>'
    )
    sku = item.identity.get("sku") or item.identity.get("productSku")
    with st.container(horizontal=True, vertical_alignment="center"):
        if sku:
            ask_resync(page, skus=(sku,), feeds=(item.feed,), key="resync-item")
            parameters = {"sku": sku, "feed": item.feed, "item": item.feed_id}
            st.page_link(
                links.PRODUCT, label=texts.OPEN_PRODUCT, icon=":material/inventory_2:", query_params=parameters
            )
        elif item.state in ("rejected", "dead_letter"):
            ask_resync(page, feeds=(item.feed,), refused=True, key="resync-item")
        copy_link(key="item")
    with st.container(border=True, key="card-facts"):
        cards.facts(
            [
                ("Feed", esc(item.feed)),
                *((heading(name), bdi(value or NONE)) for name, value in item.identity.items()),
                (texts.ID_IN_STORE, bdi(item.source_entity_id or NONE)),
                ("Last Exported", esc(moment(item.last_exported_at, page.zone))),
                ("Last Modified", esc(moment(item.last_modified_at, page.zone) if item.last_modified_at else NONE)),
            ]
        )
    cards.line(" ".join(filter(None, (story.reason.sentence, story.reason.next_step))))
    if refusal := item.refusal:
        status = f"HTTP {refusal.http_status}" if refusal.http_status else "no answer"
        cards.problem(
            f"The destination's answer: {refusal.message or 'none'}",
            support=f"{status} · attempt {refusal.attempts} · {moment(refusal.tried_at, page.zone)}"
            f" · request {refusal.request_id or NONE} · run {refusal.run_id}",
        )


def heading(field: str) -> str:
    """`storeViewCode` as Store view code, `sku` as SKU."""
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in field.replace("_", " "))
    return " ".join("SKU" if word == "sku" else word for word in words.split()).replace(words[:1], words[:1].upper(), 1)
