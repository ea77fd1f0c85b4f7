"""The blocks of the product page: its facts and what can be asked for, and the choice of one of its feed items."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from syncengine.feeds.registry import get_feed
from syncengine.inspection.customer_groups import with_groups
from syncengine.inspection.product_categories import FEED as CATEGORIES
from syncengine.inspection.product_categories import category_places, product_categories
from syncengine.inspection.products import (
    ProductQuery,
    ProductStory,
    StoryItem,
    UnknownProductError,
    explain_no_match,
    search_products,
)
from syncengine.inspection.reasons import Reason
from syncengine.inspection.timeline import TimelineEntry, item_timeline, last_told, product_timeline
from syncengine.inspection.why import ProductWhy
from ui import cards, links, product_verify, scope, url_state
from ui import product_texts as texts
from ui.bootstrap import Page, page_head
from ui.escape import bdi, esc, plain
from ui.formats import NONE, moment
from ui.page_address import copy_link
from ui.product_support import support_of_product
from ui.product_table import price_words, state_words, type_words
from ui.resync import ask_resync
from ui.thumbnails import thumbnail

Row = Mapping[str, Any]
_NEAREST = 5
_SETTLED = ("in_sync", "removed")
_BY_CONCERN = ("rejected", "dead_letter", "unknown", "retry", "waiting", "not_exported", "in_sync", "removed")


def head(page: Page, story: ProductStory, row: Row | None, found: ProductWhy | None) -> None:
    """Picture, name and state, what can be asked for, and the facts of the list's row."""
    name = (row or {}).get("name") or _name_it_had(page, story) or story.sku
    picture = thumbnail((row or {}).get("image"), name)
    st.html(
        f'<div class="cs-product">{picture}<div><h1>{bdi(name, longest=200)}</h1>'
        f'<p class="cs-sub">{_badge(story, found)}</p></div></div>'
    )
    with st.container(horizontal=True, vertical_alignment="center", key="product-actions"):
        st.code(story.sku, language=None, width="content", wrap_lines=True)
        ask_resync(page, skus=(story.sku,), key="resync-product")
        product_verify.offer(page, story)
        copy_link(key="product")
        support_of_product(page, story, found)
        _edit_in_store(page, (row or {}).get("id"))
    items = cards.fact_list(_facts(page, story, row or {}))
    st.html(f'<div class="cs-product-facts">{items}</div>')


def _edit_in_store(page: Page, number: int | None) -> None:
    """The way to where the product is corrected, if the settings name the store's admin."""
    admin = page.settings.source.admin_url
    if admin is not None and number is not None:
        st.link_button(
            texts.EDIT_IN_STORE, f"{admin}/catalog/product/edit/id/{int(number)}/", icon=":material/open_in_new:"
        )


def _badge(story: ProductStory, found: ProductWhy | None) -> str:
    """The state of the item that calls for most, and whether what waits is on its way, or held for review."""
    states = Counter(item.state for item in story.items)
    worst = next((state for state in _BY_CONCERN if states[state]), "not_exported")
    codes = {reason.code for reason in found.reasons} if found is not None else set()
    if worst in ("waiting", "not_exported"):
        for code in (Reason.IN_FLIGHT, Reason.DELETE_GUARD):
            if code in codes:
                return cards.badge(*texts.REASONS[code.value])
    return cards.state_badge(worst)


def _name_it_had(page: Page, story: ProductStory) -> str | None:
    """What a removed product was called when it was exported last."""
    items = sorted(story.of_feed("products"), key=lambda one: one.identity.get("storeViewCode") != "default")
    item = next(iter(items), None)
    if item is None or item.state != "removed":
        return None
    payload = last_told(page.view, get_feed(item.feed), item.feed_id, destination=story.destination)
    found = None if payload is None else json.loads(payload).get("name")
    return found if isinstance(found, str) else None


def _facts(page: Page, story: ProductStory, row: Row) -> list[tuple[str, str]]:
    """What the list says of it; of a product that is on no list any more, what is known without."""
    number = row.get("id") or next((item.source_entity_id for item in story.of_feed("products")), None)
    listed = [
        ("Type", bdi(type_words(row.get("type")))),
        ("Visibility", bdi(row.get("visibility") or NONE)),
        ("Price", bdi(price_words(row.get("price"), row.get("currency"), row.get("type")))),
        ("Store view", bdi(row.get("store_view") or NONE)),
    ]
    return [
        ("ID", esc(number or NONE)),
        *(listed if row else []),
        ("Last Exported", esc(moment(_newest(story), page.zone))),
        *([("Last Modified", esc(moment(row.get("last_modified"), page.zone)))] if row else []),
        *_family(story),
    ]


def _family(story: ProductStory) -> list[tuple[str, str]]:
    """The way to the products that it is a variant of, or to its own variants."""
    pairs = [(item.identity["parentSku"], item.identity["productSku"]) for item in story.of_feed("variants")]
    parents = [cards.link(links.address("product", sku=parent), parent) for parent, _ in pairs if parent != story.sku]
    own = sum(parent == story.sku for parent, _ in pairs)
    found = [(texts.VARIANT_OF, ", ".join(parents[:_NEAREST]))] if parents else []
    if own:
        listed = links.address("products", feed="variants", side="catalog", q=story.sku)
        found.append((texts.VARIANTS, cards.link(listed, f"{own:,}")))
    return found


def listed(page: Page, sku: str) -> Row | None:
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


def chosen_item(page: Page, story: ProductStory, row: Row | None) -> StoryItem | None:
    """The feed item to look at: chosen by feed and then by scope, first of all one that differs, of the store view that
    the head is about (`row`) before others. None where its feed holds nothing of what was chosen."""
    first = next((item for item in story.items if item.state not in _SETTLED), story.items[0])
    places = category_places(story)
    counts = {feed: _feed_label(story, feed) for feed in dict.fromkeys(item.feed for item in story.items)}
    if places:
        counts[CATEGORIES] = f"{CATEGORIES} · {len(places)}"
    url_state.follow_url("feed", allowed=list(counts), default=first.feed)
    with st.container(horizontal=True, key="chosen"):
        feed = st.segmented_control(
            texts.FEED,
            list(counts),
            default=first.feed,
            required=True,
            key="feed",
            on_change=_other_feed,
            format_func=counts.__getitem__,
        )
        if feed == CATEGORIES:
            return _chosen_of(page, product_categories(page.view, story, places), row, CATEGORIES)
        return _chosen_of(page, story.of_feed(feed or first.feed) or story.items, row, feed or first.feed)


def _chosen_of(page: Page, found: Sequence[StoryItem], row: Row | None, feed: str) -> StoryItem | None:
    """One of a feed's items, chosen where there are several."""
    items = {item.feed_id: item for item in found}
    if not items:
        return None
    preferred = _preferred(page, list(found), (row or {}).get("store_view"))
    if len(items) == 1:
        return preferred
    key = f"item-{feed}"
    url_state.follow_url("item", allowed=list(items), default=preferred.feed_id)
    wanted = st.session_state.get("item")
    words = texts.CATEGORY if feed == CATEGORIES else texts.SCOPE
    chosen = st.selectbox(
        words,
        list(items),
        index=list(items).index(wanted if wanted in items else preferred.feed_id),
        key=key,
        format_func=lambda feed_id: item_label(items[feed_id]),
        on_change=_other_item,
        args=(key,),
        width=480,
    )
    return items[chosen if chosen in items else preferred.feed_id]


def _preferred(page: Page, items: list[StoryItem], headed: str | None) -> StoryItem:
    wanted = _store_view(page)

    def rank(item: StoryItem) -> tuple[bool, bool, bool]:
        view = item.identity.get("storeViewCode")
        return wanted is not None and view != wanted, item.state in _SETTLED, view != headed

    return min(items, key=rank)


def _other_feed() -> None:
    st.session_state["item"] = None
    url_state.write_url("item")
    url_state.write_url("feed")


def _other_item(key: str) -> None:
    st.session_state["item"] = st.session_state[key]
    url_state.write_url("item")


def item_label(item: StoryItem) -> str:
    """Where the item is valid, and its state, for a list to choose from; of a category first which one it is."""
    named = f"{item.identity['urlPath']} · " if item.feed == CATEGORIES else ""
    return plain(f"{named}{with_groups(item.scope)} · {state_words(item.state)}")


def about_category(item: StoryItem) -> None:
    """The ways on from a category of the product: its own page, and what else is in it."""
    path = item.identity["urlPath"]
    ways = (
        cards.link(links.address("item", feed=item.feed, id=item.feed_id), texts.OPEN_CATEGORY),
        cards.link(links.address("products", side="catalog", category=path), texts.IN_CATEGORY.format(path=path)),
    )
    st.html(f'<p class="cs-ways">{"".join(ways)}</p>')


def told(page: Page, story: ProductStory, item: StoryItem, found: ProductWhy | None) -> Sequence[TimelineEntry]:
    """Everything that was told of the product, or of its category that is looked at, newest first."""
    if item.feed == CATEGORIES:
        return item_timeline(page.view, get_feed(CATEGORIES), item.feed_id, destination=story.destination)
    if found is not None:
        return found.told
    try:
        return product_timeline(page.view, story.sku).entries
    except UnknownProductError:
        return ()


def _feed_label(story: ProductStory, feed: str) -> str:
    items = story.of_feed(feed)
    off = sum(item.state not in _SETTLED for item in items)
    return f"{feed} · {off} of {len(items)} differ" if off else f"{feed} · {len(items)}"


def unknown(page: Page, sku: str) -> None:
    """No such product: the way to search for it, and the SKUs that are spelled like it."""
    page_head(texts.UNKNOWN_SKU.format(sku=plain(sku)), texts.UNKNOWN_SKU_NEXT)
    wanted = ProductQuery(text=sku, side="catalog", limit=_NEAREST * 4)
    sides = (wanted, replace(wanted, side="synced"))
    alike = dict.fromkeys(one for asked in sides for one in search_products(page.view, asked).rows["sku"])
    near = tuple(alike)[:_NEAREST] or explain_no_match(page.view, wanted).nearest
    ways = [cards.link(links.address("products", side="catalog", q=sku[:200]), texts.SEARCH_CATALOG)]
    ways += [cards.link(links.address("product", sku=one), one) for one in near]
    if near:
        ways.insert(1, f"<span>{esc(texts.NEAREST)}</span>")
    st.html(f'<p class="cs-ways">{"".join(ways)}</p>')
