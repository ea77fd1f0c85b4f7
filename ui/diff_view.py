"""The side-by-side diff of one feed item: the catalog on the left, what was exported on the right.

Every difference carries a text mark beside its colour: ~ changed, + only in the catalog, - only in the export.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncengine.changes.line_diff import Fold, Line, Row, compare_lines, fold_equal, pretty_lines
from ui import texts
from ui.escape import esc

MOST_ROWS = 3_000
LONGEST_LINE = 2_000
_MARK = {"equal": "", "changed": "~", "left": "+", "right": "-"}
_SPOKEN = {"equal": "", "changed": "changed", "left": "only in the catalog", "right": "only in the export"}


def side_by_side(
    catalog: Mapping[str, Any] | None,
    exported: Mapping[str, Any] | None,
    *,
    without: frozenset[str] = frozenset(),
    only_changes: bool = True,
) -> str:
    """The comparison as one safe HTML table, unchanged stretches folded when `only_changes` is set."""
    rows = compare_lines(pretty_lines(catalog, without=without), pretty_lines(exported, without=without))
    shown: list[Row | Fold] = fold_equal(rows) if only_changes else list(rows)
    left_out = max(0, len(shown) - MOST_ROWS)
    body = "".join(_fold(item) if isinstance(item, Fold) else _row(item) for item in shown[:MOST_ROWS])
    if left_out:
        body += (
            f'<tbody><tr><td colspan="4" class="cs-fold">{esc(texts.DIFF_LEFT_OUT.format(left_out))}</td></tr></tbody>'
        )
    return (
        '<div class="cs-diff"><table><colgroup><col class="cs-no"><col><col class="cs-no"><col></colgroup><thead><tr>'
        f'<th scope="col" colspan="2">{esc(texts.DIFF_LEFT)}</th>'
        f'<th scope="col" colspan="2">{esc(texts.DIFF_RIGHT)}</th>'
        f"</tr></thead>{body}</table></div>"
    )


def _fold(fold: Fold) -> str:
    # a checkbox per fold opens it without a round trip to the server, and works from the keyboard
    label = esc(texts.DIFF_FOLDED.format(len(fold.rows)))
    inner = "".join(_cells(row) for row in fold.rows)
    return (
        f'<tbody class="cs-folded"><tr class="cs-fold-head"><td colspan="4" class="cs-fold"><label>'
        f'<input type="checkbox"> <span>{label}</span></label></td></tr>{inner}</tbody>'
    )


def _row(row: Row) -> str:
    return f"<tbody>{_cells(row)}</tbody>"


def _cells(row: Row) -> str:
    return f'<tr class="cs-{row.kind}">{_side(row, row.left, "left")}{_side(row, row.right, "right")}</tr>'


def _side(row: Row, line: Line | None, side: str) -> str:
    if line is None:
        return '<td class="cs-no"></td><td class="cs-void"></td>'
    mark = f'<b title="{_SPOKEN[row.kind]}">{_MARK[row.kind]}</b>' if row.kind != "equal" else ""
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
