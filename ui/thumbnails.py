"""Product pictures: from the store's own media address, and a letter where there is none to show.

Only addresses that a browser may load without harm are let through: https, or this machine.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from ui.escape import bdi, esc

_HERE = frozenset({"127.0.0.1", "localhost", "::1"})
_LONGEST = 1_000


def safe_picture(address: str | None) -> str | None:
    """The address, if it is one of a picture that may be loaded; None otherwise."""
    if not address or len(address) > _LONGEST or any(ord(sign) < 33 for sign in address):
        return None
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return None
    is_here = parts.scheme == "http" and host in _HERE
    if not host or parts.username is not None or not (parts.scheme == "https" or is_here):
        return None
    return address


def thumbnail(address: str | None, name: str) -> str:
    """The picture as HTML. Its letter stands behind it, and is seen while it loads or when it does not."""
    letter = next((sign for sign in name if sign.isalnum()), "–").upper()
    picture = safe_picture(address)
    inner = "" if picture is None else _image(picture, letter)
    return "".join((f'<div class="cs-thumb" aria-hidden="true"><span>{bdi(letter)}</span>', inner, "</div>"))


def _image(picture: str, letter: str) -> str:
    # the letter is what a browser draws in place of a picture that does not load (style.css)
    return (
        f'<img src="{esc(picture, longest=_LONGEST)}" alt="{esc(letter)}" loading="lazy" referrerpolicy="no-referrer">'
    )
