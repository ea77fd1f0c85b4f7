"""Taking away a whole list as a file: CSV in which no cell is a formula, Parquet, or JSON.

The browser asks the API's download route, which asks who it is like every route (ui/api_guard.py) and writes the file
while it is sent: the page only links there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import streamlit as st

from ui import cards
from ui import item_texts as texts

Parameters = Mapping[str, str | Sequence[str] | None]


def download_menu(*, route: str, parameters: Parameters, note: str, key: str, words: str = texts.DOWNLOAD) -> None:
    """A link per format to `route` below /api/download."""
    popover = st.popover(words, icon=":material/download:", key=f"download-{key}", on_change="rerun")
    if not popover.open:
        return
    with popover:
        cards.quiet(note)
        with st.container(horizontal=True):
            for kind, name in texts.FORMATS.items():
                st.link_button(name, route_address(route, parameters, kind), icon=":material/download:")


def route_address(route: str, parameters: Parameters, kind: str) -> str:
    """The address of a download: only parameters that say something."""
    given = {name: value for name, value in parameters.items() if value}
    return f"/api/download/{route}?{urlencode({'format': kind, **given}, doseq=True)}"
