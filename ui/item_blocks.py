"""One feed item, wherever it is looked at: its tabs, kept in the URL, over both sides and what was told of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

import streamlit as st

from syncengine.feeds.registry import get_feed
from syncengine.inspection.story import StoryItem
from syncengine.inspection.timeline import TimelineEntry, last_told
from ui import cards, item_diff, item_history, url_state
from ui import item_texts as texts
from ui.bootstrap import Page, boundary

Entries = Callable[[], Sequence[TimelineEntry]]


def tabs(page: Page, item: StoryItem, destination: str, entries: Entries) -> None:
    """The five tabs of an item; only the open one is worked out."""
    names = list(texts.TABS.values())
    url_state.follow_url("tab", allowed=names, default=names[0])
    diff, exported, catalog, history, deliveries = st.tabs(
        names, key="tab", on_change=url_state.write_url, args=("tab",), kwargs={"default": names[0]}
    )
    with diff, boundary("the differences"):
        if diff.open:
            item_diff.differences(page, item, destination)
    with exported, boundary("the exported JSON"):
        if exported.open:
            exported_side(page, item, destination)
    with catalog, boundary("the catalog's JSON"):
        if catalog.open:
            payload(item.catalog, texts.NOT_IN_CATALOG, _file_name(item, "catalog"))
    with history, boundary("the history"):
        if history.open:
            item_history.timeline(page, entries())
    with deliveries, boundary("the deliveries"):
        if deliveries.open:
            item_history.deliveries(page, entries(), destination)


def exported_side(page: Page, item: StoryItem, destination: str) -> None:
    """What the destination holds; of an item that it removed, what it held before."""
    text = item.exported
    if item.state == "removed":
        text = last_told(page.view, get_feed(item.feed), item.feed_id, destination=destination)
        if text is not None:
            cards.note("–", texts.REMOVED)
    payload(text, texts.NOT_EXPORTED, _file_name(item, "exported"))


def payload(text: str | None, missing: str, file_name: str) -> None:
    """One side as JSON: the text to copy or to take away, and a tree to look around in."""
    if text is None:
        cards.empty(missing)
        return
    value = item_diff.parsed(text)
    readable = json.dumps(value, indent=2, ensure_ascii=False)
    is_large = len(readable) > item_diff.LONGEST_COLOURED
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            texts.DOWNLOAD_JSON,
            readable.encode("utf-8", "surrogatepass"),
            file_name=file_name,
            mime="application/json",
            on_click="ignore",
            icon=":material/download:",
        )
        as_tree = not is_large and st.toggle(texts.TREE, **url_state.switch("tree"))
        cards.quiet(texts.LARGE.format(size=f"{len(readable) / 1e6:.1f} MB") if is_large else texts.COPY_HINT)
    if as_tree:
        st.json(value, expanded=2)
    else:
        st.code(readable, language=None if is_large else "json", height=720, wrap_lines=True)


def _file_name(item: StoryItem, side: str) -> str:
    """`products-SKU-1-default-exported.json`, of letters that every file system takes."""
    words = "-".join((item.feed, *(value or "" for value in item.identity.values()), side))
    return re.sub(r"[^\w.-]+", "_", words)[:120] + ".json"
