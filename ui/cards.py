"""The pieces pages are made of. What is not a literal of ours is escaped here, so that a page cannot forget it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from hashlib import md5
from types import MappingProxyType

import streamlit as st

from ui import texts
from ui.escape import bdi, esc
from ui.formats import ago, moment

_CODE = re.compile(r"`([^`]+)`")


def sentence(text: object) -> str:
    """Escaped text in which `backticks` make code: the one form of markup that our own messages use."""
    return _CODE.sub(r"<code>\1</code>", esc(text, longest=2_000))


def badge(word: str, tone: str, mark: str) -> str:
    """A word with a mark in a tone (ok, warn, bad, busy, idle)."""
    return f'<span class="cs-badge cs-t-{esc(tone)}"><i aria-hidden="true">{esc(mark)}</i>{esc(word)}</span>'


def run_badge(status: str) -> str:
    """The badge of a run's shown status."""
    return badge(status, *texts.RUN_STATUSES.get(status, ("idle", "·")))


def state_badge(state: str) -> str:
    """The badge of a product's state."""
    return badge(*texts.STATES.get(state, (state, "idle", "·")))


def when(at: datetime | None, now: datetime, where: tzinfo) -> str:
    """How long ago, or in how long; the exact moment, with its zone, when pointed at."""
    return f'<span title="{esc(moment(at, where))}">{esc(ago(at, now))}</span>'


def tip(text: str) -> tuple[str, str]:
    """What is told of its neighbour, which it is a child of, when that one is pointed at or has the focus; and the id
    by which the neighbour names it in `aria-describedby`."""
    name = f"tip-{md5(text.encode(), usedforsecurity=False).hexdigest()[:10]}"
    return f'<span class="cs-tip" role="tooltip" id="{esc(name)}">{sentence(text)}</span>', name


def what_is(text: str) -> str:
    """A mark that tells, pointed at or with the focus, what exactly a number counts."""
    told, name = tip(text)
    return (
        f'<span class="cs-what" tabindex="0" role="note" aria-label="{esc(texts.WHAT_COUNTS)}" '
        f'aria-describedby="{esc(name)}">?{told}</span>'
    )


def tile(
    label: str, value: str, lines: Sequence[str] = (), *, extra: str = "", word: bool = False, what: str = ""
) -> None:
    """One answer: a label, a large value and lines below it. `value`, `lines` and `extra` are HTML, escaped by the
    caller with `esc`, `sentence` or one of the badges. `what`: says what exactly is counted."""
    kind = "cs-value cs-word" if word else "cs-value"
    below = "".join(f'<p class="cs-line">{line}</p>' for line in lines)
    mark = what_is(what) if what else ""
    st.html(f'<p class="cs-label">{esc(label)}{mark}</p><div class="{kind}">{value}</div>{below}{extra}')


def heading(text: str, *, note: str = "") -> None:
    """The heading of a block, with one quiet line below it."""
    below = f'<p class="cs-line">{sentence(note)}</p>' if note else ""
    st.html(f'<h2 class="cs-h2">{esc(text)}</h2>{below}')


def quiet(text: str) -> None:
    """A quiet line."""
    st.html(f'<p class="cs-quiet">{esc(text)}</p>')


def line(text: str) -> None:
    """A quiet line in which `backticks` make code."""
    st.html(f'<p class="cs-line">{sentence(text)}</p>')


def progress(share: float) -> str:
    """A thin bar; `share` from 0 to 1."""
    percent = round(max(0.0, min(1.0, share)) * 100)
    bar = f'<div style="width:{percent}%"></div>'
    return f'<div class="cs-progress" role="progressbar" aria-valuenow="{percent}">{bar}</div>'


def share(part: float, words: str) -> str:
    """A part of the whole in a table: a bar, from 0 to 1, and what it is in words."""
    number = f"{100 * max(0.0, min(1.0, part)):.2f}"
    return f'<span class="cs-share"><i aria-hidden="true" style="width:{number}%"></i></span><b>{esc(words)}</b>'


def note(mark: str, text: str, *, tone: str = "busy") -> None:
    """A quiet strip across the page."""
    st.html(strip(mark, text, tone=tone))


def strip(mark: str, text: str, *, tone: str = "busy") -> str:
    """The same as HTML, to stand above something else in one element."""
    return f'<div class="cs-note cs-t-{esc(tone)}"><b>{esc(mark)}</b><span>{sentence(text)}</span></div>'


def problem(text: str, *, hint: str = "", support: str = "") -> None:
    """What went wrong, what to do, and what to tell support."""
    below = f"<br>{sentence(hint)}" if hint else ""
    small = f"<small>{esc(support)}</small>" if support else ""
    st.html(f'<div class="cs-problem" role="alert"><b>{sentence(text)}</b>{below}{small}</div>')


def empty(title: str, text: str = "") -> None:
    """An empty place: what is missing, and what to do next."""
    st.html(f'<div class="cs-empty"><strong>{bdi(title)}</strong>{sentence(text)}</div>')


def facts(pairs: Sequence[tuple[str, str]]) -> None:
    """Labelled values side by side; the values are HTML, escaped by the caller."""
    st.html(fact_list(pairs))


def fact_list(pairs: Sequence[tuple[str, str]]) -> str:
    """The same as HTML."""
    items = "".join(f"<div><dt>{esc(label)}</dt><dd>{value}</dd></div>" for label, value in pairs)
    return f'<dl class="cs-facts">{items}</dl>'


def table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numbers: int = 0,
    right: Collection[str] = (),
    what: Mapping[str, str] = MappingProxyType({}),
    kind: str = "",
    label: str = "",
    tall: bool = False,
) -> None:
    """A table that tells; the cells are HTML, escaped by the caller. The last `numbers` columns hold numbers, and those
    named in `right`. `what` says of a heading what stands below it; `kind` is a class; `label` says what it is to those
    who do not see it. `tall`: of so many rows it scrolls in itself, below its head."""
    sides = [index >= len(headings) - numbers or text in right for index, text in enumerate(headings)]
    head = "".join(
        f'<th scope="col" class="{_cell(side)}">{_heading(text, what.get(text, ""))}</th>'
        for text, side in zip(headings, sides, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(f'<td class="{_cell(side)}">{value}</td>' for value, side in zip(row, sides, strict=True))
        + "</tr>"
        for row in rows
    )
    told = f' aria-label="{esc(label)}"' if label else ""
    first = f'<div class="cs-scroll cs-tall" tabindex="0" role="region"{told}>' if tall else '<div class="cs-scroll">'
    st.html(
        f'{first}<table class="cs-table {esc(kind)}"{told}><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(is_number: bool) -> str:
    return "cs-num" if is_number else ""


def _heading(text: str, what: str) -> str:
    if not what:
        return esc(text)
    told, name = tip(what)
    return f'<span class="cs-told-word" tabindex="0" aria-describedby="{esc(name)}">{esc(text)}{told}</span>'


def link(address: str, text: str, *, title: str = "") -> str:
    """A link to a page of ours, by its relative address; `title` is told when it is pointed at."""
    told = f' title="{esc(title)}"' if title else ""
    return f'<a href="{esc(address, longest=2_000)}"{told}>{esc(text)}</a>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A number of an equation. `what` says what exactly it counts, `address` is where that is listed, if it is."""

    label: str
    number: int
    what: str
    tone: str = "idle"
    address: str = ""


def equation(total: Term, parts: Sequence[Term], *, first: str = "=") -> str:
    """`total = part + part …` in blocks; each tells what it counts, and leads to the list of it."""
    blocks = [_term(total, "cs-total")]
    for index, part in enumerate(parts):
        blocks.append(f"<i>{esc(first if index == 0 else '+')}</i>")
        blocks.append(_term(part, "cs-zero" if part.number == 0 else f"cs-t-{esc(part.tone)}"))
    return f'<div class="cs-eq">{"".join(blocks)}</div>'


def _term(term: Term, kind: str) -> str:
    told, name = tip(term.what)
    number = f"{term.number:,}"
    inner = f"<b>{number}</b><span>{esc(term.label)}</span>{told}"
    if term.address and term.number:
        href = esc(term.address, longest=2_000)
        return f'<a class="cs-term {kind}" href="{href}" aria-describedby="{esc(name)}">{inner}</a>'
    return f'<div class="cs-term {kind}" tabindex="0" aria-describedby="{esc(name)}">{inner}</div>'


def mono(text: object) -> str:
    """An identifier, in the letters of code."""
    return f'<span class="cs-mono">{bdi(text)}</span>'
