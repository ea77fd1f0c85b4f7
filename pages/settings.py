"""Catalog Sync Settings: resync, what waits for a decision, and what is set, with where it comes from."""

from __future__ import annotations

import streamlit as st
from ui import settings_held, settings_resync, settings_schedule, settings_sections, texts, url_state
from ui.bootstrap import Page, boundary, card, open_page, page_head

QUEUE_SECONDS = 5

page = open_page(texts.NAV_SETTINGS)
page_head(texts.SETTINGS_TITLE, texts.SETTINGS_SUB)


@st.fragment
def resync_data(page: Page) -> None:
    """The form: it draws itself again with each choice, so that the estimate follows."""
    with card("resync", "Resync Data"):
        settings_resync.form(page)
    queue(page)


@st.fragment(run_every=QUEUE_SECONDS)
def queue(page: Page) -> None:
    """The queue and what is held, kept up to date by themselves."""
    with card("queue", "the resync queue"):
        settings_resync.queue(page)


def sections(page: Page) -> None:
    """One section at a time, in the URL."""
    names = settings_sections.SECTIONS
    url_state.follow_url("section", allowed=list(names), default="connection")
    chosen = st.segmented_control(
        texts.SECTION,
        list(names),
        default="connection",
        required=True,
        key="section",
        format_func=names.__getitem__,
        on_change=url_state.write_url,
        args=("section",),
        kwargs={"default": "connection"},
        label_visibility="collapsed",
    )
    with card("section", "this section"):
        match chosen:
            case "feeds":
                settings_sections.feeds(page)
            case "schedule":
                settings_schedule.schedule(page)
            case "access":
                settings_sections.access(page)
            case "about":
                settings_sections.about_this(page)
            case "safety" | "retention" | "notifications":
                settings_sections.values(page.settings, chosen)
            case _:
                settings_sections.connection(page)


resync_data(page)
settings_held.review(page)
with boundary("the settings"):
    sections(page)
