"""What differs in one feed item: the fields in a table, then both sides line by line, in the form that is chosen."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from syncengine.changes.alignment import in_order_of
from syncengine.changes.line_diff import pretty_lines
from syncengine.changes.payload_diff import FieldChanged, FieldDifference
from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import get_feed
from syncengine.inspection.item_then import ItemThen
from syncengine.inspection.story import ItemDiff, StoryItem, item_diff
from ui import cards, url_state
from ui import item_texts as texts
from ui.bootstrap import Page
from ui.diff_view import BEFORE_AND_AFTER, CATALOG_AND_EXPORT, Sides, side_by_side, unified
from ui.escape import bdi, esc
from ui.formats import NONE, plural

LONGEST_COLOURED = 200_000
_SHOWN_FIELDS, _FEW_LINES = 50, 24
_LONGEST_VALUE, _BEFORE_DIFFERENCE = 300, 40


def differences(page: Page, item: StoryItem, destination: str) -> None:
    """In one sentence how both sides compare, the fields that differ, then the sides themselves."""
    feed = page.view.contract(get_feed(item.feed))
    found = item_diff(item, destination, feed)
    if found is None:
        cards.quiet(texts.GONE)
        return
    catalog, exported = parsed(item.catalog), parsed(item.exported)
    said = _sentence(found, feed, catalog or {}, exported or {})
    edits = found.differences if found.kind != "equal" else _volatile(feed, catalog or {}, exported or {})
    st.html(said + field_table(edits, CATALOG_AND_EXPORT))
    if found.kind == "equal":
        return
    if catalog is None or exported is None:
        _one_side(catalog or exported)
    else:
        _both_sides(feed, catalog, exported, CATALOG_AND_EXPORT)


def between(page: Page, found: ItemThen) -> None:
    """The same of one item in two moments: what was, and what came of it."""
    feed = page.view.contract(get_feed(found.feed))
    before, after = parsed(found.before), parsed(found.after)
    if before is None and after is None:
        cards.empty(texts.NEITHER_THEN)
        return
    if before is None or after is None:
        cards.note("+" if before is None else "-", texts.ADDED_THEN if before is None else texts.REMOVED_THEN)
        _one_side(before or after)
        return
    if not found.differences:
        cards.note("✓", texts.EQUAL_THEN, tone="ok")
        return
    fields = plural(len(found.differences), "field changed", "fields changed")
    said = cards.strip("~", texts.CHANGED_THEN.format(fields=fields), tone="warn")
    st.html(said + field_table(found.differences, BEFORE_AND_AFTER))
    _both_sides(feed, before, after, BEFORE_AND_AFTER)


def _one_side(payload: dict[str, Any] | None) -> None:
    """All there is: with nothing to compare, marking each line would only make it long."""
    lines = pretty_lines(payload)
    readable = "\n".join(lines)
    language = "json" if len(readable) <= LONGEST_COLOURED else None
    st.code(readable, language=language, height="content" if len(lines) <= _FEW_LINES else 520, wrap_lines=True)


def volatile_fields(feed: Feed) -> frozenset[str]:
    """The fields that the content hash leaves out."""
    return frozenset(field.name for field in feed.fields if not field.hashed)


def _sentence(found: ItemDiff, feed: Feed, catalog: dict[str, Any], exported: dict[str, Any]) -> str:
    if found.kind == "only_catalog":
        return cards.strip("+", texts.ONLY_CATALOG)
    if found.kind == "only_exported":
        return cards.strip("-", texts.ONLY_EXPORTED, tone="warn")
    if found.differences:
        fields = plural(len(found.differences), "field differs", "fields differ")
        return cards.strip("~", texts.DIFFERENT.format(fields=fields), tone="warn")
    names = ", ".join(f"`{edit.path}`" for edit in _volatile(feed, catalog, exported))
    return cards.strip("✓", texts.EQUAL_BUT_VOLATILE.format(fields=names) if names else texts.EQUAL, tone="ok")


def _volatile(feed: Feed, catalog: dict[str, Any], exported: dict[str, Any]) -> tuple[FieldDifference, ...]:
    """The values that differ and do not count, since somebody may wonder about them."""
    names = [name for name in sorted(volatile_fields(feed)) if catalog.get(name) != exported.get(name)]
    return tuple(FieldChanged(name, exported.get(name), catalog.get(name)) for name in names)


def field_table(edits: tuple[FieldDifference, ...], sides: Sides, *, most: int = _SHOWN_FIELDS) -> str:
    """The fields with both values as HTML, nothing when there are none; each carries its kind in words."""
    if not edits:
        return ""

    def values(edit: FieldDifference) -> tuple[str, str]:
        return excerpts(*((edit.after, edit.before) if sides.newer == "left" else (edit.before, edit.after)))

    rows = "".join(
        "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td></tr>".format(
            bdi(edit.path or "all of it"), *map(bdi, values(edit)), esc(edit.change.capitalize())
        )
        for edit in edits[:most]
    )
    below = esc(texts.MORE_FIELDS.format(fields=f"{len(edits) - most:,}")) if len(edits) > most else ""
    return (
        f'<div class="cs-scroll"><table class="cs-fields"><thead><tr><th scope="col">{esc(texts.FIELD)}</th>'
        f'<th scope="col">{esc(sides.left)}</th><th scope="col">{esc(sides.right)}</th>'
        f'<th scope="col">{esc(texts.KIND)}</th></tr></thead><tbody>{rows}</tbody></table></div>'
        f'<p class="cs-quiet">{below}</p>'
    )


def excerpts(one: Any, other: Any) -> tuple[str, str]:
    """Both values as text; long ones begin shortly before the place where they part."""
    one, other = (
        NONE if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for value in (one, other)
    )
    if max(len(one), len(other)) <= _LONGEST_VALUE:
        return one, other
    same = next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), 0)
    start = same - _BEFORE_DIFFERENCE if same > 2 * _BEFORE_DIFFERENCE else 0
    lead = "…" if start else ""
    return f"{lead}{one[start:]}", f"{lead}{other[start:]}"


def _form() -> str:
    """How the lines are shown, kept in the URL."""
    url_state.follow_url("form", allowed=list(texts.FORMS), default="side")
    chosen = st.segmented_control(
        texts.FORM,
        list(texts.FORMS),
        default="side",
        required=True,
        key="form",
        format_func=texts.FORMS.__getitem__,
        on_change=url_state.write_url,
        args=("form",),
        kwargs={"default": "side"},
        label_visibility="collapsed",
    )
    return str(chosen or "side")


def _both_sides(feed: Feed, left: dict[str, Any], right: dict[str, Any], sides: Sides) -> None:
    """The sides line by line, in the form and with the switches that the URL names."""
    with st.container(horizontal=True, vertical_alignment="center", key="diff-choices"):
        form = _form()
        if form == "fields":
            return
        only = st.toggle(texts.ONLY_CHANGES, **url_state.switch("only_changes", default=True))
        unordered = st.toggle(texts.IGNORE_ORDER, help=texts.IGNORE_ORDER_HELP, **url_state.switch("ignore_order"))
        volatile = url_state.switch("hide_volatile", default=True)
        hidden = st.toggle(texts.HIDE_VOLATILE, help=texts.HIDE_VOLATILE_HELP, **volatile)
    left_out = volatile_fields(feed) if hidden else frozenset()
    if unordered:
        right = in_order_of(left, right)
    if _text(left, left_out) == _text(right, left_out):
        cards.quiet(texts.ONLY_ORDER)
        return
    draw = side_by_side if form == "side" else unified
    st.html(_legend(sides, form) + draw(left, right, sides=sides, without=left_out, only_changes=only))


def _legend(sides: Sides, form: str) -> str:
    words = sides.legend if form == "side" else sides.legend[1:]
    marks = "".join(f"<span><b>{esc(mark)}</b>{esc(word)}</span>" for mark, word in words)
    return f'<div class="cs-legend cs-legend-{esc(form)}">{marks}</div>'


def _text(payload: dict[str, Any] | None, left_out: frozenset[str]) -> list[str]:
    return pretty_lines(payload, without=left_out)


def parsed(text: str | None) -> dict[str, Any] | None:
    """A payload as an object."""
    return None if text is None else json.loads(text)
