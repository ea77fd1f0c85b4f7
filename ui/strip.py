"""The strip at the top of every page: scope, last sync, how old the page is, the engine's sign of life, notes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import streamlit as st

from syncengine.control.schedule_pause import SchedulePause
from syncengine.errors import CatalogSyncError
from syncengine.inspection.pulse import Freshness, Heart, Pulse, is_not_running, pulse
from syncengine.inspection.scopes import Scope, store_scopes
from ui import cards, scope, status_texts, texts
from ui.escape import esc
from ui.formats import ago

if TYPE_CHECKING:
    from ui.bootstrap import Page

EVERY_SECONDS = 10
_DRAWN, _SEEN = "page drawn at", "publication drawn"

HEARTS: dict[Heart, tuple[str, str]] = {
    Heart.NEVER: (texts.ENGINE_STOPPED, "idle"),
    Heart.RUNNING: (texts.ENGINE_RUNS, "ok"),
    Heart.SYNCING: (texts.ENGINE_SYNCING, "busy"),
    Heart.COMMAND: (texts.ENGINE_COMMAND_SYNCS, "busy"),
    Heart.SILENT: (texts.ENGINE_SILENT, "bad"),
    Heart.STOPPED: (texts.ENGINE_STOPPED, "warn"),
}


def top_strip(page: Page) -> None:
    """Draw the strip; it follows the engine by itself, whatever the page below is busy with."""
    mark_drawn()
    with st.container(key="strip", horizontal=True, vertical_alignment="center", gap="small"):
        try:
            scopes: tuple[Scope, ...] = store_scopes(page.view)
        except CatalogSyncError:
            scopes = ()  # the cards below tell what is wrong with the lake
        if scope.is_offered(scopes):
            scope.begin(scopes)
            with st.container(key="strip-scope", width=260):
                scope.choice(scopes)
        asked = _asked(page)
        _live(page, [asked])
    if isinstance(asked, Pulse):
        _pause_note(page, asked.pause)


def _asked(page: Page) -> Pulse | CatalogSyncError:
    try:
        return pulse(page.view)
    except CatalogSyncError as error:
        return error


def _pause_note(page: Page, pause: SchedulePause | None) -> None:
    """Who paused the schedule, and why."""
    if pause is not None:
        said = texts.PAUSED_NOTE.format(by=pause.by, when=ago(pause.at, page.now), reason=pause.reason)
        cards.note(texts.PAUSED, said, tone="warn")


def mark_drawn() -> None:
    """What the page shows is of this moment: for fragments that draw it again by themselves."""
    st.session_state[_DRAWN] = time.time()
    st.session_state.pop(_SEEN, None)


@st.fragment(run_every=EVERY_SECONDS)
def _live(page: Page, asked: list[Pulse | CatalogSyncError]) -> None:
    """`asked`: what the page asked a moment ago; the fragment asks by itself when it runs again."""
    now = asked.pop() if asked else _asked(page)
    if isinstance(now, CatalogSyncError):
        st.html(f'<div class="cs-strip">{cards.badge(f"{texts.NO_PULSE} ({now.code})", "bad", "!")}</div>')
        return
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", gap="small"):
        shown = "".join(f"<span>{part}</span>" for part in parts(now, page))
        st.html(f'<div class="cs-strip">{shown}</div>')
        if now.pause is not None:
            st.html(f'<div class="cs-strip">{cards.badge(texts.PAUSED, "warn", "‖")}</div>')
        if now.publication != st.session_state.setdefault(_SEEN, now.publication) and st.button(
            texts.NEWER_DATA, key="newer", icon=":material/refresh:", type="tertiary"
        ):
            st.rerun()


def parts(now: Pulse, page: Page) -> list[str]:
    """The words of the strip, as HTML."""
    last = now.last_sync
    status = texts.NO_SYNC_YET if last is None else last.status
    badge = cards.badge(status, "idle", "○") if last is None else cards.run_badge(status)
    when = "" if last is None or last.at is None else f" {cards.when(last.at, page.now, page.zone)}"
    if when and status == "In Progress":  # the documented time is that of the last success
        when = f", {esc(status_texts.SUCCEEDED)}{when}"
    word, tone, seen = _engine(now, page)
    drawn = max(0.0, time.time() - st.session_state.get(_DRAWN, time.time()))
    age = texts.UPDATED_NOW if drawn < 3 else texts.UPDATED_AGO.format(age=span(drawn))
    return [
        f"{esc(texts.LAST_SYNC)} {badge}{when}",
        f'<span class="cs-dot cs-t-{tone}">{esc(word)}{esc(seen)}</span>',
        *([cards.badge(*status_texts.DELAYED)] if now.freshness is Freshness.DELAYED else []),
        esc(age),
    ]


def _engine(now: Pulse, page: Page) -> tuple[str, str, str]:
    """The engine in a word and its tone, and since when."""
    word, tone = HEARTS[now.heart]
    if now.heart is Heart.RUNNING and is_not_running(now):
        return status_texts.ENGINE_OVERDUE.format(age=ago(now.succeeded_at, page.now)), "bad", ""
    if now.heart in (Heart.SILENT, Heart.RUNNING):
        return word, tone, f", seen {ago(now.engine.heartbeat_at, page.now)}"
    if now.heart is Heart.STOPPED and now.engine.kind == "engine" and now.engine.ended:
        return word, tone, texts.STOPPED_SINCE.format(when=ago(now.engine.heartbeat_at, page.now))
    return word, tone, ""


def span(seconds: float) -> str:
    """`14 s`, `3 min`, `2 h`."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.0f} h"
