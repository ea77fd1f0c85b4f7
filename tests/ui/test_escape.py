"""Product text on its way into HTML and into labels."""

from __future__ import annotations

import html
import string

from hypothesis import given
from hypothesis import strategies as st

from ui.escape import bdi, esc, label


@given(st.text(max_size=60))
def test_escaped_text_holds_no_markup_and_says_the_same(text: str) -> None:
    shown = esc(text)
    assert not set(shown) & set("<>\"'")
    plain = [character for character in html.unescape(shown) if character != "▯"]
    assert plain == [character for character in text if character in html.unescape(shown)] or "▯" in shown


@given(st.text(alphabet=string.punctuation + "ab ", max_size=40))
def test_every_sign_in_a_label_is_escaped(text: str) -> None:
    shown = label(text)
    assert all(
        shown[index - 1] == "\\" for index, sign in enumerate(shown) if sign in string.punctuation and sign != "\\"
    )


def test_long_text_is_shortened() -> None:
    assert esc("x" * 1_000, longest=10) == "x" * 9 + "…"


def test_a_line_override_cannot_leave_its_place() -> None:
    assert bdi("a\u202eb") == "<bdi>a▯b</bdi>"
    assert esc("a\x00b\ud800") == "a▯b▯"
