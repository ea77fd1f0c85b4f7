"""Who looks at the pages: this machine's user, whom an OpenID provider names, or whom a trusted proxy names."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from syncengine.access.claims import is_stale, user_of_claims
from syncengine.access.roles import User, local_user
from syncengine.settings import LOOPBACK_HOSTS, Settings
from ui import cards, texts
from ui.escape import bdi, esc
from ui.launch import settings_in_force


def current_user(settings: Settings | None = None) -> User | None:
    """Who the browser's session belongs to, or None when nobody says so believably. Raises: SettingsError."""
    settings = settings or settings_in_force()
    access = settings.access
    if access.mode == "none":
        return local_user() if _only_this_machine(settings) else None
    claims = dict(st.user.to_dict())
    if access.mode == "oidc" and (not st.user.is_logged_in or is_stale(claims, access, datetime.now(UTC))):
        return None
    return user_of_claims(claims, access)


def _only_this_machine(settings: Settings) -> bool:
    """Whether the server listens where nobody else can come: `streamlit run` may be told another address."""
    return settings.ui.allow_remote or st.get_option("server.address") in LOOPBACK_HOSTS


def admitted(settings: Settings) -> User:
    """The user, when there is one who may look; else the way in is drawn and the page ends here."""
    user = current_user(settings)
    if user is not None and user.may("view"):
        _signed_in(user, settings)
        return user
    if user is not None:
        cards.empty(texts.NO_ROLE, texts.NO_ROLE_NEXT.format(name=user.name))
        _sign_out(settings)
    elif settings.access.mode == "oidc":
        cards.empty(texts.SIGN_IN_TITLE, texts.SIGN_IN_TEXT)
        with st.container(horizontal=True, horizontal_alignment="center"):
            st.button(texts.SIGN_IN, type="primary", icon=":material/login:", on_click=st.login)
    elif settings.access.mode == "proxy":
        cards.problem(texts.NO_PROXY_USER, hint=texts.NO_PROXY_USER_NEXT)
    else:
        cards.problem(texts.NOT_LOCAL, hint=texts.NOT_LOCAL_NEXT)
    st.stop()


def _signed_in(user: User, settings: Settings) -> None:
    if settings.access.mode == "none":
        return
    with st.sidebar:
        st.html(f'<p class="cs-user">{bdi(user.name, longest=80)}<span>{esc(user.role)}</span></p>')
        _sign_out(settings)


def _sign_out(settings: Settings) -> None:
    if settings.access.mode == "oidc":
        with st.container(horizontal=True, horizontal_alignment="center"):
            st.button(texts.SIGN_OUT, type="tertiary", icon=":material/logout:", on_click=st.logout, key="sign-out")
