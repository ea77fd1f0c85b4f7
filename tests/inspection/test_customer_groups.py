"""Customer groups in words: the feeds hold the SHA-1 of a group's number."""

from __future__ import annotations

import hashlib

import pytest

from syncengine.inspection.customer_groups import group_words, with_groups


def code(number: int) -> str:
    return hashlib.sha1(str(number).encode(), usedforsecurity=False).hexdigest()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (code(0), "not logged in"),
        (code(2), "group 2"),
        (code(1_999), "group 1999"),
        ("0", "0 (all others)"),
        ("*", "* (all)"),
        (code(2_000), code(2_000)),
        ("", ""),
    ],
)
def test_a_group_is_named_by_its_number(given: str, words: str) -> None:
    assert group_words(given) == words


def test_groups_inside_a_text_are_named_and_the_rest_of_it_stays() -> None:
    assert with_groups(f"base/{code(3)} · europe/0") == "base/group 3 · europe/0"
    assert with_groups(f"x{code(3)} {'f' * 40}") == f"x{code(3)} {'f' * 40}"
