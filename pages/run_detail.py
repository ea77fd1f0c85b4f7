"""One run: how it went step by step, what it counted, what went wrong, and every item it told of."""

from __future__ import annotations

import streamlit as st
from syncengine.inspection.run_story import RunStory, run_story
from syncengine.inspection.runs import run_errors
from ui import links, run_actions, run_blocks, run_plan, run_texts, texts
from ui.bootstrap import Page, boundary, card, open_page, page_head

BUSY_SECONDS = 2

page = open_page(texts.NAV_RUN)


def show_run(page: Page, run_id: str) -> None:
    """The run's blocks; while it is in progress its head and steps are drawn again by themselves."""
    story = run_story(page.view, run_id)
    if story.run.finished_at is None:
        live(page, run_id)
        run_actions.offer(story, page)
    else:
        went(story, page)
        run_actions.offer(story, page)
        counted(story, page)
    if story.run.dry_run:
        run_plan.which_items(story, page)
    else:
        with card("causes", "the causes"):
            run_blocks.causes(run_errors(page.view, run_id), story, page)
        if run_blocks.sent_something(story.feed_runs):
            with boundary("the changed fields"):
                run_blocks.fields(story, page)
            with card("items", "the items"):
                run_blocks.items(story, page)
    log_of(page, run_id)
    settings_of(story)


def went(story: RunStory, page: Page) -> None:
    """What is drawn again while the run goes on."""
    run_blocks.head(story, page)
    run_blocks.error(story.run)
    with card("steps", "the steps"):
        run_blocks.progress(story.run)
        run_blocks.steps(story)
        if story.run.finished_at is None:
            run_actions.steer(story, page)


def counted(story: RunStory, page: Page) -> None:
    """The equation and its parts; of a dry run also what it would cost."""
    with card("numbers", "the counts"):
        run_blocks.numbers(story, page)
        run_blocks.cost(story, page)


@st.fragment
def log_of(page: Page, run_id: str) -> None:
    """The end of the log, read when it is opened, and narrowed by a text without the page being drawn again."""
    with st.expander(run_texts.LOG, key="run-log", on_change="rerun") as log:
        if log.open:
            with boundary("the log"):
                run_actions.log_tail(page, run_id)


@st.fragment
def settings_of(story: RunStory) -> None:
    """What the run worked with, drawn when it is opened."""
    with st.expander(run_texts.SETTINGS, key="run-settings", on_change="rerun") as settings:
        if settings.open:
            with boundary("the run's settings"):
                run_actions.resolved_settings(story)


@st.fragment(run_every=BUSY_SECONDS)
def live(page: Page, run_id: str) -> None:
    """A run in progress; when it has ended, the whole page is drawn once more."""
    with boundary("this run"):
        story = run_story(page.view, run_id)
        if story.run.finished_at is not None:
            st.rerun()
        went(story, page)
        counted(story, page)


st.page_link(links.RUNS, label=run_texts.BACK, icon=":material/arrow_back:")
if wanted := st.query_params.get("run"):
    with boundary("this run"):
        show_run(page, wanted)
else:
    page_head(run_texts.NO_RUN, run_texts.NO_RUN_NEXT)
