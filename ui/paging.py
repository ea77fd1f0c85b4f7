"""How much of a list is seen at once: the way from page to page, kept in the URL, and the height of its table."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from ui import url_state

ROW_HEIGHT, _BORDER = 34, 3
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


def height_of(rows: int, *, most: int) -> int | Literal["content"]:
    """The height of a table that shows at most so many rows at once, so that what a click opens below is in sight."""
    return "content" if rows <= most else (most + 1) * ROW_HEIGHT + _BORDER
