"""Catalog Sync: is everything where it should be, and if not, what now?"""

from __future__ import annotations

import streamlit as st
from syncengine.inspection.status import sync_status
from ui import cards, links, status_blocks, strip, texts
from ui.bootstrap import Page, boundary, card, open_page, page_head

BUSY_SECONDS, IDLE_SECONDS = 2, 15

page = open_page(texts.NAV_STATUS)
busy: bool = st.session_state.get("sync_in_progress", False)


@st.fragment(run_every=BUSY_SECONDS if busy else IDLE_SECONDS)
def live_status(page: Page) -> None:
    """Everything on this page, drawn again by itself: quickly while a sync is in progress."""
    with boundary("the status"):
        status = sync_status(page.view)
        if status_blocks.is_busy(status) != st.session_state.get("sync_in_progress", False):
            st.session_state["sync_in_progress"] = status_blocks.is_busy(status)
            st.rerun()
        page_head(texts.STATUS_TITLE, status_blocks.route(page.settings))
        strip.mark_drawn()
        if status.last_sync is None:
            with card("first-run", "the first steps"):
                status_blocks.first_run(page.settings)
            return
        status_blocks.verdict(status)
        last, synced, following, attention = st.columns(4)
        with last, card("last", "the last sync", tile=True):
            status_blocks.last_sync(status, page)
        with synced, card("synced", "the number of products", tile=True):
            status_blocks.products_synced(status, page)
        with following, card("next", "the schedule", tile=True):
            status_blocks.next_sync(status, page)
        with attention, card("attention", "what needs attention", tile=True):
            status_blocks.needs_attention(status)
        if status.equation is not None:
            with card("numbers", "the last run's counts"):
                cards.heading(texts.NUMBERS, note=texts.NUMBERS_HELP)
                status_blocks.numbers(status.equation)
        with card("feeds", "the feeds"):
            cards.heading(texts.FEEDS)
            status_blocks.feeds(status, page)
        with card("runs", "the run history"):
            cards.heading(texts.RECENT_RUNS)
            status_blocks.recent_runs(status, page)
            st.page_link(links.RUNS, label=texts.ALL_RUNS, icon=":material/arrow_forward:", icon_position="right")


live_status(page)
