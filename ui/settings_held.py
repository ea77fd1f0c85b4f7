"""Held for review on the Settings page: removals that a guard keeps back, some of them, and the decision."""

from __future__ import annotations

from datetime import tzinfo

import polars as pl
import streamlit as st

from syncengine.access import actions
from syncengine.inspection.held_for_review import HeldFeed, held_feeds, held_sample
from ui import cards, links, resync, texts
from ui.bootstrap import Page, boundary, card
from ui.escape import bdi, esc
from ui.formats import count, moment

_SAMPLES, _ROWS_SHOWN, _ROW_HEIGHT = 100, 8, 34


_PLACE = "held"


def review(page: Page, run_id: str | None = None) -> None:
    """One card with everything that waits for a decision, or with what waits in one run; nothing when nothing does."""
    with boundary("what is held for review"):
        held = [feed for feed in held_feeds(page.view) if run_id in (None, feed.run_id)]
        if not held:
            return
        with card("held", "what is held for review"):
            cards.heading(texts.HELD_TITLE, note=texts.HELD_NOTE)
            resync.tell_what_was_said(_PLACE)
            for one in dict.fromkeys(feed.run_id for feed in held):
                _run(page, one, [feed for feed in held if feed.run_id == one], is_here=one == run_id)


def _run(page: Page, run_id: str, feeds: list[HeldFeed], *, is_here: bool) -> None:
    when = esc(moment(feeds[0].held_at, page.zone, now=page.now))
    if not is_here:
        st.html(f'<p class="cs-line">Run {cards.mono(run_id)}, {when}</p>')
    for feed in feeds:
        _feed(page, feed)
    if all(feed.approved for feed in feeds):
        cards.note("✓", texts.HELD_APPROVED, tone="ok")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        words = "" if page.user.may("operate") else texts.ONLY_OPERATORS
        with st.popover(texts.APPROVE, icon=":material/check:", disabled=bool(words), help=words):
            _decision(page, run_id, texts.APPROVE_ASK, texts.APPROVE_DO, "approve")
        with st.popover(texts.REFUSE, icon=":material/block:", disabled=bool(words), help=words):
            _decision(page, run_id, texts.REFUSE_ASK, texts.REFUSE_DO, "refuse")
        if not is_here:
            st.page_link(links.RUN, label=texts.SEE_RUN, query_params={"run": run_id})


def _feed(page: Page, feed: HeldFeed) -> None:
    share = f"{feed.percent} %"
    st.html(
        f"<p><strong>{bdi(feed.feed)}</strong> → {bdi(feed.destination_name)}: "
        f"{count(feed.removed)} of {count(feed.exported)} items ({esc(share)}) would be removed.</p>"
    )
    names = texts.HELD_WHICH
    with st.expander(names, key=f"held-{feed.feed}-{feed.destination}", on_change="rerun") as opened:
        if opened.open:
            _sample(page, feed)


def _sample(page: Page, feed: HeldFeed) -> None:
    found = held_sample(page.view, feed.feed, feed.destination, samples=_SAMPLES)
    if not found.height:
        cards.quiet(texts.HELD_BACK_AGAIN)
        return
    items = int(found["items"][0])
    shown = _sample_rows(found, page.zone)
    st.dataframe(
        shown,
        hide_index=True,
        row_height=_ROW_HEIGHT,
        height="content" if shown.height <= _ROWS_SHOWN else (_ROWS_SHOWN + 1) * _ROW_HEIGHT + 3,
        alt=texts.HELD_WHICH,
    )
    if items > shown.height:
        with st.container(horizontal=True, vertical_alignment="center"):
            cards.quiet(f"{count(shown.height)} of {count(items)} are shown.")
            # younger ones, too: they are not waiting for the next sync
            asked = {"kind": "only_exported", "feed": feed.feed, "ages": "all"}
            st.page_link(links.DISCREPANCIES, label=texts.HELD_ALL, query_params=asked)


def _sample_rows(found: pl.DataFrame, where: tzinfo) -> pl.DataFrame:
    """The sample as it is drawn, in the order of what names its items."""
    names = {column: "SKU" if column == "sku" else column.replace("_", " ").capitalize() for column in found.columns}
    times = [moment(at, where) for at in found["exported_at"]]
    shown = found.with_columns(pl.Series("exported_at", times)).drop("items").sort(found.columns[:2])
    return shown.rename({**{name: names[name] for name in shown.columns}, "exported_at": "Last Exported"})


def _decision(page: Page, run_id: str, question: str, words: str, kind: str) -> None:
    st.html(f'<p class="cs-line">{esc(question)}</p>')
    st.button(words, type="primary", key=f"{kind}-{run_id}", on_click=_decide, args=(page, run_id, kind))


def _decide(page: Page, run_id: str, kind: str) -> None:
    with resync.keeping_errors(_PLACE):
        decide = actions.approve_run if kind == "approve" else actions.refuse_run
        decide(page.view.control, run_id, user=resync.asking(page))
