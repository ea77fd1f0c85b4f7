"""Runs: what each sync did, feed by feed, and what went wrong in it."""

from __future__ import annotations

from typing import Any

import streamlit as st
from syncengine.inspection.runs import list_runs_json, run_errors, run_json
from ui import cards, run_table, texts
from ui.bootstrap import Page, boundary, card, open_page, page_head

SHOWN = 200

page = open_page(texts.NAV_RUNS)
page_head(texts.RUNS_TITLE, texts.RUNS_SUB)


def show_runs(page: Page) -> None:
    """The table; a chosen row goes into the URL, so that a run can be linked to."""
    runs = list_runs_json(page.view, limit=SHOWN)
    if not runs:
        cards.empty(texts.NO_RUNS, texts.NO_PRODUCTS_SYNCED_NEXT)
        st.code(texts.SYNC_COMMAND, language=None)
        return
    frame = run_table.full_rows(runs, page.zone)
    chosen = st.dataframe(
        frame,
        hide_index=True,
        column_config=run_table.count_columns(frame),
        height="content" if len(runs) <= 12 else 450,
        row_height=34,
        key="runs",
        on_select="rerun",
        selection_mode="single-row",
        alt=texts.RUNS_TITLE,
    )["selection"]["rows"]
    if chosen and chosen[0] < len(runs):
        st.query_params["run"] = runs[chosen[0]]["run_id"]
    shown = st.query_params.get("run") or runs[0]["run_id"]
    with card("run", "this run"):
        show_run(page, run_json(page.view, shown))


def show_run(page: Page, run: dict[str, Any]) -> None:
    """One run: what it ended with, its feeds, and the causes of what it could not deliver."""
    words = "Nothing was sent: this was a dry run." if run["dry_run"] else ""
    st.html(
        f'<div class="cs-head"><h2 class="cs-h2">{cards.mono(run["run_id"])}</h2>{cards.run_badge(run["status"])}</div>'
    )
    if words:
        cards.quiet(words)
    if error := run["error"]:
        cards.problem(error["message"] or "", hint=error["hint"] or "", support=error["code"] or "")
    if run["feeds"]:
        frame = run_table.feed_rows(run)
        counts = run_table.count_columns(frame)
        st.dataframe(frame, hide_index=True, height="content", row_height=34, column_config=counts, alt=texts.RUN_FEEDS)
    else:
        cards.quiet("This run ended before it planned anything.")
    with boundary("the causes"):
        if groups := run_errors(page.view, run["run_id"]):
            cards.heading("By cause")
            st.dataframe(run_table.error_rows(groups), hide_index=True, height="content", row_height=34)


with boundary("the run history"):
    show_runs(page)
