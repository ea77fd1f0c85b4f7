"""The two troubles that people come to the Status page with: Sync not running, and Sync failed."""

from __future__ import annotations

import streamlit as st

from syncengine.control.runs import Run
from syncengine.inspection.pulse import Heart, Pulse
from syncengine.inspection.runs import ErrorGroup, run_errors
from ui import cards, links, run_table, texts
from ui.bootstrap import Page, boundary, card
from ui.escape import bdi, esc
from ui.formats import NONE, ago, moment, plural

SHOWN_CAUSES = 5


def not_running(now: Pulse, page: Page, last_failed: Run | None) -> None:
    """Sync not running: the four things to look at, and the command that starts the engine."""
    with card("not-running", "the engine"):
        engine = now.engine
        why = texts.NOT_RUNNING_WHY[now.heart.value]
        ended_at = moment(engine.heartbeat_at, page.zone, now=page.now)
        if now.heart is Heart.STOPPED and engine.kind == "command":
            why = texts.COMMAND_ENDED_WHY.format(at=ended_at)
        elif now.heart is Heart.STOPPED and engine.ended:
            why = texts.ENDED_WHY.format(how=engine.ended, at=ended_at)
        cards.heading(texts.ENGINE_STOPPED, note=why)
        holder = NONE
        if engine.pid is not None:
            since = moment(engine.started_at, page.zone, now=page.now)
            word = texts.HOLDER if engine.running else texts.HOLDER_GONE
            holder = word.format(kind=engine.kind or "process", pid=engine.pid, host=engine.host, since=since)
        error = NONE
        if last_failed is not None:
            error = f"{last_failed.error_code} at {moment(last_failed.started_at, page.zone, now=page.now)}, see above"
        beat = NONE
        if engine.heartbeat_at is not None:
            beat = f"{ago(engine.heartbeat_at, page.now)} ({moment(engine.heartbeat_at, page.zone, now=page.now)})"
        cards.facts(
            [
                (texts.HEARTBEAT, esc(beat)),
                (texts.NEXT_WINDOW, esc(_next_window(now, page))),
                (texts.LOCK_HOLDER, bdi(holder)),
                (texts.LAST_ERROR, bdi(error)),
            ]
        )
        cards.quiet(texts.START_ENGINE if now.heart is not Heart.SILENT else texts.RESTART_ENGINE)
        st.code(texts.ENGINE_COMMAND, language=None)


def _next_window(now: Pulse, page: Page) -> str:
    schedule = page.settings.schedule
    plan = texts.SCHEDULE.format(every=plural(schedule.every_minutes, "minute"), at=f"{schedule.at_minute:02}")
    if now.next_sync_at is not None:
        return f"{moment(now.next_sync_at, page.zone, now=page.now)}; {plan}"
    return texts.NO_WINDOW.format(plan=plan)


def failed(run: Run, page: Page) -> None:
    """Sync failed: the cause, its groups with samples, and what to hand to support."""
    with card("failed", "what failed"):
        held = bool(run.details.get("held"))
        cards.heading(texts.SYNC_HELD if held else texts.SYNC_FAILED)
        said = (run.error_message or texts.NO_REASON).removeprefix(f"{texts.HELD_TITLE}: ")
        cards.problem(said, hint=run.error_hint or "", support=run.error_code or "")
        with boundary("the causes"):
            causes(run_errors(page.view, run.run_id)[:SHOWN_CAUSES])
        words = texts.REVIEW_HELD if held else texts.SEE_RUN
        with st.container(horizontal=True):
            st.page_link(links.RUN, label=words, icon=":material/arrow_forward:", query_params={"run": run.run_id})


def causes(groups: tuple[ErrorGroup, ...]) -> None:
    """Causes with how many items each concerns and some of them; nothing when no item was refused."""
    if groups:
        cards.table(texts.CAUSE_COLUMNS, run_table.error_cells(groups), right=("Items", "HTTP"), label=texts.CAUSES)
