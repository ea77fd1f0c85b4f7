"""Runs: what each sync did, narrowed and page by page, and what people asked for between them."""

from __future__ import annotations

import streamlit as st
from syncengine.inspection.run_list import search_runs, timeline
from ui import cards, links, run_list, run_texts, run_timeline, texts
from ui.bootstrap import Page, boundary, card, open_page, page_head

page = open_page(texts.NAV_RUNS)
page_head(texts.RUNS_TITLE, texts.RUNS_SUB)
run_list.begin()


def show_runs(page: Page) -> None:
    """The filters, the picture, and the table or the timeline."""
    wanted = run_list.wanted(page)
    run_list.to_come(page)
    found = search_runs(page.view, wanted, limit=run_list.PAGE_SIZE, offset=run_list.offset())
    if not found.total and not run_list.is_narrowed():
        run_list.none_yet(page)
        return
    run_list.filters()
    if not found.runs:
        cards.empty(run_texts.NO_MATCH, run_texts.NO_MATCH_NEXT)
        return
    if st.session_state.get("show") == run_texts.VIEW_TIMELINE:
        with card("timeline", "the timeline"):
            told = timeline(page.view, wanted, limit=run_list.MOST_TOLD)
            run_timeline.happenings(told, page, most=run_list.MOST_TOLD, only_runs=wanted.is_of_runs)
        return
    run_list.under_way(found, page)
    with card("picture", "the picture of the runs"):
        run_list.picture(found, page)
    run_list.table(found, page)
    run_list.pages(found)


if one := st.query_params.get("run"):  # an older link to one run
    st.switch_page(links.RUN, query_params={"run": one})
with boundary("the run history"):
    show_runs(page)
