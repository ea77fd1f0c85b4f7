"""Asking for a resync from where somebody looks: one product, a selection, or what is wrong in a list.

A press queues; it runs nothing. The same press again shows the request that waits already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from syncengine.access.actions import ask_for_sync, cancel_request
from syncengine.access.roles import User
from syncengine.changes.plan import Selection
from syncengine.control.engine import engine_state
from syncengine.control.requests import ResyncRequest, waiting_requests
from syncengine.feeds.registry import FEEDS
from syncengine.inspection.last_sync import engine_status
from syncengine.inspection.story import belongs_to_sku
from syncengine.pipeline import SyncOptions
from ui import cards
from ui import item_texts as texts
from ui.bootstrap import Page, boundary, current_user
from ui.formats import moment, plural

MOST_SKUS = 1_000
_PRODUCT_FEEDS = tuple(feed.name for feed in FEEDS.values() if belongs_to_sku(feed) is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be sent again: named products in the feeds of products, or what was refused of some feeds."""

    skus: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()

    @property
    def selection(self) -> Selection:
        """The same in the words of the plan."""
        if self.skus:
            return Selection(resync=True, by="sku", values=self.skus)
        return Selection(resync=True, by="refused")

    @property
    def feed_names(self) -> tuple[str, ...]:
        """The feeds concerned."""
        return self.feeds or _PRODUCT_FEEDS

    def is_asked_by(self, request: ResyncRequest) -> bool:
        """Whether a waiting request asks for just this."""
        options = request.options
        return (
            options.get("by") == self.selection.by
            and tuple(options.get("values") or ()) == self.selection.values
            and set(options.get("feeds") or ()) == set(self.feed_names)
        )


def resync_button(page: Page, wish: Wish, *, key: str, what: str, words: str, wide: bool = False) -> None:
    """The button, what it will do, and the press itself; with the request that waits already, if there is one."""
    width = "stretch" if wide else "content"
    with st.popover(words, icon=":material/sync:", key=f"resync-{key}", width=width):
        if len(wish.skus) > MOST_SKUS:
            cards.quiet(texts.TOO_MANY.format(most=f"{MOST_SKUS:,}", count=f"{len(wish.skus):,}"))
            return
        waiting = waiting_request(page, wish)
        if waiting is not None:
            queued(page, waiting, key)
            return
        cards.line(texts.RESYNC_WARNING.format(what=what))
        if not _user(page).may("operate"):
            cards.quiet(texts.NOT_ALLOWED)
        st.button(
            texts.RESYNC,
            key=f"press-{key}",
            type="primary",
            icon=":material/sync:",
            on_click=_ask,
            args=(page, wish),
            disabled=not _user(page).may("operate"),
        )


def waiting_request(page: Page, wish: Wish) -> ResyncRequest | None:
    """The request for just this that waits for its window."""
    with page.view.read_control() as connection:
        if connection is None:
            return None
        return next((one for one in waiting_requests(connection) if wish.is_asked_by(one)), None)


def queued(page: Page, request: ResyncRequest, key: str) -> None:
    """Who asked, when it is sent, and the way to take it back."""
    at = moment(request.requested_at, page.zone, now=page.now)
    cards.note("✓", texts.RESYNC_QUEUED.format(at=at, by=request.requested_by, when=_when(page)), tone="ok")
    st.button(
        texts.CANCEL_REQUEST,
        key=f"cancel-{key}",
        icon=":material/close:",
        on_click=_take_back,
        args=(page, request.request_id),
    )


def what_words(skus: Sequence[str]) -> str:
    """What is sent, for the sentence on the button."""
    return f"the exported data of `{skus[0]}`" if len(skus) == 1 else f"all items of {plural(len(skus), 'product')}"


def _when(page: Page) -> str:
    with page.view.read_control() as connection:
        state = None if connection is None else engine_state(connection)
    if state is None or state.next_sync_at is None or not engine_status(state).running:
        return texts.RESYNC_NO_ENGINE
    return texts.RESYNC_WHEN.format(at=moment(state.next_sync_at, page.zone, now=page.now))


def _ask(page: Page, wish: Wish) -> None:
    with boundary("your request"):
        options = SyncOptions(feeds=wish.feed_names, selection=wish.selection, trigger="resync")
        ask_for_sync(page.view.control, options, user=_user(page))


def _take_back(page: Page, request_id: str) -> None:
    with boundary("your request"):
        cancel_request(page.view.control, request_id, user=_user(page))


def _user(page: Page) -> User:
    return current_user(page.settings) or User(name="nobody", role=None)
