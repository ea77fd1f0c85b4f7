"""Two JSON texts, line by line: what stands beside what. Nothing is drawn here.

Both sides are printed the same way, so that a difference is one of content. Parts that are equal at both ends are cut
off before the comparison, and one that is still too large for it is shown as one block: a page never hangs on a diff.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

CONTEXT_LINES = 3
SMALLEST_FOLD = 4
_COMPARABLE = 4_000_000  # lines left × lines right
_LONGEST_FOR_WORDS = 2_000
_WORD = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of one side; `marks` are the (start, end) spans that differ from the other side."""

    number: int
    text: str
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What stands beside what. `kind`: equal, changed, left (only on the left) or right (only on the right)."""

    kind: str
    left: Line | None
    right: Line | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """A run of equal rows that are folded away."""

    rows: tuple[Row, ...]


def pretty_lines(payload: Mapping[str, Any] | None, *, without: frozenset[str] = frozenset()) -> list[str]:
    """The payload as JSON lines, without the named top-level fields; no lines for None."""
    if payload is None:
        return []
    kept = {key: value for key, value in payload.items() if key not in without}
    return json.dumps(kept, indent=2, ensure_ascii=False).split("\n")


def compare_lines(left: list[str], right: list[str]) -> list[Row]:
    """The rows of a side-by-side view, in order."""
    head = _common_head(left, right)
    tail = _common_tail(left[head:], right[head:])
    middle_left, middle_right = left[head : len(left) - tail], right[head : len(right) - tail]
    rows = [_equal(index, index, left[index]) for index in range(head)]
    if len(middle_left) * len(middle_right) > _COMPARABLE:
        rows.extend(_block(middle_left, middle_right, head, head))
    else:
        matcher = difflib.SequenceMatcher(None, middle_left, middle_right, autojunk=False)
        for tag, i1, i2, j1, j2 in matcher.get_opcodes():
            if tag == "equal":
                rows.extend(
                    _equal(head + i, head + j, middle_left[i])
                    for i, j in zip(range(i1, i2), range(j1, j2), strict=True)
                )
            else:
                rows.extend(_block(middle_left[i1:i2], middle_right[j1:j2], head + i1, head + j1))
    rows.extend(
        _equal(len(left) - tail + index, len(right) - tail + index, left[len(left) - tail + index])
        for index in range(tail)
    )
    return rows


def fold_equal(rows: list[Row], *, context: int = CONTEXT_LINES) -> list[Row | Fold]:
    """The rows with long runs of equal lines folded, `context` of them kept beside each difference."""
    near = [False] * len(rows)
    for index, row in enumerate(rows):
        if row.kind != "equal":
            for position in range(max(0, index - context), min(len(rows), index + context + 1)):
                near[position] = True
    folded: list[Row | Fold] = []
    waiting: list[Row] = []

    def flush() -> None:
        folded.extend([Fold(rows=tuple(waiting))] if len(waiting) >= SMALLEST_FOLD else waiting)
        waiting.clear()

    for row, kept in zip(rows, near, strict=True):
        if kept:
            flush()
            folded.append(row)
        else:
            waiting.append(row)
    flush()
    return folded


def _equal(left: int, right: int, text: str) -> Row:
    return Row(kind="equal", left=Line(number=left + 1, text=text), right=Line(number=right + 1, text=text))


def _block(left: list[str], right: list[str], left_at: int, right_at: int) -> Iterator[Row]:
    paired = min(len(left), len(right))
    for index in range(paired):
        marks_left, marks_right = _word_marks(left[index], right[index])
        yield Row(
            kind="changed",
            left=Line(number=left_at + index + 1, text=left[index], marks=marks_left),
            right=Line(number=right_at + index + 1, text=right[index], marks=marks_right),
        )
    for index in range(paired, len(left)):
        yield Row(kind="left", left=Line(number=left_at + index + 1, text=left[index]), right=None)
    for index in range(paired, len(right)):
        yield Row(kind="right", left=None, right=Line(number=right_at + index + 1, text=right[index]))


def _word_marks(left: str, right: str) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
    if max(len(left), len(right)) > _LONGEST_FOR_WORDS:
        return (), ()
    words_left, words_right = _WORD.findall(left), _WORD.findall(right)
    matcher = difflib.SequenceMatcher(None, words_left, words_right, autojunk=False)
    marks_left: list[tuple[int, int]] = []
    marks_right: list[tuple[int, int]] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            marks_left.append(_span(words_left, i1, i2))
            marks_right.append(_span(words_right, j1, j2))
    return _filled(marks_left), _filled(marks_right)


def _span(words: list[str], first: int, last: int) -> tuple[int, int]:
    start = sum(map(len, words[:first]))
    return start, start + sum(map(len, words[first:last]))


def _filled(marks: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    return tuple(mark for mark in marks if mark[0] < mark[1])


def _common_head(left: list[str], right: list[str]) -> int:
    total = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        total += 1
    return total


def _common_tail(left: list[str], right: list[str]) -> int:
    return _common_head(left[::-1], right[::-1])
