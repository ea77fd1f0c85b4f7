"""The blocks of one run's page: its head, its steps, its counts, its causes and its items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from urllib.parse import quote

import polars as pl
import streamlit as st

from syncengine.control.feed_runs import FeedRun
from syncengine.control.runs import Run, RunStatus
from syncengine.inspection.requests import requests_served
from syncengine.inspection.run_charts import field_changes
from syncengine.inspection.run_items import RunItemsQuery, run_item_counts, run_items
from syncengine.inspection.run_story import RunStory, StepStory
from syncengine.inspection.runs import ErrorGroup, run_shape
from syncengine.inspection.status import equation_of
from ui import cards, charts, links, run_item_table, run_table, run_texts, status_blocks, texts, troubles, url_state
from ui.bootstrap import Page, card
from ui.downloads import download_menu
from ui.escape import bdi, esc
from ui.formats import NONE, count, duration, moment, plural, size_words
from ui.link_table import link_table

ITEMS_SHOWN = 50
FIELDS_SHOWN = 15


def head(story: RunStory, page: Page) -> None:
    """The run's name, how it ended, and its facts."""
    run = story.run
    title = esc(run_texts.NOTHING_WAS_SENT) if run.dry_run else bdi(run.run_id)
    below = f'<p class="cs-sub">{cards.mono(run.run_id)}</p>' if run.dry_run else ""
    side = cards.run_badge(run.status.shown)
    rejected = sum(one.rejected for one in story.feed_runs)
    if rejected and run.status is RunStatus.SUCCESS:
        side += cards.badge(run_texts.ATTENTION.format(items=plural(rejected, "item")), "warn", "!")
    st.html(f'<div class="cs-head"><div><h1>{title}</h1>{below}</div><div class="cs-strip">{side}</div></div>')
    if run.dry_run:
        cards.quiet(run_texts.DRY_RUN_NOTE)
    asked = requests_served(page.view, run.run_id) if run.trigger == "resync" else ()
    with st.container(border=True, key="card-facts"):
        cards.facts(
            [
                ("Started", esc(moment(run.started_at, page.zone))),
                ("Ended", esc(moment(run.finished_at, page.zone) if run.finished_at else NONE)),
                ("Duration", esc(duration(story.seconds))),
                ("Trigger", esc(texts.TRIGGERS.get(run.trigger, run.trigger))),
                ("By", bdi(run.requested_by)),
                ("Mode", esc(run_table.mode_words(run.mode, dry_run=run.dry_run))),
                ("Feeds", esc(plural(len(run.feeds), "feed"))),
                ("Products updated", esc(NONE if run.products_updated is None else f"{run.products_updated:,}")),
            ]
        )
        for row in asked:
            said = run_texts.SERVES.format(what=row.what, by=row.requested_by, at=moment(row.requested_at, page.zone))
            cards.quiet(said)


def error(run: Run) -> None:
    """Why it did not end well, what to do, and what the guards remarked."""
    if run.error_code is not None:
        said, hint = run.error_message or texts.NO_REASON, run.error_hint or ""
        if run.status is RunStatus.CANCELLED:
            cards.note("–", f"{said} {hint}", tone="idle")
        elif run.status is RunStatus.HELD:
            cards.note("!", f"{said} {run_texts.HELD_BELOW}", tone="warn")
        else:
            hint = run_texts.CAUSES_BELOW if run.error_code == "CS4102" else hint
            cards.problem(said, hint=hint, support=run.error_code)
    warnings = run.details.get("warnings") or []
    for warning in warnings:
        text = warning.get("message") or warning.get("text") if isinstance(warning, Mapping) else str(warning)
        if text:
            cards.note("!", text, tone="warn")


def steps(story: RunStory) -> None:
    """The seven steps in order, each with its time and what it counted; only the one that failed is red."""
    cards.heading(run_texts.STEPS)
    failed = any(step.state == "failed" for step in story.steps)
    items = "".join(_step(step, failed=failed) for step in story.steps)
    st.html(f'<ol class="cs-run-steps">{items}</ol>')


def _step(step: StepStory, *, failed: bool) -> str:
    mark, tone, state = run_texts.STEP_STATES[step.state]
    if failed and step.state == "left_out" and step.started_at is None:
        state = run_texts.FAILED_LEFT_OUT
    took = "" if step.seconds is None else duration(step.seconds)
    return (
        f'<li class="cs-t-{esc(tone)}"><i aria-hidden="true">{esc(mark)}</i><b>{esc(step.step.capitalize())}</b>'
        f"<span>{esc(state)}</span><em>{esc(took)}</em><small>{bdi(step.counts)}</small></li>"
    )


def progress(run: Run) -> None:
    """How far a run in progress is."""
    if run.status is RunStatus.IN_PROGRESS:
        said, share = status_blocks.progress_of(None if run.step is None else run.step.value, run.progress)
        cards.tile(said, cards.progress(share), [esc(run_texts.LIVE_NOTE)], word=True)


def numbers(story: RunStory, page: Page) -> None:
    """The equation over all feeds, and its parts by feed and destination."""
    cards.heading(run_texts.NUMBERS, note=texts.NUMBERS_HELP)
    if not story.feed_runs:
        cards.quiet(run_texts.NUMBERS_NONE)
        return
    status_blocks.numbers(equation_of(story.run.run_id, list(story.feed_runs)), dry_run=story.run.dry_run)
    shape = run_shape(story.run, story.feed_runs, page.settings)
    headings = run_table.feed_headings(shape)
    cards.table(
        headings,
        run_table.feed_cells(shape, run_texts.TABS, partial(_address, story.run.run_id)),
        right=[name for name in headings if name not in ("Feed", "Destination", "Status")],
        kind="cs-rows cs-runs",
        label=run_texts.BY_FEED,
    )


def _address(run_id: str, **query: str) -> str:
    """The run's page with a list of its items in sight, all or those of a feed."""
    return f"{links.address('run', run=run_id, **query)}{links.ITEMS_OF_RUN}"


def cost(story: RunStory, page: Page) -> None:
    """What a dry run says that a sync would send: requests and bytes, feed by feed."""
    volumes = story.run.details.get("volumes") or []
    if story.run.dry_run and volumes:
        cards.quiet(run_texts.COST)
        several = len({one["destination"] for one in volumes}) > 1
        rows = [
            [
                esc(one["feed"]),
                *([bdi(page.view.destinations.get(one["destination"], one["destination"]))] if several else []),
                count(one["items"]),
                count(one["requests"]),
                esc(size_words(one["bytes"])),
            ]
            for one in volumes
        ]
        headings = [name for name in run_texts.COST_COLUMNS if several or name != "Destination"]
        cards.table(headings, rows, numbers=3, label=run_texts.COST)


def causes(groups: tuple[ErrorGroup, ...], story: RunStory, page: Page) -> None:
    """What was refused, by cause, with samples and all of it as a file."""
    cards.heading(run_texts.ERRORS)
    if not groups:
        cards.quiet(run_texts.ERRORS_NONE)
        return
    troubles.causes(groups)
    if any(group.outcome != "set_aside" for group in groups):
        download(story.run.run_id, "rejected", run_texts.ERRORS_FILE)


def fields(story: RunStory, page: Page) -> None:
    """In how many changed items each field differed."""
    found = field_changes(page.view, story.run.run_id)
    if found.is_empty():
        return
    with card("fields", "the changed fields"):
        _field_lines(found)


def _field_lines(found: pl.DataFrame) -> None:
    cards.heading(run_texts.FIELDS)
    several = found["feed"].n_unique() > 1
    rows = [
        (f"{row['feed']}: {row['field']}" if several else row["field"], row["items"], plural(row["items"], "item"))
        for row in found.head(FIELDS_SHOWN).iter_rows(named=True)
    ]
    st.html(charts.lines(rows, words=run_texts.FIELDS_WORDS))


def items(story: RunStory, page: Page) -> None:
    """The items of the run by what became of them, all or those of a feed, page by page; a row leads to its item."""
    cards.heading(run_texts.ITEMS)
    feed = st.query_params.get("feed")
    asked = RunItemsQuery(run_id=story.run.run_id, feed=feed if feed in story.run.feeds else None, limit=ITEMS_SHOWN)
    counts = run_item_counts(page.view, asked)
    offered = [kind for kind in run_texts.TABS if counts[kind] or kind in ("added", "changed", "removed", "rejected")]
    first = next((kind for kind in ("rejected", *offered) if counts[kind]), offered[0])
    url_state.follow_url("items", allowed=offered, default=first)
    url_state.follow_url("page", default=1, read=_page_number)
    kind = st.segmented_control(
        run_texts.ITEMS,
        offered,
        key="items",
        default=first,
        required=True,
        format_func=lambda name: f"{run_texts.TABS[name]} · {counts[name]:,}",
        label_visibility="collapsed",
        on_change=_other_items,
    )
    kind = kind if kind in offered else first
    if asked.feed is not None:
        below = cards.link(_address(asked.run_id, items=kind), run_texts.ITEMS_OF_ALL)
        st.html(f'<p class="cs-quiet">{esc(run_texts.ITEMS_OF_FEED.format(feed=asked.feed))} {below}</p>')
    place = max(1, min(int(st.session_state.get("page") or 1), -(-counts[kind] // ITEMS_SHOWN) or 1))
    _items_table(page, replace(asked, which=kind, offset=(place - 1) * ITEMS_SHOWN))


def _items_table(page: Page, query: RunItemsQuery) -> None:
    found = run_items(page.view, query)
    if found.rows.is_empty():
        cards.quiet(run_texts.ITEMS_NONE)
        return
    columns = run_item_table.columns(query.which, several=len(page.view.destinations) > 1)
    link_table(
        columns,
        run_item_table.item_rows(found.rows, columns),
        link=[column.heading for column in columns].index(run_item_table.LINK),
        label=f"{run_texts.TABS[query.which]}: {plural(found.total, 'item')}",
    )
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        download(query.run_id, query.which, run_texts.ITEMS_FILE, feed=query.feed)
        if found.total > ITEMS_SHOWN:
            number = -(-found.total // ITEMS_SHOWN)
            st.pagination(number, key="page", on_change=url_state.write_url, args=("page",), kwargs={"default": 1})


def _page_number(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 1_000_000:
        raise ValueError(text)
    return number


def _other_items() -> None:
    url_state.write_url("items")
    st.session_state["page"] = 1
    url_state.write_url("page", default=1)


def download(run_id: str, kind: str, words: str, *, feed: str | None = None) -> None:
    """A list of the run as a file that no spreadsheet runs as formulas."""
    download_menu(
        route=f"runs/{quote(run_id, safe='')}/items",
        parameters={"list": kind, "feed": feed},
        note=run_texts.DOWNLOAD_NOTE,
        key=f"{kind}-{len(words)}",
        words=words,
    )


def sent_something(feed_runs: tuple[FeedRun, ...]) -> bool:
    """Whether any item was sent, so that there are lists to look at."""
    return any(item.sent for item in feed_runs)
