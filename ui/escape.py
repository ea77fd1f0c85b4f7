"""Product text is data: the one way it may enter HTML of ours.

Streamlit draws labels, titles and messages as Markdown, which loads remote pictures and follows links. So text that
we did not write goes through `esc` into `st.html`, or into st.text, st.json and st.code as it is.
"""

from __future__ import annotations

import html
import string
import unicodedata

LONGEST = 400


def esc(value: object, *, longest: int = LONGEST) -> str:
    """`value` as HTML text, shortened to `longest` characters; control characters are shown as a box."""
    text = "" if value is None else str(value)
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    if not text.isprintable():
        text = "".join(map(_visible, text))
    return html.escape(text, quote=True)


def bdi(value: object, *, longest: int = LONGEST) -> str:
    """`esc`, set apart so that right-to-left text cannot reorder what stands around it."""
    return f"<bdi>{esc(value, longest=longest)}</bdi>"


def _visible(character: str) -> str:
    if character in "\n\t":
        return character
    return "▯" if unicodedata.category(character) in ("Cc", "Cs") or character in _REORDERING else character


# embeddings, overrides and isolates: they would reorder text outside their own element
_REORDERING = frozenset(chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def plain(value: object, *, longest: int = 120) -> str:
    """`value` on one line for an option of a select, which Streamlit draws as it is."""
    text = " ".join(("" if value is None else str(value)).split())
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    return "".join(map(_visible, text))


def label(value: object, *, longest: int = 120) -> str:
    """`value` for a widget's label or option, which Streamlit draws as Markdown: every sign of it is escaped."""
    text = " ".join(("" if value is None else str(value)).split())
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    return "".join(f"\\{character}" if character in string.punctuation else _visible(character) for character in text)
