"""The diff of one feed item: the catalog beside what was exported, or an earlier state beside a later one.

Every difference carries a text mark beside its colour: ~ changed, + only on the newer side, - only on the older one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from syncengine.changes.line_diff import Fold, Line, Row, compare_lines, fold_equal, pretty_lines
from ui import texts
from ui.escape import esc

MOST_ROWS = 3_000
LONGEST_LINE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What stands left and right, and which of them is the newer one: what it alone has was added."""

    left: str
    right: str
    only_left: str
    only_right: str
    newer: Literal["left", "right"]

    def mark(self, kind: str) -> str:
        """The mark of a line, with its meaning for those who hover or listen."""
        if kind == "changed":
            return '<b title="changed">~</b>'
        words = self.only_left if kind == "left" else self.only_right
        return f'<b title="{esc(words)}">{"+" if kind == self.newer else "-"}</b>'

    @property
    def legend(self) -> tuple[tuple[str, str], ...]:
        """The marks and what they mean."""
        newer, older = self.only_left, self.only_right
        if self.newer == "right":
            newer, older = older, newer
        return (("~", "changed"), ("+", newer), ("-", older))


CATALOG_AND_EXPORT = Sides(
    left=texts.DIFF_LEFT,
    right=texts.DIFF_RIGHT,
    only_left=texts.DIFF_ONLY_LEFT,
    only_right=texts.DIFF_ONLY_RIGHT,
    newer="left",
)
BEFORE_AND_AFTER = Sides(
    left=texts.DIFF_BEFORE,
    right=texts.DIFF_AFTER,
    only_left=texts.DIFF_ONLY_BEFORE,
    only_right=texts.DIFF_ONLY_AFTER,
    newer="right",
)


def side_by_side(
    left: Mapping[str, Any] | None,
    right: Mapping[str, Any] | None,
    *,
    sides: Sides = CATALOG_AND_EXPORT,
    without: frozenset[str] = frozenset(),
    only_changes: bool = True,
) -> str:
    """The comparison as one safe HTML table, unchanged stretches folded when `only_changes` is set."""
    rows = compare_lines(pretty_lines(left, without=without), pretty_lines(right, without=without))
    shown: list[Row | Fold] = fold_equal(rows) if only_changes else list(rows)
    left_out = max(0, len(shown) - MOST_ROWS)
    body = "".join(_fold(item, sides) if isinstance(item, Fold) else _row(item, sides) for item in shown[:MOST_ROWS])
    if left_out:
        body += (
            f'<tbody><tr><td colspan="4" class="cs-fold">{esc(texts.DIFF_LEFT_OUT.format(left_out))}</td></tr></tbody>'
        )
    left_mark, right_mark = "+-" if sides.newer == "left" else "-+"
    return (
        f'<div class="cs-diff cs-sides cs-newer-{esc(sides.newer)}"><table><colgroup><col class="cs-no"><col>'
        '<col class="cs-no"><col></colgroup><thead><tr>'
        f'<th scope="col" colspan="2" data-mark="{esc(left_mark)}">{esc(sides.left)}</th>'
        f'<th scope="col" colspan="2" data-mark="{esc(right_mark)}">{esc(sides.right)}</th>'
        f"</tr></thead>{body}</table></div>"
    )


def unified(
    left: Mapping[str, Any] | None,
    right: Mapping[str, Any] | None,
    *,
    sides: Sides = CATALOG_AND_EXPORT,
    without: frozenset[str] = frozenset(),
    only_changes: bool = True,
) -> str:
    """The same below each other, as diff(1) does: `-` is of the older side, `+` of the newer."""
    older, newer = (right, left) if sides.newer == "left" else (left, right)
    rows = compare_lines(pretty_lines(older, without=without), pretty_lines(newer, without=without))
    shown: list[Row | Fold] = fold_equal(rows) if only_changes else list(rows)
    body = "".join(_unified_part(item) for item in _in_stretches(shown[:MOST_ROWS]))
    if len(shown) > MOST_ROWS:
        left_out = len(shown) - MOST_ROWS
        body += (
            f'<tbody><tr><td colspan="3" class="cs-fold">{esc(texts.DIFF_LEFT_OUT.format(left_out))}</td></tr></tbody>'
        )
    return (
        '<div class="cs-diff cs-unified"><table><colgroup><col class="cs-no"><col class="cs-no"><col></colgroup>'
        f"{body}</table></div>"
    )


def _in_stretches(rows: Sequence[Row | Fold]) -> Iterator[Row | Fold | list[Row]]:
    """Changed rows that stand together as one list, so that what went is shown before what came."""
    together: list[Row] = []
    for item in rows:
        if isinstance(item, Row) and item.kind != "equal":
            together.append(item)
            continue
        if together:
            yield together
            together = []
        yield item
    if together:
        yield together


def _unified_part(item: Row | Fold | list[Row]) -> str:
    if isinstance(item, Fold):
        label = esc(texts.DIFF_FOLDED.format(len(item.rows)))
        inner = "".join(_unified_line(row.left, row.right, "equal") for row in item.rows)
        return (
            f'<tbody class="cs-folded"><tr class="cs-fold-head"><td colspan="3" class="cs-fold"><label>'
            f'<input type="checkbox"> <span>{label}</span></label></td></tr>{inner}</tbody>'
        )
    if isinstance(item, Row):
        return f"<tbody>{_unified_line(item.left, item.right, 'equal')}</tbody>"
    gone = "".join(_unified_line(row.left, None, "gone") for row in item if row.left)
    came = "".join(_unified_line(None, row.right, "came") for row in item if row.right)
    return "".join(("<tbody>", gone, came, "</tbody>"))


def _unified_line(left: Line | None, right: Line | None, kind: str) -> str:
    line = left or right
    if line is None:
        return ""
    mark = {"equal": "", "gone": "<b>-</b>", "came": "<b>+</b>"}[kind]
    before, after = (str(one.number) if one else "" for one in (left, right))
    return (
        f'<tr class="cs-{kind}"><td class="cs-no">{mark}<span>{esc(before)}</span></td>'
        f'<td class="cs-no"><span>{esc(after)}</span></td><td><code>{_marked(line)}</code></td></tr>'
    )


def _fold(fold: Fold, sides: Sides) -> str:
    # a checkbox per fold opens it without a round trip to the server, and works from the keyboard
    label = esc(texts.DIFF_FOLDED.format(len(fold.rows)))
    inner = "".join(_cells(row, sides) for row in fold.rows)
    return (
        f'<tbody class="cs-folded"><tr class="cs-fold-head"><td colspan="4" class="cs-fold"><label>'
        f'<input type="checkbox"> <span>{label}</span></label></td></tr>{inner}</tbody>'
    )


def _row(row: Row, sides: Sides) -> str:
    return f"<tbody>{_cells(row, sides)}</tbody>"


def _cells(row: Row, sides: Sides) -> str:
    return (
        f'<tr class="cs-{row.kind}">{_side(row, row.left, "left", sides)}{_side(row, row.right, "right", sides)}</tr>'
    )


def _side(row: Row, line: Line | None, side: str, sides: Sides) -> str:
    if line is None:
        return '<td class="cs-no"></td><td class="cs-void"></td>'
    mark = sides.mark(row.kind) if row.kind != "equal" else ""
    number = f'<td class="cs-no">{mark}<span>{line.number}</span></td>'
    return f'{number}<td class="cs-{side}"><code>{_marked(line)}</code></td>'


def _marked(line: Line) -> str:
    if len(line.text) > LONGEST_LINE:
        return esc(line.text, longest=LONGEST_LINE)
    pieces, at = [], 0
    for start, end in line.marks:
        pieces.append(esc(line.text[at:start], longest=LONGEST_LINE))
        pieces.append(f"<mark>{esc(line.text[start:end], longest=LONGEST_LINE)}</mark>")
        at = end
    pieces.append(esc(line.text[at:], longest=LONGEST_LINE))
    return "".join(pieces)
