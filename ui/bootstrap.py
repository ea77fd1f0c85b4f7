"""The start of every page: settings, the view on the data, the look, and the boundary around each card.

A page begins with `page = open_page(...)` and needs nothing of the router for its safety: who may see it is asked
there, before anything of the data is drawn.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import streamlit as st

from syncengine import __version__
from syncengine.access.roles import User
from syncengine.errors import CatalogSyncError, SettingsError
from syncengine.inspection.view import CatalogView
from syncengine.settings import Settings
from ui import assets, cards, texts
from ui.access import admitted
from ui.access import current_user as current_user
from ui.escape import esc
from ui.formats import zone
from ui.launch import settings_in_force
from ui.looking import somebody_looks
from ui.strip import top_strip

_LOGO = Path(__file__).parent / "logo.svg"
FAVICON = Path(__file__).parent / "favicon.svg"
_log = logging.getLogger("catalog_sync.ui")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a page works with: the data, who looks at it, and that one's own time zone."""

    view: CatalogView
    user: User
    zone: tzinfo
    zone_name: str

    @property
    def now(self) -> datetime:
        """The moment it is asked: a fragment draws again long after its page began."""
        return datetime.now(UTC)

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.view.settings


def open_page(title: str) -> Page:
    """Begin a page: its browser title, the look, the notes that stand on every page.

    The script ends here, with what to do next, when the settings cannot be used or nobody may look.
    """
    somebody_looks()
    st.set_page_config(page_title=f"{texts.APP} - {title}", page_icon=str(FAVICON), layout="wide")
    if not assets.has_shell(st.context.url):
        st.html(assets.STYLE)
    st.logo(_LOGO, size="large")
    try:
        settings = settings_in_force()
        user = admitted(settings)
    except SettingsError as error:
        cards.problem(f"{texts.NOT_CONFIGURED}: {error.message}", hint=error.hint, support=error.code)
        st.stop()
    where = zone(st.context.timezone)
    page = Page(view=view_of(settings), user=user, zone=where, zone_name=datetime.now(where).tzname() or "UTC")
    top_strip(page)
    _demo_note(settings)
    return page


def page_head(title: str, subtitle: str, *, strip: str = "") -> None:
    """The page's own heading, and on its right a strip of HTML made by ui/cards.py."""
    st.html(
        f'<div class="cs-head"><div><h1>{esc(title)}</h1><p class="cs-sub">{cards.sentence(subtitle)}</p></div>'
        f'<div class="cs-strip">{strip}</div></div>'
    )


def view_of(settings: Settings) -> CatalogView:
    """The view that all pages of this process share."""
    return _view(settings, repr(settings))


@st.cache_resource(max_entries=8, show_spinner=False)
def _view(_settings: Settings, key: str) -> CatalogView:
    """One view per process and settings; `key` tells settings apart, secrets are masked in it."""
    del key
    return CatalogView(_settings)


@contextmanager
def card(key: str, what: str, *, tile: bool = False) -> Iterator[None]:
    """A card with a boundary of its own: a question that fails is told here and leaves the rest of the page alone."""
    name = f"card-tile-{key}" if tile else f"card-{key}"
    with st.container(border=True, key=name, height="stretch" if tile else "content"), boundary(what):
        yield


@contextmanager
def boundary(what: str) -> Iterator[None]:
    """Tells a failure where it happened, with what support needs and without a traceback."""
    somebody_looks()
    try:
        yield
    except CatalogSyncError as error:
        _told(f"{texts.COULD_NOT_READ.format(what=what)} {error.message}", error.hint, error.code, error.run_id)
    except Exception:  # noqa: BLE001  (the boundary itself: a fault in one card must not blank the page)
        reference = secrets.token_hex(4)
        _log.exception("page fault %s: could not read %s", reference, what)
        _told(texts.COULD_NOT_READ.format(what=what), texts.UNEXPECTED, "CS0001", reference)


def _told(text: str, hint: str, code: str, reference: str | None) -> None:
    """The failure in words, and what support asks for, to be opened and copied."""
    cards.problem(text, hint=hint, support=code)
    with st.expander(texts.SUPPORT_DETAILS, type="compact"):
        told = texts.SUPPORT.format(code=code, reference=reference or "-", at=_stamp(), version=__version__)
        st.code(told, language=None, wrap_lines=True)


def _stamp() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _demo_note(settings: Settings) -> None:
    if settings.is_demo_source and settings.is_demo_destination:
        cards.note(texts.DEMO_MARK, texts.DEMO_BOTH)
    elif settings.is_demo_source:
        cards.note(texts.DEMO_MARK, texts.DEMO_SOURCE)
    elif settings.is_demo_destination:
        cards.note(texts.DEMO_MARK, texts.DEMO_DESTINATION)
