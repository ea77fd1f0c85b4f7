"""Held for review on the Settings page: removals that a guard keeps back, some of them, and the decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any

import streamlit as st

from syncengine.access import actions
from syncengine.inspection.customer_groups import with_groups
from syncengine.inspection.held_for_review import HeldFeed, held_feeds, held_sample
from ui import cards, links, resync, texts
from ui.bootstrap import Page, boundary, card
from ui.escape import bdi, esc
from ui.formats import NONE, count, moment
from ui.link_table import Column, Row, link_table, whole

_SAMPLES = 100
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
    names = [name for name in found.columns if name not in ("feed_id", "exported_at", "items")]
    link_table(
        [*(Column(heading=_heading(name), kind="cs-long") for name in names), Column(heading="Last Exported")],
        [_item(feed.feed, row, names, page.zone) for row in found.sort(names[:2]).iter_rows(named=True)],
        label=texts.HELD_WHICH,
        kind="cs-few",
    )
    if items > found.height:
        with st.container(horizontal=True, vertical_alignment="center"):
            cards.quiet(f"{count(found.height)} of {count(items)} are shown.")
            # younger ones, too: they are not waiting for the next sync
            asked = {"kind": "only_exported", "feed": feed.feed, "ages": "all"}
            st.page_link(links.DISCREPANCIES, label=texts.HELD_ALL, query_params=asked)


def _heading(name: str) -> str:
    return "SKU" if name == "sku" else name.replace("_", " ").capitalize()


def _item(feed: str, row: Mapping[str, Any], names: Sequence[str], where: tzinfo) -> Row:
    """An item that would be removed, by what names it, with when it was exported last."""
    cells = [whole(with_groups(row[name] or NONE)) for name in names]
    return Row(
        cells=[*cells, esc(moment(row["exported_at"], where))],
        address=links.item_address(feed, row["feed_id"], row.get("sku") or row.get("product_sku")),
    )


def _decision(page: Page, run_id: str, question: str, words: str, kind: str) -> None:
    st.html(f'<p class="cs-line">{esc(question)}</p>')
    st.button(words, type="primary", key=f"{kind}-{run_id}", on_click=_decide, args=(page, run_id, kind))


def _decide(page: Page, run_id: str, kind: str) -> None:
    with resync.keeping_errors(_PLACE):
        decide = actions.approve_run if kind == "approve" else actions.refuse_run
        decide(page.view.control, run_id, user=resync.asking(page))
