"""Choices kept in the URL by their values.

Streamlit's own `bind="query-params"` writes the label that is shown, which for us carries counts and escapes: such a
link would not open the same choice tomorrow. So choices with a label of their own go through here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st


def follow_url(key: str, *, allowed: Sequence[str] | None = None, default: Any = None, many: bool = False) -> None:
    """Take the choice over from the URL when the URL is new; call it before the widget of that key is drawn.

    Values that are not `allowed` are left out; with `many` the choice is a list.
    """
    given = st.query_params.get_all(key)
    if st.session_state.get(_seen(key)) == given and key in st.session_state:
        return
    values = [value for value in dict.fromkeys(given) if allowed is None or value in allowed]
    st.session_state[key] = values if many else (values[0] if values else default)
    st.session_state[_seen(key)] = given


def write_url(key: str, *, default: Any = None, then: Callable[[], None] | None = None) -> None:
    """Put the choice into the URL, or take it out when it is the default; a widget's `on_change`."""
    value = st.session_state.get(key)
    values = (
        [str(one) for one in value] if isinstance(value, list) else [] if value in (None, default) else [str(value)]
    )
    if values:
        st.query_params[key] = values
    elif key in st.query_params:
        del st.query_params[key]
    st.session_state[_seen(key)] = values
    if then is not None:
        then()


def _seen(key: str) -> str:
    return f"url of {key}"
