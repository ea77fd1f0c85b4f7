"""Lines beside lines: nothing is lost, what is equal is folded, and a large comparison still ends."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from syncengine.changes.line_diff import (
    Fold,
    Row,
    compare_lines,
    compare_payloads,
    fold_equal,
    pretty_lines,
    unified_lines,
)
from syncengine.feeds.registry import get_feed

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


def applied(left: list[str], unified: list[str]) -> list[str]:
    """What patch(1) makes of `left`."""
    result, at = [], 0
    for line in unified:
        if header := re.fullmatch(r"@@ -(\d+),(\d+) \+\d+,\d+ @@", line):
            start = max(0, int(header[1]) - 1)
            result += left[at:start]
            at = start
        elif line[0] == "+":
            result.append(line[1:])
        else:
            assert left[at] == line[1:]
            result += [] if line[0] == "-" else [line[1:]]
            at += 1
    return result + left[at:]


@given(left=LINES, right=LINES)
def test_the_unified_form_turns_the_left_side_into_the_right_one(left: list[str], right: list[str]) -> None:
    unified = list(unified_lines(compare_lines(left, right)))
    assert applied(left, unified) == right
    assert (unified == []) == (left == right)


def test_the_unified_form_shows_the_lines_around_a_change_and_no_others() -> None:
    left = [f"l{n}" for n in range(20)]
    right = [*left[:10], "new", *left[11:]]
    assert list(unified_lines(compare_lines(left, right), context=2)) == [
        "@@ -9,5 +9,5 @@", " l8", " l9", "-l10", "+new", " l11", " l12",
    ]  # fmt: skip


def test_a_long_text_is_marked_by_words() -> None:
    text = "word " * 5_000
    (row,) = compare_lines([f"{text} red {text}"], [f"{text} blue {text}"])
    assert row.left and row.right
    assert [row.left.text[a:b] for a, b in row.left.marks] == ["red"]
    assert [row.right.text[a:b] for a, b in row.right.marks] == ["blue"]


def test_fields_that_the_hash_leaves_out_make_no_row_unless_everything_is_asked_for() -> None:
    products = get_feed("products")
    before, after = {"sku": "a", "modifiedAt": "x"}, {"sku": "a", "modifiedAt": "y"}
    assert {row.kind for row in compare_payloads(before, after, products)} == {"equal"}
    kinds = [row.kind for row in compare_payloads(before, after, products, everything=True)]
    assert kinds == ["equal", "equal", "changed", "equal"]
