"""The tables of the Status page: feeds and newest runs. They are HTML, so that each number leads to what it counts,
and Tab and Enter reach all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import streamlit as st

from syncengine.control.runs import Run
from syncengine.inspection.run_charts import feed_sizes
from syncengine.inspection.status import FeedStatus, SyncStatus
from ui import cards, charts, links, run_table, status_texts, texts
from ui.bootstrap import Page, card
from ui.escape import bdi, esc
from ui.formats import NONE, count, duration, moment
from ui.scope import KEY as SCOPE
from ui.scope import feeds_by_scope
from ui.verdict import first_sentence

SIZE_RUNS = 24
_Sizes = Mapping[tuple[str, str], list[tuple[datetime, int]]]


def feeds(status: SyncStatus, page: Page, *, is_scoped: bool = False) -> None:
    """One row per feed and destination; its name leads to the runs of the feed, its numbers to their lists."""
    if is_scoped:
        cards.quiet(texts.WHOLE_FEEDS.format(feeds=", ".join(feeds_by_scope()[1])))
    several = len({feed.destination for feed in status.feeds}) > 1
    headings = [name for name in status_texts.COLUMNS if several or name != "Destination"]
    sizes: dict[tuple[str, str], list[tuple[datetime, int]]] = {}
    for row in feed_sizes(page.view, runs=SIZE_RUNS).iter_rows(named=True):
        sizes.setdefault((row["feed"], row["destination"]), []).append((row["at"], row["items"]))
    cards.table(
        headings,
        [_feed_row(feed, page, sizes, several=several) for feed in status.feeds],
        right=status_texts.COUNT_COLUMNS,
        what=status_texts.COLUMNS,
        kind="cs-rows",
    )
    with st.expander(status_texts.FEEDS_HELP, type="compact"):
        st.markdown(status_texts.FEEDS_COLUMNS)


def _feed_row(feed: FeedStatus, page: Page, sizes: _Sizes, *, several: bool) -> list[str]:
    name = feed.feed
    refused, differs = {"side": "catalog", "state": ["rejected", "dead_letter"]}, {"ages": "all"}
    return [
        cards.link(links.address("runs", feed=name), name),
        *([bdi(feed.destination_name)] if several else []),
        cards.run_badge(feed.status) if feed.status else esc(status_texts.NOT_RUN_YET),
        _number(feed.source_records, "products", feed=name, side="catalog"),
        _number(feed.sent_records, "products", feed=name),
        f'<span class="cs-failed">{_number(feed.failed_records, "products", feed=name, **refused)}</span>',
        count(feed.unchanged),
        _number(feed.waiting_records, "discrepancies", feed=name, **differs),
        esc(moment(feed.last_exported_at, page.zone)),
        esc(duration(feed.seconds or None)),
        _size(sizes.get((name, feed.destination_name), []), page),
    ]


def _number(value: int, page: str, **query: str | list[str]) -> str:
    """A count that leads to its list, in the scope that is looked at; a zero has none."""
    if not value:
        return f'<span class="cs-soft">{value}</span>'
    scope = st.query_params.get(SCOPE)
    return cards.link(links.address(page, **query, **({SCOPE: scope} if scope else {})), count(value))


def _size(found: list[tuple[datetime, int]], page: Page) -> str:
    bars = [
        charts.Column(title=f"{moment(at, page.zone)}: {items:,}", parts=((items, "accent"),)) for at, items in found
    ]
    room = [charts.Column(title="", parts=())] * (SIZE_RUNS - len(bars))
    return charts.columns([*room, *bars], words=status_texts.COLUMNS["Size"], size="spark") if bars else NONE


def newest(runs: Sequence[Run], page: Page, note: str = "") -> None:
    """The newest runs in short, and the way to all of them; when one started leads to its page."""
    with card("runs", "the run history"):
        cards.heading(texts.RECENT_RUNS, note=note)
        rows = [_run_row(run, page) for run in runs]
        cards.table(status_texts.RUN_COLUMNS, rows, right=status_texts.COUNT_COLUMNS, kind="cs-rows")
        st.page_link(links.RUNS, label=texts.ALL_RUNS, icon=":material/arrow_forward:", icon_position="right")


def _run_row(run: Run, page: Page) -> list[str]:
    took = None if run.finished_at is None else (run.finished_at - run.started_at).total_seconds()
    return [
        cards.link(links.address("run", run=run.run_id), moment(run.started_at, page.zone)),
        cards.run_badge(run.status.shown),
        esc(duration(took)),
        esc(run_table.mode_words(run.mode, dry_run=run.dry_run)),
        esc(texts.TRIGGERS.get(run.trigger, run.trigger)),
        count(run.products_updated),
        bdi(first_sentence(run.error_message).removeprefix(f"{texts.HELD_TITLE}: ").replace("`", "")),
    ]
