"""Taking away a whole list as a file: CSV in which no cell is a formula, Parquet, or JSON.

On a machine of one's own the browser asks the API's download route, which writes the file while it is sent. Where
people sign in, that route wants a token, so the page's session hands the file out; it is made at the press.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

import streamlit as st

from syncengine.inspection.download import MEDIA_TYPES, Download
from ui import cards
from ui import item_texts as texts
from ui.bootstrap import Page

Parameters = Mapping[str, str | Sequence[str] | None]


def download_menu(
    page: Page, *, route: str, parameters: Parameters, make: Callable[[], Download], note: str, key: str
) -> None:
    """A button per format. `route` below /api/download and its parameters say the same as `make`."""
    with st.popover(texts.DOWNLOAD, icon=":material/download:", key=f"download-{key}"):
        cards.quiet(note)
        with st.container(horizontal=True):
            for kind, words in texts.FORMATS.items():
                if page.settings.access.mode == "none":
                    st.link_button(words, route_address(route, parameters, kind), icon=":material/download:")
                else:
                    st.download_button(
                        words,
                        data=_bytes_of(make, kind),
                        file_name=f"{route.replace('/', '-')}.{kind}",
                        mime=MEDIA_TYPES[kind],
                        icon=":material/download:",
                        on_click="ignore",
                        key=f"download-{key}-{kind}",
                    )


def route_address(route: str, parameters: Parameters, kind: str) -> str:
    """The address of a download: only parameters that say something."""
    given = {name: value for name, value in parameters.items() if value}
    return f"/api/download/{route}?{urlencode({'format': kind, **given}, doseq=True)}"


def _bytes_of(make: Callable[[], Download], kind: str) -> Callable[[], bytes]:
    return lambda: b"".join(make().chunks(kind))
