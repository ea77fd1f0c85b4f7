"""The four answers that people look for first on the Status page."""

from __future__ import annotations

from typing import Any

import streamlit as st

from syncengine.inspection.pulse import Freshness, Heart, Pulse
from syncengine.inspection.run_charts import run_chart
from syncengine.inspection.status import LastSync, SyncStatus
from ui import cards, charts, links, status_texts, texts
from ui.bootstrap import Page, boundary
from ui.discrepancy_data import known_discrepancies
from ui.escape import bdi, esc
from ui.formats import count, moment, plural
from ui.status_blocks import SPARK_RUNS, progress_of
from ui.verdict import Held, first_sentence

WAITING_STATES = ["waiting", "not_exported", "retry", "unknown"]


def last_sync(last: LastSync | None, page: Page) -> None:
    """The documented rule: the word, and the time and count that belong to it."""
    if last is None:
        cards.tile(texts.LAST_SYNC, cards.badge(texts.NO_SYNC_YET, "idle", "○"), word=True)
        return
    lines, extra = _last_sync_lines(last, page)
    cards.tile(texts.LAST_SYNC, cards.run_badge(last.status), lines, extra=extra, word=True)
    if last.status == "Success":
        if last.products_updated:
            st.page_link(links.PRODUCTS, label=status_texts.SEE_UPDATED, query_params={"run": last.run_id})
        return
    words = texts.SEE_WHAT_FAILED if last.status == "Failed" else texts.WATCH_RUN
    st.page_link(links.RUN, label=words, query_params={"run": last.run_id})


def _last_sync_lines(last: LastSync, page: Page) -> tuple[list[str], str]:
    when = esc(moment(last.at, page.zone))
    if last.status == "In Progress":
        lines = ["No sync has succeeded yet." if last.at is None else f"Last successful sync: <strong>{when}</strong>"]
        words, share = progress_of(last.step, last.progress)
        return [*lines, esc(words)], cards.progress(share)
    shown = ", ".join([f"<strong>{when}</strong>", cards.when(last.at, page.now, page.zone)])
    lines = [shown]
    if last.status == "Failed":
        lines = [f"Attempted {shown}"]
        if said := first_sentence(last.reason):
            lines.append(cards.sentence(said))
        return lines, ""
    lines.append(
        f"<strong>{count(last.products_updated)}</strong> product{'' if last.products_updated == 1 else 's'} updated"
    )
    if last.rejected:
        needs = "needs" if last.rejected == 1 else "need"
        lines.append(cards.badge(f"{plural(last.rejected, 'item')} {needs} attention", "warn", "!"))
    return lines, ""


def products_synced(status: SyncStatus, page: Page, whole: SyncStatus) -> None:
    """How many products the destination holds in the scope, and what the last run did to that."""
    lines = []
    delta, last = status.delta_to_previous, status.last_sync
    if delta:
        tone = "cs-up" if delta > 0 else "cs-down"
        lines.append(f'<span class="{tone}">{delta:+,}</span> {esc(status_texts.SINCE_BEFORE)}')
    settled = last is not None and last.status == "Success" and not status.needs_attention.waiting
    if last is not None and settled and last.products_updated == 0:
        changed_at = max((feed.last_exported_at for feed in status.feeds if feed.last_exported_at), default=last.at)
        lines.append(esc(texts.NOTHING_CHANGED.format(at=moment(changed_at, page.zone, now=page.now))))
    elif not delta:
        lines.append(esc(status_texts.HELD_BY_DESTINATION))
    if whole.products_synced != status.products_synced:
        lines.append(f"{count(whole.products_synced)} in all store views")
    extra = ""
    with boundary("the last runs"):
        bars = [_spark(row, page) for row in run_chart(page.view, runs=SPARK_RUNS).iter_rows(named=True)]
        # one run takes the room of one, so that the picture fills from the right
        room = [charts.Column(title="", parts=())] * (SPARK_RUNS - len(bars))
        if bars:
            words = texts.SENT_SPARK.format(runs=plural(len(bars), "run"))
            extra = charts.columns([*room, *bars], words=words, size="spark")
    what = status_texts.PRODUCTS_SYNCED
    cards.tile(texts.PRODUCTS_SYNCED, count(status.products_synced), lines, extra=extra, what=what)
    st.page_link(links.PRODUCTS, label=status_texts.SEE_PRODUCTS)


def _spark(row: dict[str, Any], page: Page) -> charts.Column:
    title = f"{moment(row['started_at'], page.zone)}: {row['accepted']:,} accepted, {row['rejected']:,} rejected"
    return charts.Column(title=title, parts=((row["accepted"], "accent"), (row["rejected"], "bad")))


def next_sync(now: Pulse, page: Page) -> None:
    """When the next one comes by itself, and whether the data is as fresh as the schedule makes it."""
    engine = now.engine
    seen = f"Scheduler last seen {cards.when(engine.heartbeat_at, page.now, page.zone)}"
    if now.pause is not None:
        paused_when = cards.when(now.pause.at, page.now, page.zone)
        lines = [bdi(now.pause.reason), f"Paused by {bdi(now.pause.by)}, {paused_when}"]
        cards.tile(texts.NEXT_SYNC, cards.badge(texts.PAUSED, "warn", "‖"), lines, word=True)
    elif now.heart is Heart.SILENT:
        cards.tile(texts.NEXT_SYNC, cards.badge(texts.ENGINE_STOPPED, "bad", "!"), [seen], word=True)
    elif now.next_sync_at is not None:
        coming = cards.when(now.next_sync_at, page.now, page.zone)
        value = esc(moment(now.next_sync_at, page.zone, now=page.now))
        cards.tile(texts.NEXT_SYNC, value, [coming, seen, *freshness_lines(now)])
    elif engine.running and engine.kind == "command":
        lines = ["A command is syncing now. No engine is running, so no further sync is planned."]
        cards.tile(texts.NEXT_SYNC, cards.badge("Not scheduled", "idle", "○"), lines, word=True)
    elif engine.running:
        cards.tile(
            texts.NEXT_SYNC, cards.badge("After this run", "busy", "…"), [seen, *freshness_lines(now)], word=True
        )
    else:
        lines = [esc(status_texts.NOTHING_BY_ITSELF)]
        if engine.kind == "engine" and engine.heartbeat_at is not None:
            lines.append(seen)
        cards.tile(texts.NEXT_SYNC, cards.badge(texts.ENGINE_STOPPED, "warn", "!"), lines, word=True)


def freshness_lines(now: Pulse) -> list[str]:
    """On schedule, or Delayed and why; a sync that is overdue has a panel of its own, and is named like it."""
    if now.freshness is Freshness.ON_SCHEDULE:
        return [cards.badge(*status_texts.ON_SCHEDULE)]
    if now.freshness is Freshness.DELAYED:
        return [f"{cards.badge(*status_texts.DELAYED)} {esc(status_texts.DELAYED_WHY)}"]
    if now.freshness is Freshness.OVERDUE and now.heart is not Heart.SYNCING:
        return [cards.badge(texts.ENGINE_STOPPED, "bad", "!")]
    return []


def needs_attention(status: SyncStatus, page: Page, whole: SyncStatus, held: Held) -> None:
    """What stays as it is until someone acts, and what only waits, in the scope; and how much in all of them."""
    found, pending = status.needs_attention, held.items(status)
    stuck = found.rejected + found.set_aside + pending
    waiting = found.waiting - pending
    told = (
        (found.rejected, "refused by the destination"),
        (found.set_aside, "set aside: could not be compiled"),
        (pending, "held for review"),
        (found.retrying, "waiting for a retry"),
        (waiting - found.retrying, "waiting for the next sync"),
    )
    lines = [f"<strong>{count(number)}</strong> {esc(words)}" for number, words in told if number > 0]
    if not stuck:
        lines.insert(0, esc(texts.NOTHING_NEEDED) if not waiting else "Nothing is refused, set aside or held.")
    everywhere = whole.needs_attention
    in_all = everywhere.rejected + everywhere.set_aside + held.items(whole)
    if in_all != stuck:
        lines.append(f"{count(in_all)} in all store views")
    value = count(stuck) if stuck else '<span class="cs-up">0</span>'
    number = f"{value} <small>{'item' if stuck == 1 else 'items'}</small>"
    cards.tile(texts.NEEDS_ATTENTION, number, lines, what=status_texts.ATTENTION)
    if held.feeds:
        st.page_link(links.RUN, label=status_texts.REVIEW, query_params={"run": held.run_id})
    if found.rejected:
        refused = {"side": "catalog", "state": ["rejected", "dead_letter"]}
        st.page_link(links.PRODUCTS, label=status_texts.SEE_REFUSED, query_params=refused)
    elif waiting:
        st.page_link(
            links.PRODUCTS,
            label=status_texts.SEE_WAITING,
            query_params={"side": "catalog", "state": WAITING_STATES},
        )
    with boundary("the discrepancies"):
        known = known_discrepancies(page) if whole is status else None
        if known or stuck or waiting:
            words = plural(known, *status_texts.DISCREPANCIES) if known else status_texts.SEE_DISCREPANCIES
            st.page_link(links.DISCREPANCIES, label=words, help=status_texts.DISCREPANCIES_HELP)
