"""A feed item's payloads and edits as lines for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from rich.text import Text

from syncengine.changes.line_diff import Fold, compare_payloads, fold_equal, unified_lines
from syncengine.changes.word_diff import diff_words
from syncengine.cli.common import output
from syncengine.cli.tables import print_lines, safe, shown
from syncengine.feeds.feed import Feed
from syncengine.inspection.products import ItemDiff, StoryItem

FORMS = ("fields", "unified", "side")
_LONGEST_VALUE = 160
_AROUND = 40  # characters of an unchanged stretch that are shown beside a change
_COLOURS = {"removed": "red", "added": "green", "equal": ""}
_MARKS = {"equal": " ", "changed": "~", "left": "-", "right": "+"}


def print_story_item(item: StoryItem) -> None:
    """Both sides of an item, once where they are equal, and the last answer that was not a plain yes."""
    heading = f"{item.feed} {item.scope} ({item.state})"
    if item.kind == "equal":
        print_payload(f"{heading}: catalog and exported", item.catalog)
        return
    print_payload(f"{heading}: catalog", item.catalog)
    print_payload(f"{heading}: exported", item.exported)
    if item.refusal is not None:
        answer = f"{item.refusal.outcome}: {item.refusal.message or 'no message'}"
        print_lines(f"{answer} (HTTP {shown(item.refusal.http_status)}, {item.refusal.attempts} attempts)")


def print_payload(heading: str, payload: str | None) -> None:
    """A payload under its heading, indented."""
    print_lines("", heading)
    if payload is None:
        print_lines("  nothing")
        return
    text = orjson.dumps(orjson.loads(payload), option=orjson.OPT_INDENT_2).decode()
    print_lines(*text.split("\n"))


def print_edits(item: ItemDiff) -> None:
    """What differs, field by field; long texts word by word."""
    console = output()
    for edit in item.differences:
        mark = {"added": "+", "removed": "-"}.get(edit.change, "~")
        console.print(f"  {mark} {safe(edit.path)}", style="bold")
        before, after = edit.before, edit.after
        if isinstance(before, str) and isinstance(after, str) and min(len(before), len(after)) > _LONGEST_VALUE:
            console.print(_by_words(before, after))
            continue
        if edit.change != "added":
            console.print(f"      exported {short(edit.before)}", style="red")
        if edit.change != "removed":
            console.print(f"      catalog  {short(edit.after)}", style="green")


def print_unified(exported: str | None, catalog: str | None, feed: Feed) -> None:
    """What was exported and what the catalog says, in the unified form."""
    console = output()
    rows = compare_payloads(_parsed(exported), _parsed(catalog), feed)
    print_lines("--- exported", "+++ catalog")
    for line in unified_lines(rows):
        style = {"-": "red", "+": "green", "@": "cyan"}.get(line[0], "")
        console.print(Text(safe(line), style=style))


def print_side_by_side(exported: str | None, catalog: str | None, feed: Feed) -> None:
    """What was exported on the left, what the catalog says on the right, each cut to half of the line."""
    console = output()
    width = max(20, (console.width - 5) // 2) if console.is_terminal else 60
    for item in fold_equal(compare_payloads(_parsed(exported), _parsed(catalog), feed)):
        if isinstance(item, Fold):
            print_lines(f"  … {len(item.rows)} equal lines")
            continue
        sides = [_cut(None if line is None else line.text, width) for line in (item.left, item.right)]
        style = "" if item.kind == "equal" else "yellow"
        console.print(Text(f"{sides[0]} {_MARKS[item.kind]} {sides[1].rstrip()}", style=style))


def short(value: object, longest: int = _LONGEST_VALUE) -> str:
    """A value as JSON on one line, cut where it is long."""
    text = safe(orjson.dumps(value).decode())
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text):,} characters)"


def _by_words(before: str, after: str) -> Text:
    """One text with what was taken out as [-…-] and what was put in as {+…+}, and little of what is equal."""
    text = Text("      ")
    pieces = diff_words(before, after)
    for number, piece in enumerate(pieces):
        words = safe(piece.text)
        if piece.kind == "equal":
            first, last = number == 0, number == len(pieces) - 1
            text.append(_middle_cut(words, keep_start=not first, keep_end=not last))
        else:
            marked = f"[-{words}-]" if piece.kind == "removed" else f"{{+{words}+}}"
            text.append(marked, style=_COLOURS[piece.kind])
    return text


def _middle_cut(words: str, *, keep_start: bool, keep_end: bool) -> str:
    start, end = (words[:_AROUND] if keep_start else ""), (words[-_AROUND:] if keep_end else "")
    return words if len(words) <= len(start) + len(end) + 1 else f"{start}…{end}"


def _cut(text: str | None, width: int) -> str:
    plain = safe(text or "")
    return plain.ljust(width) if len(plain) <= width else f"{plain[: width - 1]}…"


def _parsed(payload: str | None) -> Mapping[str, Any] | None:
    return None if payload is None else orjson.loads(payload)
