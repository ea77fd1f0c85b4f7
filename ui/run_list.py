"""The list of runs: what it is narrowed by, kept in the URL, and its picture."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import streamlit as st

from syncengine.control.run_history import RunFilter
from syncengine.control.runs import RunStatus
from syncengine.feeds.registry import FEEDS
from syncengine.inspection.requests import next_window, runs_to_come
from syncengine.inspection.run_list import RunsPage
from syncengine.inspection.run_story import run_story
from ui import cards, charts, links, run_table, run_texts, status_blocks, texts, url_state
from ui.bootstrap import Page, boundary
from ui.formats import ago, duration, moment, plural
from ui.page_address import copy_link

PAGE_SIZE = 50
LIVE_SECONDS = 3
MOST_TOLD = 100
_STATUSES = {
    status.value: status.shown
    for status in (RunStatus.SUCCESS, RunStatus.FAILED, RunStatus.IN_PROGRESS, RunStatus.HELD, RunStatus.CANCELLED)
}
_FILTERS = ("status", "trigger", "feed", "since", "until", "work")
_DEFAULTS: dict[str, Any] = {"feed": "", "work": False, "show": run_texts.VIEW_TABLE, "page": 1}


def begin() -> None:
    """Take over what the URL says, before any widget of the list is drawn."""
    url_state.follow_url("status", allowed=list(_STATUSES), many=True)
    url_state.follow_url("trigger", allowed=list(texts.TRIGGERS), many=True)
    url_state.follow_url("feed", allowed=list(FEEDS), default="")
    url_state.follow_url("since", read=date.fromisoformat)
    url_state.follow_url("until", read=date.fromisoformat)
    url_state.follow_url("work", default=False, read=lambda text: text == "True")
    url_state.follow_url("show", allowed=[run_texts.VIEW_TABLE, run_texts.VIEW_TIMELINE], default=run_texts.VIEW_TABLE)
    url_state.follow_url("page", default=1, read=_page_number)


def _page_number(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 1_000_000:
        raise ValueError(text)
    return number


def _changed(key: str) -> None:
    url_state.write_url(key, default=_DEFAULTS.get(key))
    if key != "page":
        st.session_state["page"] = 1
        url_state.write_url("page", default=1)


def wanted(page: Page) -> RunFilter:
    """What the widgets stand for; a day is one of the reader's own."""
    state = st.session_state
    until = _midnight(state.get("until"), page)
    return RunFilter(
        statuses=tuple(RunStatus(one) for one in state.get("status") or ()),
        triggers=tuple(state.get("trigger") or ()),
        feed=state.get("feed") or None,
        since=_midnight(state.get("since"), page),
        until=None if until is None else until + timedelta(days=1),
        sent_something=bool(state.get("work")),
    )


def _midnight(day: date | None, page: Page) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), page.zone).astimezone(UTC)


def is_narrowed() -> bool:
    """Whether any filter is set."""
    return any(st.session_state.get(key) for key in _FILTERS)


def offset() -> int:
    """The place of the first run that is shown."""
    return (int(st.session_state.get("page") or 1) - 1) * PAGE_SIZE


def clear() -> None:
    """Take all filters away."""
    for key, empty in {"status": [], "trigger": [], "feed": "", "since": None, "until": None, "work": False}.items():
        st.session_state[key] = empty
        _changed(key)


def filters() -> None:
    """One choice per thing to narrow by, and how the runs are shown."""
    with st.container(key="run-filters"):
        _choices()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.toggle(run_texts.WITH_WORK, key="work", on_change=_changed, args=("work",))
        if is_narrowed():
            st.button(run_texts.CLEAR, on_click=clear, type="tertiary", icon=":material/close:")
        st.segmented_control(
            run_texts.SHOW,
            [run_texts.VIEW_TABLE, run_texts.VIEW_TIMELINE],
            key="show",
            default=run_texts.VIEW_TABLE,
            required=True,
            label_visibility="collapsed",
            on_change=_changed,
            args=("show",),
        )
        copy_link(key="runs")


def _choices() -> None:
    status, trigger, feed, since, until = st.columns([3, 2.4, 2, 1.5, 1.5], vertical_alignment="bottom")
    with status:
        st.multiselect(
            run_texts.FILTER_STATUS,
            list(_STATUSES),
            key="status",
            format_func=_STATUSES.__getitem__,
            on_change=_changed,
            args=("status",),
        )
    with trigger:
        st.multiselect(
            run_texts.FILTER_TRIGGER,
            list(texts.TRIGGERS),
            key="trigger",
            format_func=texts.TRIGGERS.__getitem__,
            on_change=_changed,
            args=("trigger",),
        )
    with feed:
        st.selectbox(
            run_texts.FILTER_FEED,
            ["", *FEEDS],
            key="feed",
            format_func=lambda name: name or run_texts.ALL_FEEDS,
            on_change=_changed,
            args=("feed",),
        )
    with since:
        st.date_input(run_texts.FILTER_SINCE, value=None, key="since", on_change=_changed, args=("since",))
    with until:
        st.date_input(run_texts.FILTER_UNTIL, value=None, key="until", on_change=_changed, args=("until",))


def picture(found: RunsPage, page: Page) -> None:
    """Sent and rejected per run, and how long each took, oldest first."""
    counts = found.equations()
    sent, seconds = [], []
    for run, _ in reversed(found.runs):
        counted, at = counts[run.run_id], moment(run.started_at, page.zone)
        title = f"{at}: {counted.accepted:,} accepted, {counted.rejected:,} rejected, {counted.waiting:,} waiting"
        parts = ((counted.accepted, "accent"), (counted.rejected, "bad"), (counted.waiting, "warn"))
        sent.append(charts.Column(title=title, parts=() if run.dry_run else parts))
        took = ((run.finished_at or page.now) - run.started_at).total_seconds()
        tone = "bad" if run.status is RunStatus.FAILED else "idle"
        seconds.append(charts.Column(title=f"{at}: {duration(took)}, {run.status.shown}", parts=((took, tone),)))
    number = plural(len(sent), "run")
    most, longest = max(one.value for one in sent), max(one.value for one in seconds)
    first = moment(found.runs[-1][0].started_at, page.zone)
    last = moment(found.runs[0][0].started_at, page.zone)
    left, right = st.columns([3, 2])
    with left:
        cards.heading(run_texts.CHART_SENT)
        said = run_texts.CHART_WORDS.format(runs=number, most=f"{most:,.0f}")
        st.html(charts.plot(sent, words=said, first=first, last=last) + charts.legend(run_texts.CHART_KEY))
    with right:
        cards.heading(run_texts.CHART_SECONDS)
        said = run_texts.CHART_SECONDS_WORDS.format(runs=number, most=duration(longest))
        st.html(charts.plot(seconds, words=said, first=first, last=last))
        cards.quiet(f"The longest took {duration(longest)}.")


def table(found: RunsPage, page: Page) -> None:
    """The runs; a row leads to its run, with the mouse and with Tab and Enter."""
    counts = found.equations()
    cards.table(
        run_table.RUN_COLUMNS,
        [run_table.run_cells(run, counts[run.run_id], page.zone, page.now) for run, _ in found.runs],
        right=(*run_table.RUN_COUNTS, "Duration"),
        what={"Run": run_texts.RUN_HELP, "Started": run_texts.STARTED_HELP.format(zone=page.zone_name)},
        kind="cs-rows cs-runs",
    )


def under_way(found: RunsPage, page: Page) -> None:
    """How far the run in progress is, kept up to date; nothing when none of those shown is."""
    for run, _ in found.runs:
        if run.finished_at is None:
            _follow(page, run.run_id)
            return


@st.fragment(run_every=LIVE_SECONDS)
def _follow(page: Page, run_id: str) -> None:
    """When the run has ended, the whole page is drawn once more."""
    with boundary("the run in progress"):
        run = run_story(page.view, run_id).run
        if run.finished_at is not None:
            st.rerun()
        said, share = status_blocks.progress_of(None if run.step is None else run.step.value, run.progress)
        with st.container(border=True, key="card-under-way"):
            cards.tile(said, cards.progress(share), word=True)
            st.page_link(links.RUN, label=texts.WATCH_RUN, query_params={"run": run_id})


def none_yet(page: Page) -> None:
    """Before the first run: when it comes, or how to have it."""
    at = next_window(page.view).at
    if at is None:
        cards.empty(texts.NO_RUNS, texts.NO_PRODUCTS_SYNCED_NEXT)
    else:
        begins = run_texts.FIRST_AT.format(at=moment(at, page.zone, now=page.now), within=ago(at, page.now))
        cards.empty(texts.NO_RUNS, begins)
    st.code(texts.SYNC_COMMAND, language=None)


def to_come(page: Page) -> None:
    """What was asked for and no run has begun for; nothing when there is none."""
    found = runs_to_come(page.view, limit=PAGE_SIZE)
    if not found:
        return
    cards.heading(run_texts.TO_COME, note=run_texts.TO_COME_NOTE)
    cards.table(run_table.TO_COME_COLUMNS, run_table.to_come_cells(found, page.zone, page.now), kind="cs-runs")


def pages(found: RunsPage) -> None:
    """Where the page is in the whole, and the way to the others."""
    place, others = st.columns([1, 2], vertical_alignment="center")
    with place:
        first = offset() + 1
        total = plural(found.total, "run")
        cards.quiet(run_texts.ON_PAGE.format(first=f"{first:,}", last=f"{first + len(found.runs) - 1:,}", total=total))
    with others, st.container(horizontal=True, horizontal_alignment="right"):
        number = max(1, -(-found.total // PAGE_SIZE))
        st.pagination(number, key="page", on_change=_changed, args=("page",))
