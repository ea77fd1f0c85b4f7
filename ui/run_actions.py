"""What operators may ask of a run: to pause, go on or end; its refused items again; the support bundle."""

from __future__ import annotations

import orjson
import streamlit as st

from syncengine.control.runs import RunStatus
from syncengine.inspection.run_story import RunStory
from syncengine.inspection.runs import run_shape
from ui import cards, resync, run_texts
from ui.bootstrap import Page
from ui.support_file import support_button


def offer(story: RunStory, page: Page) -> None:
    """The buttons that fit the run as it is."""
    resync.tell_what_was_said()
    run = story.run
    with st.container(horizontal=True, vertical_alignment="center"):
        if run.status is not RunStatus.IN_PROGRESS and not run.dry_run and any(one.rejected for one in story.feed_runs):
            refused = tuple(dict.fromkeys(one.feed for one in story.feed_runs if one.rejected))
            resync.ask_resync(page, feeds=refused, refused=True, key="retry-rejected")
        st.download_button(
            run_texts.RUN_JSON,
            data=lambda: orjson.dumps(run_shape(run, story.feed_runs, page.settings), option=orjson.OPT_INDENT_2),
            file_name=f"{run.run_id}.json",
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
        )
        support_button(page)


def resolved_settings(story: RunStory) -> None:
    """The settings the run worked with, each with where it came from."""
    kept = story.run.details.get("settings")
    if not kept:
        cards.quiet(run_texts.SETTINGS_NONE)
        return
    cards.quiet(run_texts.SETTINGS_NOTE)
    rows = [
        {"Setting": str(row.get("key", "")), "Value": str(row.get("value", "")), "From": str(row.get("source", ""))}
        for row in kept
        if isinstance(row, dict)
    ]
    st.dataframe(rows, hide_index=True, height="content" if len(rows) <= 12 else 450, row_height=34)
