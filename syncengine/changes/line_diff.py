"""Two payloads as JSON, line by line: side by side, or in the unified form. Nothing is drawn here.

Both sides are printed the same way, so that a difference is one of content; differing lines are marked word by word.
Parts that are equal at both ends are cut off before the comparison, and one that is still too large for it is shown as
one block: nobody ever waits for a diff.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from syncengine.changes.payload_diff import content_of
from syncengine.changes.word_diff import Spans, common_head, word_spans
from syncengine.feeds.feed import Feed

CONTEXT_LINES = 3
SMALLEST_FOLD = 4
_COMPARABLE = 4_000_000  # lines left × lines right
_LONGEST_FOR_WORDS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of one side; `marks` are the (start, end) spans that differ from the other side."""

    number: int
    text: str
    marks: Spans = ()


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


def compare_payloads(
    left: Mapping[str, Any] | None, right: Mapping[str, Any] | None, feed: Feed, *, everything: bool = False
) -> list[Row]:
    """Two payloads of a feed item side by side: their content, as the hash sees it, or `everything` they hold.

    Of the content, every row is equal exactly when the content hashes are; so says diff_payloads, too.
    """
    sides = [
        side if side is None or everything else content_of(side, feed) for side in (left, right)
    ]  # fmt: skip
    return compare_lines(pretty_lines(sides[0]), pretty_lines(sides[1]))


def pretty_lines(payload: Mapping[str, Any] | None, *, without: frozenset[str] = frozenset()) -> list[str]:
    """The payload as JSON lines, without the named top-level fields; no lines for None."""
    if payload is None:
        return []
    kept = {key: value for key, value in payload.items() if key not in without}
    return json.dumps(kept, indent=2, ensure_ascii=False).split("\n")


def compare_lines(left: list[str], right: list[str]) -> list[Row]:
    """The rows of a side-by-side view, in order."""
    head = common_head(left, right)
    tail = common_head(left[head:][::-1], right[head:][::-1])
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


def fold_equal(rows: list[Row], *, context: int = CONTEXT_LINES, smallest: int = SMALLEST_FOLD) -> list[Row | Fold]:
    """The rows with runs of `smallest` and more equal lines folded, `context` lines kept beside each difference."""
    near = [False] * len(rows)
    for index, row in enumerate(rows):
        if row.kind != "equal":
            for position in range(max(0, index - context), min(len(rows), index + context + 1)):
                near[position] = True
    folded: list[Row | Fold] = []
    waiting: list[Row] = []

    def flush() -> None:
        folded.extend([Fold(rows=tuple(waiting))] if len(waiting) >= smallest else waiting)
        waiting.clear()

    for row, kept in zip(rows, near, strict=True):
        if kept:
            flush()
            folded.append(row)
        else:
            waiting.append(row)
    flush()
    return folded


def unified_lines(rows: Sequence[Row], *, context: int = CONTEXT_LINES) -> Iterator[str]:
    """The same in the unified form of diff(1): `-` only on the left, `+` only on the right; nothing for equal sides."""
    hunk: list[Row] = []
    for item in [*fold_equal(list(rows), context=context, smallest=1), None]:
        if isinstance(item, Row):
            hunk.append(item)
        elif hunk:
            yield from _hunk(hunk)
            hunk = []


def _hunk(rows: Sequence[Row]) -> Iterator[str]:
    if all(row.kind == "equal" for row in rows):
        return
    sides = [[row.left for row in rows if row.left], [row.right for row in rows if row.right]]
    spans = [f"{side[0].number if side else 0},{len(side)}" for side in sides]
    yield f"@@ -{spans[0]} +{spans[1]} @@"
    added: list[str] = []  # what a stretch of changes takes out stands before what it puts in
    for row in rows:
        if row.kind == "equal" and row.left:
            yield from added
            added = []
            yield f" {row.left.text}"
            continue
        if row.left:
            yield f"-{row.left.text}"
        if row.right:
            added.append(f"+{row.right.text}")
    yield from added


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


def _word_marks(left: str, right: str) -> tuple[Spans, Spans]:
    return ((), ()) if max(len(left), len(right)) > _LONGEST_FOR_WORDS else word_spans(left, right)
