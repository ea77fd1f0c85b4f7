"""Catalog Sync: is everything where it should be, and if not, what now?"""

from __future__ import annotations

import streamlit as st
from syncengine.inspection.pulse import Pulse, is_not_running, pulse
from syncengine.inspection.runs import recent_runs
from syncengine.inspection.status import SyncStatus, sync_status
from ui import (
    cards,
    first_run,
    freshness,
    status_blocks,
    status_tables,
    status_tiles,
    strip,
    texts,
    troubles,
    verdict,
)
from ui.bootstrap import Page, boundary, card, open_page, page_head
from ui.scope import current_scope, scope_words

BUSY_SECONDS, IDLE_SECONDS = 2, 15

page = open_page(texts.NAV_STATUS)
busy: bool = st.session_state.get("sync_in_progress", False)


@st.fragment(run_every=BUSY_SECONDS if busy else IDLE_SECONDS)
def live_status(page: Page) -> None:
    """Everything on this page, drawn again by itself: quickly while a sync is in progress."""
    page_head(texts.STATUS_TITLE, status_blocks.route(page.settings))
    with boundary("the status"):
        whole(page)
        return
    without_data(page)


def whole(page: Page) -> None:
    """The page as it is when the lake can be read. Raises: LakeUnavailableError, ControlError."""
    status, now, scope = sync_status(page.view), pulse(page.view), current_scope(page.view)
    if verdict.is_busy(status) != st.session_state.get("sync_in_progress", False):
        st.session_state["sync_in_progress"] = verdict.is_busy(status)
        st.rerun()
    strip.mark_drawn()
    if status.last_sync is None:
        with card("first-run", "the first steps"):
            first_run.checklist(page, now)
        return
    held = verdict.held_back(status, page)
    verdict.verdict(status, now, page, held)
    if scope is not None:
        cards.quiet(texts.SCOPED.format(scope=scope_words(scope)))
    counted = status if scope is None else sync_status(page.view, scope)
    tiles(counted, now, page, status, held)
    trouble(status, now, page)
    details(counted, page, "" if scope is None else texts.OF_ALL)


def tiles(status: SyncStatus, now: Pulse, page: Page, whole: SyncStatus, held: verdict.Held) -> None:
    """The four answers that people look for first, in the scope; `whole`: in all of them."""
    last, synced, following, attention = st.columns(4)
    with last, card("last", "the last sync", tile=True):
        status_tiles.last_sync(status.last_sync, page)
    with synced, card("synced", "the number of products", tile=True):
        status_tiles.products_synced(status, page, whole)
    with following, card("next", "the schedule", tile=True):
        status_tiles.next_sync(now, page)
    with attention, card("attention", "what needs attention", tile=True):
        status_tiles.needs_attention(status, page, whole, held)


def trouble(status: SyncStatus, now: Pulse, page: Page) -> None:
    """What is to be known when the last sync failed, and when nothing syncs by itself."""
    failed = verdict.failed_run(status)
    if failed is not None:
        troubles.failed(failed, page)
    if is_not_running(now):
        troubles.not_running(now, page, failed)


def details(status: SyncStatus, page: Page, of_all: str) -> None:
    """Feeds, counts, the last week and the newest runs; `of_all` marks what a scope does not narrow."""
    with card("feeds", "the feeds"):
        cards.heading(texts.FEEDS)
        status_tables.feeds(status, page, is_scoped=bool(of_all))
    if status.equation is not None:
        with card("numbers", "the last run's counts"):
            of_run = status_blocks.numbers_note(status, page)
            cards.heading(texts.NUMBERS, note=f"{of_run} {texts.NUMBERS_HELP} {of_all}".strip())
            status_blocks.numbers(status.equation)
    with card("fresh", "the freshness of the last week"):
        freshness.week(page, of_all)
    status_tables.newest(status.recent_runs, page, of_all)


def without_data(page: Page) -> None:
    """What the control store alone can tell: the last sync, the engine and the newest runs."""
    with boundary("the engine"):
        now = pulse(page.view)
        last, following = st.columns(2)
        with last, card("last", "the last sync", tile=True):
            status_tiles.last_sync(now.last_sync, page)
        with following, card("next", "the schedule", tile=True):
            status_tiles.next_sync(now, page)
        if is_not_running(now):
            troubles.not_running(now, page, None)
        status_tables.newest([run for run, _ in recent_runs(page.view, limit=5)], page)


live_status(page)
