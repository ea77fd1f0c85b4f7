"""The schedule on the Settings page: the next windows, and who paused it and why."""

from __future__ import annotations

import streamlit as st

from syncengine.inspection.requests import next_window
from ui import cards, settings_sections, texts
from ui.bootstrap import Page
from ui.escape import esc
from ui.formats import ago, moment


def schedule(page: Page) -> None:
    """When the engine syncs by itself."""
    window = next_window(page.view)
    if window.at is not None:
        at = f"{moment(window.at, page.zone, now=page.now)}, {ago(window.at, page.now)}"
        cards.facts([(texts.NEXT_WINDOW, esc(at))])
    elif not window.engine_runs:
        cards.note("!", texts.SCHEDULE_NO_ENGINE, tone="warn")
        st.code(texts.ENGINE_COMMAND, language=None)
    settings_sections.values(page.settings, "schedule")
