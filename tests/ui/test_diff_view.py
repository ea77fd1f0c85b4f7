"""The drawn diff: marks beside colour, folds, and no way for a payload to become HTML."""

from __future__ import annotations

import re

from ui.diff_view import BEFORE_AND_AFTER, CATALOG_AND_EXPORT, side_by_side, unified


def test_each_kind_of_line_has_a_text_mark() -> None:
    shown = side_by_side({"a": 1, "b": 2}, {"a": 2})
    assert ">~</b>" in shown
    shown = side_by_side({"a": 1}, None)
    assert ">+</b>" in shown
    assert ">-</b>" in side_by_side(None, {"a": 1})


def test_what_is_newer_is_added_on_whichever_side_it_stands() -> None:
    added = side_by_side(None, {"a": 1}, sides=BEFORE_AND_AFTER)
    assert '<b title="only after">+</b>' in added and "cs-newer-right" in added and ">Before<" in added
    assert '<b title="only in the export">-</b>' in side_by_side(None, {"a": 1})
    for sides, older, newer in ((BEFORE_AND_AFTER, "1", "2"), (CATALOG_AND_EXPORT, "2", "1")):
        shown = unified({"a": 1}, {"a": 2}, sides=sides)
        gone, came = shown.index("cs-gone"), shown.index("cs-came")
        assert f"<mark>{older}</mark>" in shown[gone:came] and f"<mark>{newer}</mark>" in shown[came:]


def test_equal_lines_far_from_a_difference_are_folded_but_there() -> None:
    payload = {f"field{number}": number for number in range(40)}
    shown = side_by_side(payload, {**payload, "field0": "other"})
    assert "equal lines" in shown
    assert "field39" in shown
    assert "equal lines" not in side_by_side(payload, {**payload, "field0": "other"}, only_changes=False)


def test_markup_in_names_and_values_is_text() -> None:
    shown = side_by_side({"<b>": "<script>alert(1)</script>"}, {"<b>": '"><img src=x onerror=alert(1)>'})
    assert "<script" not in shown
    assert "<img" not in shown
    # no tag of any other kind than our own
    assert set(re.findall(r"<(\w+)", shown)) <= {
        *("div", "table", "colgroup", "col", "thead", "tbody", "tr", "th", "td", "b", "span", "code", "mark"),
        *("label", "input"),
    }


def test_a_payload_of_a_megabyte_is_cut_to_what_a_browser_can_show() -> None:
    payload = {f"field{number}": "x" * 20 for number in range(20_000)}
    other = {key: value + "y" for key, value in payload.items()}
    shown = side_by_side(payload, other)
    assert "more lines are not shown" in shown
    assert len(shown) < 3_000_000
