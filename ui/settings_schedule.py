"""The schedule on the Settings page: the next windows, and who paused it and why."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from syncengine.access import actions
from syncengine.engine.windows import grid_every
from syncengine.errors import SettingsError
from syncengine.inspection.requests import NextWindow, next_window
from ui import cards, resync, settings_sections, texts
from ui.bootstrap import Page
from ui.escape import esc
from ui.formats import ago, moment, plural

_WINDOWS_SHOWN = 4
_PLACE = "schedule"


def schedule(page: Page) -> None:
    """When the engine syncs by itself; pause and resume."""
    resync.tell_what_was_said(_PLACE)
    window = next_window(page.view)
    if not window.engine_runs:
        cards.note("!", texts.SCHEDULE_NO_ENGINE, tone="warn")
        st.code(texts.ENGINE_COMMAND, language=None)
    _windows(page, window)
    _pause(page, window)
    settings_sections.values(page.settings, "schedule")


def _windows(page: Page, window: NextWindow) -> None:
    chosen = page.settings.schedule
    pairs = [(texts.EVERY, esc(f"every {plural(chosen.every_minutes, 'minute')}"))]
    if window.at is not None:
        grid = grid_every(chosen, chosen.every_minutes)
        later = [window.at]
        while len(later) < _WINDOWS_SHOWN:
            later.append(grid.next_after(later[-1]))
        pairs.append((texts.NEXT_WINDOW, esc(f"{_clock(page, later[0])}, {ago(later[0], page.now)}")))
        pairs.append((texts.NEXT_WINDOWS, esc(" · ".join(_clock(page, at) for at in later[1:]))))
    elif window.pause is not None:
        pairs.append((texts.NEXT_WINDOW, cards.badge(texts.PAUSED_SCHEDULE, "warn", "‖")))
    cards.facts(pairs)


def _clock(page: Page, at: datetime) -> str:
    return moment(at, page.zone, now=page.now)


def _pause(page: Page, window: NextWindow) -> None:
    words = texts.RESUME_NEXT if window.pause is not None else ""
    if not page.user.may("operate"):
        words = texts.ONLY_OPERATORS
    if window.pause is not None:
        pause = window.pause
        text = texts.PAUSED_BY.format(by=pause.by, when=ago(pause.at, page.now), reason=pause.reason.rstrip("."))
        cards.note("‖", text, tone="warn")
        st.button(
            texts.RESUME,
            icon=":material/play_arrow:",
            type="primary",
            disabled=not page.user.may("operate"),
            help=words,
            key="resume-schedule",
            on_click=_resume,
            args=(page,),
        )
        return
    with (
        st.popover(texts.PAUSE, icon=":material/pause:", disabled=not page.user.may("operate"), help=words),
        st.form("pause-schedule", border=False),
    ):
        st.text_input(texts.PAUSE_REASON, key="pause-reason", max_chars=300, placeholder=texts.PAUSE_REASON_HINT)
        st.form_submit_button(texts.PAUSE_DO, type="primary", key="pause-do", on_click=_do_pause, args=(page,))


def _do_pause(page: Page) -> None:
    with resync.keeping_errors(_PLACE):
        reason = (st.session_state.get("pause-reason") or "").strip()
        if not reason:
            raise SettingsError(texts.PAUSE_NEEDS_REASON, hint="")
        actions.pause_schedule(page.view.control, reason=reason, user=resync.asking(page))


def _resume(page: Page) -> None:
    with resync.keeping_errors(_PLACE):
        actions.resume_schedule(page.view.control, user=resync.asking(page))
