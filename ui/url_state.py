"""What a page shows, kept in the URL: choices by their values, texts and page numbers.

Streamlit's own `bind="query-params"` writes the label that is shown, which for us carries counts and escapes: such a
link would not open the same choice tomorrow. And whoever writes one parameter may not know of another that was bound,
and drop it. So all of a page's parameters go through here, or none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

_SEEN = "choices of the url"


def follow_url(
    key: str,
    *,
    allowed: Sequence[str] | None = None,
    default: Any = None,
    many: bool = False,
    read: Callable[[str], Any] = str,
    instead: Sequence[str] = (),
) -> None:
    """Take the choice over from the URL when the URL is new; call it before the widget of that key is drawn.

    Values that are not `allowed`, or that `read` refuses with a ValueError, are left out; with `many` the choice is a
    list. Without a value the widget's own default stands, which must be `default`: a browser that is told another one
    afterwards may answer before it has heard. `instead`: what holds where the URL does not name the key.
    """
    given = st.query_params.get_all(key) or list(instead)
    known, seen = key in st.session_state, _seen()
    if known and seen.get(key) == given:
        return
    seen[key] = given
    values = [value for text in dict.fromkeys(given) if (value := _read(text, read)) is not None]
    if allowed is not None:
        values = [value for value in values if value in allowed]
    if values or known:
        st.session_state[key] = values if many else (values[0] if values else default)


def switch(key: str, *, default: bool = False) -> dict[str, Any]:
    """What makes an `st.toggle` follow the URL, which names its position when it is not the usual one."""
    follow_url(key, default=default, read=_position)
    return {"key": key, "value": default, "on_change": write_url, "args": (key,), "kwargs": {"default": default}}


def _position(text: str) -> bool:
    if text not in ("True", "False"):
        raise ValueError(text)
    return text == "True"


def _read(text: str, read: Callable[[str], Any]) -> Any:
    try:
        return read(text)
    except ValueError:
        return None


def write_url(key: str, *, default: Any = None, then: Callable[[], None] | None = None) -> None:
    """Put the choice into the URL, or take it out when it is the default; a widget's `on_change`."""
    value = st.session_state.get(key)
    values = (
        [str(one) for one in value] if isinstance(value, list) else [] if value in (None, "", default) else [str(value)]
    )
    if values:
        st.query_params[key] = values
    elif key in st.query_params:
        del st.query_params[key]
    _seen()[key] = values
    if then is not None:
        then()


def _seen() -> dict[str, list[str]]:
    """What the URL said of each choice when it was taken over. One entry of the session: Streamlit goes through all
    entries for every widget with a key."""
    seen: dict[str, list[str]] = st.session_state.setdefault(_SEEN, {})
    return seen
