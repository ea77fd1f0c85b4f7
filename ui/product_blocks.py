"""The blocks of the product page: its facts and what can be asked for, and the choice of one of its feed items."""

from __future__ import annotations

from collections import Counter
from typing import Any

import streamlit as st

from syncengine.inspection.products import (
    ProductQuery,
    ProductStory,
    StoryItem,
    explain_no_match,
    search_products,
)
from ui import cards, links, scope, url_state
from ui import product_texts as texts
from ui.bootstrap import Page
from ui.escape import bdi, esc, label, plain
from ui.formats import NONE, moment
from ui.page_address import copy_link
from ui.product_table import price_words, state_words, type_words
from ui.resync import ask_resync
from ui.support_file import support_button
from ui.thumbnails import thumbnail

_SETTLED = ("in_sync", "removed")
_BY_CONCERN = ("rejected", "dead_letter", "unknown", "retry", "waiting", "not_exported", "in_sync", "removed")


def head(page: Page, story: ProductStory) -> None:
    """Picture, name and state, what can be asked for, and the facts of the list's row."""
    row = _listed(page, story.sku) or {}
    states = Counter(item.state for item in story.items)
    worst = next((state for state in _BY_CONCERN if states[state]), "not_exported")
    name = row.get("name") or story.sku
    picture = thumbnail(row.get("image"), name)
    st.html(
        f'<div class="cs-product">{picture}<div><h1>{bdi(name, longest=200)}</h1>'
        f'<p class="cs-sub">{cards.mono(story.sku)} {cards.state_badge(worst)}</p></div></div>'
    )
    with st.container(horizontal=True, key="product-actions"):
        ask_resync(page, skus=(story.sku,), key="resync-product")
        copy_link(key="product")
        support_button(page)
    with st.container(border=True, key="card-facts"):
        cards.facts(_facts(page, story, row))


def _facts(page: Page, story: ProductStory, row: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        ("ID", esc(row.get("id") or NONE)),
        ("Type", bdi(type_words(row.get("type")))),
        ("Visibility", bdi(row.get("visibility") or NONE)),
        ("Price", bdi(price_words(row.get("price"), row.get("currency"), row.get("type")))),
        ("Store view", bdi(row.get("store_view") or NONE)),
        ("Last Exported", esc(moment(_newest(story), page.zone))),
        ("Last Modified", esc(moment(row.get("last_modified"), page.zone) if row else NONE)),
    ]


def _listed(page: Page, sku: str) -> dict[str, Any] | None:
    """The product's row of the catalog list, or else of the synced list: that of the scope that is looked at if there
    is one, else of the default one."""
    wanted = (_store_view(page), "default")
    for side in ("catalog", "synced"):
        query = ProductQuery(text=sku, side=side, sort="store_view", descending=False, limit=100)
        rows = [row for row in search_products(page.view, query).rows.iter_rows(named=True) if row["sku"] == sku]
        for row in sorted(rows, key=lambda row: [row["store_view"] != view for view in wanted]):
            return row
    return None


def _store_view(page: Page) -> str | None:
    """The store view to look at first: that of the strip, or the one that the list's link names."""
    chosen = scope.current_scope(page.view)
    return (chosen.store_view if chosen else None) or st.query_params.get("view")


def _newest(story: ProductStory) -> Any:
    times = [item.last_exported_at for item in story.items if item.feed == "products" and item.last_exported_at]
    return max(times, default=None)


def set_aside(story: ProductStory) -> None:
    """Records of this product that could not be compiled, and why."""
    for record in story.set_aside:
        cards.problem(
            texts.SET_ASIDE.format(feed=record.feed, message=record.message),
            hint=texts.SET_ASIDE_NEXT,
            support=f"{record.code} · record {record.source_entity_id or NONE} · {record.scope or 'all scopes'}",
        )


def chosen_item(page: Page, story: ProductStory) -> StoryItem:
    """The feed item to look at: chosen by feed and then by scope, first of all one that differs."""
    first = next((item for item in story.items if item.state not in _SETTLED), story.items[0])
    feeds = list(dict.fromkeys(item.feed for item in story.items))
    url_state.follow_url("feed", allowed=feeds, default=first.feed)
    feed = st.segmented_control(
        texts.FEED,
        feeds,
        default=first.feed,
        required=True,
        key="feed",
        on_change=_other_feed,
        format_func=lambda name: _feed_label(story, name),
    )
    items = {item.feed_id: item for item in story.of_feed(feed or first.feed) or story.items}
    preferred = _preferred(page, list(items.values()))
    if len(items) == 1:
        return preferred
    key = f"item-{feed}"
    url_state.follow_url("item", allowed=list(items), default=preferred.feed_id)
    wanted = st.session_state.get("item")
    chosen = st.selectbox(
        texts.SCOPE,
        list(items),
        index=list(items).index(wanted if wanted in items else preferred.feed_id),
        key=key,
        format_func=lambda feed_id: item_label(items[feed_id]),
        on_change=_other_item,
        args=(key,),
        width=480,
    )
    return items[chosen if chosen in items else preferred.feed_id]


def _preferred(page: Page, items: list[StoryItem]) -> StoryItem:
    view = _store_view(page)
    return min(items, key=lambda item: (item.identity.get("storeViewCode") != view, item.state in _SETTLED))


def _other_feed() -> None:
    st.session_state["item"] = None
    url_state.write_url("item")
    url_state.write_url("feed")


def _other_item(key: str) -> None:
    st.session_state["item"] = st.session_state[key]
    url_state.write_url("item")


def item_label(item: StoryItem) -> str:
    """Where the item is valid, and its state, for a list to choose from."""
    return plain(f"{item.scope} · {state_words(item.state)}")


def _feed_label(story: ProductStory, feed: str) -> str:
    items = story.of_feed(feed)
    off = sum(item.state not in _SETTLED for item in items)
    return f"{feed} · {off} of {len(items)} differ" if off else f"{feed} · {len(items)}"


def unknown(page: Page, sku: str) -> None:
    """No such product: the SKUs that are spelled like it, to go on with."""
    cards.empty(texts.UNKNOWN_SKU.format(sku=sku), texts.UNKNOWN_SKU_NEXT)
    nearest = explain_no_match(page.view, ProductQuery(text=sku, side="catalog")).nearest
    if not nearest:
        return
    with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center"):
        st.text(texts.NEAREST)
        for near in nearest:
            words = label(near)
            st.page_link(links.PRODUCT, label=words, query_params={"sku": near})
