"""The scope that the pages look at: a store view, a website or all; chosen in the top strip, kept in the URL."""

from __future__ import annotations

import streamlit as st

from syncengine.feeds.registry import FEEDS
from syncengine.inspection.scopes import Scope, scope_columns, store_scopes
from syncengine.inspection.view import CatalogView
from ui import texts, url_state
from ui.escape import plain

KEY = "scope"
_CHOSEN = "chosen scope"
ALL = ""


def begin(scopes: tuple[Scope, ...]) -> None:
    """Take over the scope that the URL names, or carry the one chosen on an earlier page into this page's URL."""
    keys = [scope.key for scope in scopes]
    given = st.query_params.get(KEY)
    if given is None and st.session_state.get(_CHOSEN) in keys:
        # also what the select shows: Streamlit may hold its value of the page before, and lose it on the way
        st.query_params[KEY] = st.session_state[KEY] = st.session_state[_CHOSEN]
    url_state.follow_url(KEY, allowed=keys, default=ALL)
    if st.session_state.get(KEY) in keys:
        st.session_state[_CHOSEN] = st.session_state[KEY]


def choice(scopes: tuple[Scope, ...]) -> None:
    """The select of the strip; nothing where there is only one store view."""
    words = {scope.key: scope_words(scope) for scope in scopes}
    st.selectbox(
        texts.SCOPE,
        [ALL, *words],
        key=KEY,
        format_func=lambda key: words.get(key, texts.ALL_SCOPES),
        label_visibility="collapsed",
        on_change=_changed,
    )


def is_offered(scopes: tuple[Scope, ...]) -> bool:
    """Whether there is anything to choose between."""
    return sum(scope.store_view is not None for scope in scopes) > 1


def current_scope(view: CatalogView) -> Scope | None:
    """The scope that is looked at; None: all of them."""
    chosen = st.session_state.get(KEY) or st.query_params.get(KEY)
    return next((scope for scope in store_scopes(view) if scope.key == chosen), None)


def _changed() -> None:
    st.session_state[_CHOSEN] = st.session_state.get(KEY) or None
    url_state.write_url(KEY, default=ALL)


def scope_words(scope: Scope) -> str:
    """A scope as people read it."""
    if scope.store_view is None:
        return texts.SCOPE_WEBSITE.format(website=plain(scope.website))
    return texts.SCOPE_VIEW.format(store_view=plain(scope.store_view), website=plain(scope.website))


def feeds_by_scope() -> tuple[list[str], list[str]]:
    """The feeds whose items belong to a website and to no store view of it, and those that belong to neither."""
    columns = {name: scope_columns(feed) for name, feed in FEEDS.items()}
    of_website = [name for name, own in columns.items() if own["store_view"] == "NULL" != own["website"]]
    of_none = [name for name, own in columns.items() if own["store_view"] == own["website"] == "NULL"]
    return of_website, of_none
