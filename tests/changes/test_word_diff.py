"""Texts compared by words: nothing is lost, what is equal is not marked, and a huge comparison still ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from syncengine.changes.word_diff import Piece, diff_words, word_spans

TEXTS = st.lists(st.sampled_from(["red", "bag", " ", ",", "ä", "12", "\n"]), max_size=30).map("".join)


@given(TEXTS, TEXTS)
def test_both_texts_come_back_whole(before: str, after: str) -> None:
    pieces = diff_words(before, after)
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == before
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == after


@given(TEXTS, TEXTS)
def test_every_piece_is_equal_exactly_when_the_texts_are(before: str, after: str) -> None:
    assert all(piece.kind == "equal" for piece in diff_words(before, after)) == (before == after)


def test_only_the_words_that_differ_are_told() -> None:
    assert diff_words("A red bag, large", "A blue bag, large") == (
        Piece("equal", "A "),
        Piece("removed", "red"),
        Piece("added", "blue"),
        Piece("equal", " bag, large"),
    )


@given(TEXTS, TEXTS)
def test_the_spans_hold_what_only_one_side_has(before: str, after: str) -> None:
    spans_before, spans_after = word_spans(before, after)
    pieces = diff_words(before, after)
    assert [before[a:b] for a, b in spans_before] == [piece.text for piece in pieces if piece.kind == "removed"]
    assert [after[a:b] for a, b in spans_after] == [piece.text for piece in pieces if piece.kind == "added"]


def test_two_huge_texts_without_a_common_word_are_one_exchange_between_what_they_share() -> None:
    before = " ".join(f"a{n}" for n in range(20_000))
    after = " ".join(f"b{n}" for n in range(20_000))
    assert diff_words(f"same {before} end", f"same {after} end") == (
        Piece("equal", "same "),
        Piece("removed", before),
        Piece("added", after),
        Piece("equal", " end"),
    )
