"""The head of a feed item's page: its identity, its state, and what can be asked for."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from syncengine.feeds.registry import get_feed
from syncengine.inspection.customer_groups import group_words
from syncengine.inspection.item_search import ItemStory
from syncengine.inspection.reasons import Reason
from syncengine.inspection.story import StoryItem
from ui import cards, item_diff, links, product_texts
from ui import item_texts as texts
from ui.bootstrap import Page
from ui.escape import bdi, esc
from ui.formats import NONE, in_zone, moment
from ui.page_address import copy_link
from ui.resync import ask_resync


def head(page: Page, story: ItemStory) -> None:
    """Identity, state, facts, the reason with its next step, and the last answer where it was not a plain yes."""
    item = story.item
    own = _own_name(item)
    parts = sorted(item.identity.items(), key=lambda part: "sku" not in part[0].lower())
    named = " · ".join(part_words(field, value) for field, value in parts)
    first = f"{bdi(named)}: " if own else ""
    st.html(
        f'<div class="cs-head"><div><h1>{bdi(own or named, longest=200)}</h1>'
        f'<p class="cs-sub">{first}{cards.sentence(get_feed(item.feed).title)}</p></div>'
        f'<div class="cs-strip">{_badge(story)}</div></div>'
    )
    with st.container(horizontal=True, vertical_alignment="center", key="item-actions"):
        _actions(page, item)
        copy_link(key="item")
    items = cards.fact_list(
        [
            ("Feed", esc(item.feed)),
            *((heading(field), _part(field, value)) for field, value in item.identity.items()),
            (texts.ID_IN_STORE, bdi(item.source_entity_id or NONE)),
            ("Last Exported", esc(moment(item.last_exported_at, page.zone))),
            ("Last Modified", esc(moment(item.last_modified_at, page.zone) if item.last_modified_at else NONE)),
        ]
    )
    line = cards.sentence(in_zone(story.reason.sentence, page.zone))
    step = _next_step(page, story)
    st.html(
        f'<div class="cs-product-facts">{items}</div><div class="cs-reasons"><p class="cs-line">{line}</p>{step}</div>'
    )
    if refusal := item.refusal:
        status = f"HTTP {refusal.http_status}" if refusal.http_status else "no answer"
        cards.problem(
            f"The destination's answer: {refusal.message or 'none'}",
            support=f"{status} · attempt {refusal.attempts} · {moment(refusal.tried_at, page.zone)}"
            f" · request {refusal.request_id or NONE} · run {refusal.run_id}",
        )


def _badge(story: ItemStory) -> str:
    """The item's state, and whether what waits is on its way, or held for review."""
    code = story.reason.code
    if story.item.state in ("waiting", "not_exported") and code in (Reason.IN_FLIGHT, Reason.DELETE_GUARD):
        return cards.badge(*product_texts.REASONS[code.value])
    return cards.state_badge(story.item.state)


def _next_step(page: Page, story: ItemStory) -> str:
    """What to do as the page offers it; the command where it has no button for it."""
    reason, step = story.reason, story.reason.next_step
    if not step:
        return ""
    if reason.code not in (Reason.CHANGED_WAITING, Reason.REJECTED) or _sku(story.item):
        step = product_texts.WHY_STEPS.get(reason.code.value, step)
    inner = cards.link(links.address("run", run=reason.held_run), texts.REVIEW) if reason.held_run else ""
    below = cards.sentence(in_zone(step, page.zone))
    return f'<p class="cs-line"><strong>{esc(product_texts.WHY_NEXT)}</strong> {below} {inner}</p>'


def _sku(item: StoryItem) -> str | None:
    """The product that the item is about, if it is about one."""
    return item.identity.get("sku") or item.identity.get("productSku")


def _actions(page: Page, item: StoryItem) -> None:
    """What can be asked for of the item, and the ways to the products that it is about."""
    if sku := _sku(item):
        ask_resync(page, skus=(sku,), feeds=(item.feed,), key="resync-item")
        _link(links.PRODUCT, texts.OPEN_PRODUCT, {"sku": sku, "feed": item.feed, "item": item.feed_id})
    elif item.state in ("rejected", "dead_letter"):
        ask_resync(page, feeds=(item.feed,), refused=True, key="resync-item")
    if parent := item.identity.get("parentSku"):
        _link(links.PRODUCT, texts.OPEN_PARENT, {"sku": parent})
    if path := item.identity.get("urlPath"):
        _link(links.PRODUCTS, texts.ITS_PRODUCTS, {"side": "catalog", "category": path})
    if code := item.identity.get("attributeCode"):
        _link(links.PRODUCTS, texts.PRODUCTS_WITH_IT, {"side": "catalog", "attribute": code})


def _link(target: Path, words: str, parameters: dict[str, str]) -> None:
    st.page_link(target, label=words, icon=":material/inventory_2:", query_params=parameters)


def _own_name(item: StoryItem) -> str | None:
    """The name that the item itself carries, such as that of a category."""
    if number := item.identity.get("customerGroupId"):
        return texts.CUSTOMER_GROUP.format(number=number)
    payload = item_diff.parsed(item.catalog or item.exported) or {}
    found = payload.get("websiteCode") if item.feed == "scopesWebsite" else payload.get("name") or payload.get("label")
    return found if isinstance(found, str) else None


def _part(field: str, value: str | None) -> str:
    """A part of the identity as HTML, with the code itself where words stand for it."""
    words = part_words(field, value)
    return bdi(words) if words == (value or NONE) else f'<span title="{esc(value)}">{bdi(words)}</span>'


def part_words(field: str, value: str | None) -> str:
    """One part of what names an item, as people read it: a customer group by its number, the root by its words."""
    if field == "customerGroupCode":
        return group_words(value or "")
    if field == "websiteCode" and value == "*":
        return texts.ALL_WEBSITES
    if field == "urlPath" and not value:
        return texts.ROOT_CATEGORY
    return value or NONE


def heading(field: str) -> str:
    """`storeViewCode` as Store view code, `sku` as SKU."""
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in field.replace("_", " "))
    return " ".join("SKU" if word == "sku" else word for word in words.split()).replace(words[:1], words[:1].upper(), 1)
