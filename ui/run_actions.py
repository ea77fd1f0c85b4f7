"""What operators may ask of a run: to pause, go on or end; its refused items again; the support bundle."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import streamlit as st

from syncengine.access import actions
from syncengine.control.run_wishes import Wish
from syncengine.control.runs import RunStatus
from syncengine.inspection.run_story import RunStory
from syncengine.inspection.runs import paused, run_shape
from syncengine.monitoring.run_log import run_log
from ui import cards, resync, run_texts, settings_held
from ui.bootstrap import Page
from ui.escape import bdi
from ui.formats import ago
from ui.page_address import copy_link
from ui.support_file import support_button

_SETTINGS_SHOWN = 12


def offer(story: RunStory, page: Page) -> None:
    """The buttons that fit the run as it is."""
    resync.tell_what_was_said()
    run = story.run
    settings_held.review(page, run.run_id)
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
        support_button(page, run_id=run.run_id)
        copy_link(key="run")


def steer(story: RunStory, page: Page) -> None:
    """Pause, go on, or end a run in progress; what was asked is honoured between two batches."""
    wish = story.wish
    if wish is not None:
        stands = wish.wish is Wish.pause and paused(story.run) is not None
        template = run_texts.PAUSED_NOW if stands else run_texts.ASKED[wish.wish.value]
        said = template.format(by=wish.by, when=ago(wish.at, page.now))
        cards.note("‖", said, tone="warn")
    words = "" if page.user.may("operate") else run_texts.ONLY_OPERATORS
    asked = (page, story.run.run_id)
    with st.container(horizontal=True):
        if wish is None:
            st.button(
                run_texts.PAUSE, icon=":material/pause:", disabled=bool(words), help=words, on_click=_ask,
                args=(*asked, "pause"), key="pause-run",
            )  # fmt: skip
        elif wish.wish is Wish.pause:
            st.button(
                run_texts.RESUME, icon=":material/play_arrow:", disabled=bool(words), help=words, on_click=_ask,
                args=(*asked, "resume"), key="resume-run",
            )  # fmt: skip
        if wish is None or wish.wish is not Wish.cancel:
            st.button(
                run_texts.CANCEL, icon=":material/stop:", disabled=bool(words), help=words, on_click=_ask,
                args=(*asked, "cancel"), key="cancel-run",
            )  # fmt: skip


_ACTIONS: dict[str, Callable[..., bool]] = {
    "pause": actions.pause_run,
    "resume": actions.resume_run,
    "cancel": actions.cancel_run,
}


def _ask(page: Page, run_id: str, what: str) -> None:
    """Ask it in the name of who presses; what speaks against it is told with the next drawing."""
    with resync.keeping_errors():
        _ACTIONS[what](page.view.control, run_id, user=resync.asking(page))


def log_tail(page: Page, run_id: str) -> None:
    """The newest log lines of the run, as text; or how to have them. Raises: StorageError."""
    found = run_log(page.settings, run_id)
    if found is None:
        cards.quiet(run_texts.LOG_NO_FILE)
        return
    if not found.lines:
        cards.quiet(run_texts.LOG_NONE)
        return
    text = st.text_input(run_texts.LOG_FILTER, key="log-filter", max_chars=200).casefold()
    lines = [line for line in found.lines if text in line.casefold()]
    if found.left_out:
        cards.quiet(run_texts.LOG_LEFT_OUT.format(count=f"{found.left_out:,}"))
    if lines:
        st.code("\n".join(lines), language=None, wrap_lines=True, height=420 if len(lines) > 12 else "content")
    else:
        cards.quiet(run_texts.LOG_NO_MATCH)


def resolved_settings(story: RunStory) -> None:
    """The settings the run worked with, each with where it came from."""
    kept = story.run.details.get("settings")
    if not kept:
        cards.quiet(run_texts.SETTINGS_NONE)
        return
    cards.quiet(run_texts.SETTINGS_NOTE)
    rows = [
        [cards.mono(row.get("key", "")), cards.mono(row.get("value", "")), bdi(row.get("source", ""))]
        for row in kept
        if isinstance(row, dict)
    ]
    tall = len(rows) > _SETTINGS_SHOWN
    cards.table(run_texts.SETTING_COLUMNS, rows, kind="cs-values", label=run_texts.SETTINGS, tall=tall)
