"""The address of what is shown, to copy and send to somebody."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from ui import cards
from ui import item_texts as texts


def address() -> str:
    """The page's full address with everything that is chosen on it."""
    base = (st.context.url or "").split("?")[0]
    pairs = [(key, value) for key in st.query_params for value in st.query_params.get_all(key)]
    return f"{base}?{urlencode(pairs)}" if pairs else base


def copy_link(*, key: str) -> None:
    """A button that shows the address with its copy button."""
    popover = st.popover(texts.COPY_LINK, icon=":material/link:", key=f"link-{key}", on_change="rerun")
    if popover.open:
        with popover:
            cards.quiet(texts.COPY_LINK_NOTE)
            st.code(address(), language=None, wrap_lines=True)
