"""Asking for a resync: of a product, of a selection, of a cause, from wherever a page shows them.

A button only requests: the engine serves the queue. What is asked for and still waits is shown instead of the form.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

import streamlit as st

from syncengine.access import actions
from syncengine.access.roles import NotSignedInError, User
from syncengine.access.wish import MOST_VALUES, ResyncWish
from syncengine.errors import CatalogSyncError
from syncengine.inspection.requests import NextWindow, RequestRow, list_requests, next_window
from syncengine.pipeline import SyncOptions
from ui import cards, texts
from ui.bootstrap import Page, boundary, current_user
from ui.escape import bdi, esc
from ui.formats import ago, count, moment

_SAID = "what the resync queue said last"


def ask_resync(
    page: Page,
    *,
    skus: Sequence[str] = (),
    feeds: Sequence[str] = (),
    refused: bool = False,
    key: str = "resync",
    width: Literal["content", "stretch"] = "content",
    many: str = texts.RESYNC_SELECTION,
) -> None:
    """A button that opens the question: send these again, now or with the next window, or only count?

    Of `skus`, in all or the named `feeds`; or, with `refused`, of what was refused in the feeds. `many`: what the
    button says of more than one product.
    """
    products = len(set(skus))
    names = texts.RESYNC_PRODUCT if products == 1 else many
    if refused:
        names = texts.RESYNC_REFUSED_LABEL
    if words := _why_not(page.user, products, refused=refused):
        st.button(names, icon=":material/sync:", disabled=True, help=words, key=f"{key}-off", width=width)
        return
    popover = st.popover(names, icon=":material/sync:", width=width, key=key, on_change="rerun")
    if not popover.open:
        return
    with popover, boundary("the resync queue"):
        wish = ResyncWish(skus=tuple(skus), feeds=tuple(feeds), refused=refused, mode="no-reindex")
        tell_what_was_said()
        if waiting := waiting_alike(list_requests(page.view), wish.options()):
            requested(page, waiting, next_window(page.view), key=key)
        else:
            _question(page, wish, key)


def _why_not(user: User, products: int, *, refused: bool) -> str:
    if not user.may("operate"):
        return texts.ONLY_OPERATORS
    if products > MOST_VALUES:
        return texts.RESYNC_TOO_MANY.format(most=count(MOST_VALUES))
    return "" if products or refused else texts.RESYNC_NOTHING


def _question(page: Page, wish: ResyncWish, key: str) -> None:
    where = f"in {', '.join(wish.feeds)}" if wish.feeds else "in every feed"
    if wish.refused:
        text = texts.RESYNC_REFUSED.format(where=where)
    elif len(wish.skus) == 1:
        text = texts.RESYNC_ONE.format(sku=wish.skus[0], where=where)
    else:
        text = texts.RESYNC_MANY.format(products=count(len(wish.skus)), where=where)
    st.html(f'<p class="cs-line">{esc(text)}</p>')
    with st.form(f"{key}-form", border=False):
        if not wish.refused:
            st.toggle(texts.RESYNC_READ_FIRST, value=True, key=f"{key}-read", help=texts.RESYNC_READ_FIRST_HELP)
        st.toggle(texts.RESYNC_DRY, key=f"{key}-dry", help=texts.RESYNC_DRY_HELP)
        with st.container(horizontal=True):
            asked = (page, wish, key)
            st.form_submit_button(texts.RESYNC, type="primary", key=f"{key}-ask", on_click=_ask, args=(*asked, False))
            st.form_submit_button(texts.START_NOW, key=f"{key}-now", on_click=_ask, args=(*asked, True))


def _ask(page: Page, wish: ResyncWish, key: str, start_now: bool) -> None:
    reads = not wish.refused and st.session_state.get(f"{key}-read", True)
    dry_run = bool(st.session_state.get(f"{key}-dry", False))
    submit(page, wish.model_copy(update={"mode": "reindex" if reads else "no-reindex", "dry_run": dry_run}),
           start_now=start_now)  # fmt: skip


# -- what the buttons do ------------------------------------------------------------------------------------------


def submit(page: Page, wish: ResyncWish, *, start_now: bool = False) -> None:
    """Queue the wish in the name of who asks now; what speaks against it is told with the next drawing."""
    with keeping_errors():
        actions.ask_for_sync(page.view.control, wish.options(), user=asking(page), start_now=start_now)


def cancel(page: Page, request_id: str) -> None:
    """Take a request back."""
    with keeping_errors():
        if not actions.cancel_request(page.view.control, request_id, user=asking(page)):
            st.session_state[_SAID] = ("", texts.TOO_LATE, "", "")


def start(page: Page, request_id: str) -> None:
    """Let a request start now instead of waiting for its window."""
    with keeping_errors():
        if not actions.start_now(page.view.control, request_id, user=asking(page)):
            st.session_state[_SAID] = ("", texts.TOO_LATE, "", "")


def test_connection(page: Page) -> None:
    """Have the engine test the connections."""
    with keeping_errors():
        actions.request_connection_test(page.view.control, user=asking(page))


def asking(page: Page) -> User:
    """Who presses the button: asked anew, the page may have stood open since yesterday. Raises: NotSignedInError."""
    user = current_user(page.settings)
    if user is None:
        raise NotSignedInError(texts.SIGNED_OUT, hint=texts.SIGNED_OUT_NEXT)
    return user


@contextmanager
def keeping_errors(place: str = "") -> Iterator[None]:
    """Keeps an error of ours for the next drawing: a callback cannot draw where its button stands.

    `place`: the part of the page with the button, which is to tell it.
    """
    st.session_state.pop(_SAID, None)
    try:
        yield
    except CatalogSyncError as error:
        st.session_state[_SAID] = (place, error.message, error.hint, error.code)


def tell_what_was_said(place: str = "") -> None:
    """The error of the button that was pressed last in this part of the page, once."""
    said = st.session_state.get(_SAID)
    if said is not None and said[0] == place:
        del st.session_state[_SAID]
        _, text, hint, code = said
        cards.problem(text, hint=hint, support=code)


# -- what waits ---------------------------------------------------------------------------------------------------


def waiting_alike(rows: Sequence[RequestRow], options: SyncOptions) -> RequestRow | None:
    """The open request for the same items, whatever its mode; a request in progress counts, too."""
    chosen = options.selection
    wanted = (list(options.feeds), chosen.resync, chosen.by, list(chosen.values))
    for row in rows:
        asked = row.options
        if row.is_open and wanted == tuple(map(asked.get, ("feeds", "resync", "by", "values"))):
            return row
    return None


def requested(page: Page, row: RequestRow, window: NextWindow, *, key: str) -> None:
    """Who asked when, and when it is served; Cancel."""
    st.html(f'<div class="cs-asked">{request_words(page, row, window)}</div>')
    if row.is_waiting and page.user.may("operate"):
        with st.container(horizontal=True):
            st.button(texts.CANCEL_REQUEST, key=f"{key}-cancel", on_click=cancel, args=(page, row.request_id))
            if not row.start_now:
                st.button(texts.START_NOW, key=f"{key}-start", on_click=start, args=(page, row.request_id))


def request_words(page: Page, row: RequestRow, window: NextWindow) -> str:
    """The documented sentences about a request, as HTML."""
    when = esc(moment(row.requested_at, page.zone, now=page.now))
    first = f"<p><strong>Resync requested at {when} by {bdi(row.requested_by, longest=80)}.</strong></p>"
    what = f'<p class="cs-line">{bdi(row.what)}</p>'
    if not row.is_waiting:
        line = esc(texts.RESYNC_RUNS)
    elif not window.engine_runs:
        line = cards.sentence(texts.RESYNC_NO_ENGINE)
    elif row.start_now:
        line = esc(texts.RESYNC_STARTS)
    elif window.pause is not None:
        line = esc(texts.RESYNC_PAUSED.format(by=window.pause.by, reason=window.pause.reason))
    elif window.at is None:
        line = esc(texts.RESYNC_WINDOW_UNKNOWN)
    else:
        at = moment(window.at, page.zone, now=page.now)
        line = esc(texts.RESYNC_WINDOW.format(at=at, until=ago(window.at, page.now)))
    return f"{first}{what}<p>{line}</p>"
