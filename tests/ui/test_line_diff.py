"""Lines beside lines: nothing is lost, what is equal is folded, and a large comparison still ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ui.line_diff import Fold, Row, compare_lines, fold_equal, pretty_lines

LINES = st.lists(st.sampled_from(["a", "b", "c", '"x": 1,', ""]), max_size=30)


@given(left=LINES, right=LINES)
def test_both_sides_come_back_whole_and_in_order(left: list[str], right: list[str]) -> None:
    rows = compare_lines(left, right)
    assert [row.left.text for row in rows if row.left] == left
    assert [row.right.text for row in rows if row.right] == right
    assert [row.left.number for row in rows if row.left] == list(range(1, len(left) + 1))


@given(left=LINES, right=LINES)
def test_a_row_is_equal_exactly_when_its_lines_are(left: list[str], right: list[str]) -> None:
    for row in compare_lines(left, right):
        if row.kind == "equal":
            assert row.left and row.right and row.left.text == row.right.text
        elif row.kind == "changed":
            assert row.left and row.right and row.left.text != row.right.text


@given(left=LINES, right=LINES)
def test_folding_hides_equal_rows_only_and_loses_none(left: list[str], right: list[str]) -> None:
    rows = compare_lines(left, right)
    unfolded: list[Row] = []
    for item in fold_equal(rows):
        if isinstance(item, Fold):
            assert all(row.kind == "equal" for row in item.rows)
            unfolded.extend(item.rows)
        else:
            unfolded.append(item)
    assert unfolded == rows


def test_the_words_that_differ_are_marked_on_both_sides() -> None:
    (row,) = compare_lines(['"name": "Old bag"'], ['"name": "New bag"'])
    assert row.left and row.right
    assert [row.left.text[a:b] for a, b in row.left.marks] == ["Old"]
    assert [row.right.text[a:b] for a, b in row.right.marks] == ["New"]


def test_two_sides_without_a_common_line_are_compared_at_once_when_they_are_huge() -> None:
    rows = compare_lines([f"l{n}" for n in range(30_000)], [f"r{n}" for n in range(30_000)])
    assert len(rows) == 30_000


def test_fields_that_never_count_can_be_left_out() -> None:
    assert pretty_lines({"a": 1, "modifiedAt": "x"}, without=frozenset({"modifiedAt"})) == ["{", '  "a": 1', "}"]
    assert pretty_lines(None) == []
