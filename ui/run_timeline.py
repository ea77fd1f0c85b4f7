"""The timeline of the Runs page: runs, and between them what people asked for, a line each, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from syncengine.inspection.requests import describe
from syncengine.inspection.run_list import Happening
from ui import cards, links, run_texts, texts
from ui.bootstrap import Page
from ui.escape import bdi, esc
from ui.formats import moment, plural

_REQUEST = "request sync"


def happenings(told: tuple[Happening, ...], page: Page, *, most: int, only_runs: bool) -> None:
    """What happened; a run leads to its page. `most`: how many are asked for at once."""
    notes = [run_texts.TIMELINE_ONLY_RUNS if only_runs else run_texts.TIMELINE_NOTE]
    if len(told) == most:
        notes.append(run_texts.TIMELINE_MORE.format(most=most))
    cards.quiet(" ".join(notes))
    items = "".join(_happening(one, page) for one in told)
    st.html(f'<ol class="cs-happened">{items}</ol>')


def _happening(one: Happening, page: Page) -> str:
    when = esc(moment(one.at, page.zone))
    side = "" if one.actor == one.action else bdi(f"by {one.actor}")
    is_run = one.subject.startswith("r-")
    what = cards.link(links.address("run", run=one.subject), one.subject) if is_run else cards.mono(one.subject)
    if one.kind == "run":
        mark = cards.run_badge(one.status or "")
        kind = esc(texts.TRIGGERS.get(one.action, one.action))
        return f"<li><time>{when}</time><span>{mark} {what} {kind} {side}</span><small></small></li>"
    if one.subject in run_texts.PLAIN_SUBJECTS:
        what = ""
    mark = cards.badge(run_texts.ACTIONS.get(one.action, one.action.capitalize()), "idle", "·")
    below = bdi(_details(one), longest=200)
    return f"<li><time>{when}</time><span>{mark} {what} {side}</span><small>{below}</small></li>"


def _details(one: Happening) -> str:
    """What an entry says besides who and what, in one line."""
    details = one.details
    if one.action == _REQUEST and isinstance(details, dict):
        return describe(details)
    if isinstance(details, dict):
        told = {name: value for name, value in details.items() if value not in (None, False, "", [], {})}
        return " · ".join(str(value) if name == "reason" else f"{name}: {value}" for name, value in told.items())
    if isinstance(details, list):
        held = [_held(item) for item in details if isinstance(item, Mapping) and "removed" in item]
        return " · ".join(held) if held else plural(len(details), "entry", "entries")
    return "" if details is None else str(details)


def _held(item: Mapping[str, Any]) -> str:
    return f"{item.get('feed')}: {item['removed']:,} of {item.get('exported', 0):,} items"
