"""The way from page to page of a list, kept in the URL."""

from __future__ import annotations

import streamlit as st

from ui import url_state

_BUTTON, _ARROWS, _MOST = 46, 110, 9


def turn_pages(total: int, size: int) -> None:
    """One button per page, and arrows. As wide as it must be: left to itself it hides the second of two pages."""
    pages = max(1, -(-total // size))
    with st.container(horizontal=True, horizontal_alignment="right"):
        st.pagination(
            pages,
            key="page",
            width=min(pages, _MOST) * _BUTTON + _ARROWS,
            on_change=url_state.write_url,
            args=("page",),
            kwargs={"default": 1},
        )
