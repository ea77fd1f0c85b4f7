"""The pieces pages are made of. What is not a literal of ours is escaped here, so that a page cannot forget it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import streamlit as st

from ui import texts
from ui.escape import bdi, esc

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


def tile(label: str, value: str, lines: Sequence[str] = (), *, extra: str = "", word: bool = False) -> None:
    """One answer: a label, a large value and lines below it. `value`, `lines` and `extra` are HTML, escaped by the
    caller with `esc`, `sentence` or one of the badges."""
    kind = "cs-value cs-word" if word else "cs-value"
    below = "".join(f'<p class="cs-line">{line}</p>' for line in lines)
    st.html(f'<p class="cs-label">{esc(label)}</p><div class="{kind}">{value}</div>{below}{extra}')


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


def note(mark: str, text: str, *, tone: str = "busy") -> None:
    """A quiet strip across the page."""
    st.html(f'<div class="cs-note cs-t-{esc(tone)}"><b>{esc(mark)}</b><span>{sentence(text)}</span></div>')


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
    items = "".join(f"<div><dt>{esc(label)}</dt><dd>{value}</dd></div>" for label, value in pairs)
    st.html(f'<dl class="cs-facts">{items}</dl>')


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: int = 0) -> None:
    """A small table; the cells are HTML, escaped by the caller. The last `numbers` columns hold numbers."""
    first = len(headings) - numbers
    head = "".join(f'<th scope="col" class="{_cell(i, first)}">{esc(text)}</th>' for i, text in enumerate(headings))
    body = "".join(
        "<tr>" + "".join(f'<td class="{_cell(i, first)}">{value}</td>' for i, value in enumerate(row)) + "</tr>"
        for row in rows
    )
    st.html(
        f'<div class="cs-scroll"><table class="cs-table"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(position: int, first_number: int) -> str:
    return "cs-num" if position >= first_number else ""


def equation(total: tuple[str, int], parts: Sequence[tuple[str, int, str]], *, first: str = "=") -> str:
    """`total = part + part …` in blocks; a part is (label, count, tone)."""
    blocks = [f'<div class="cs-total"><b>{total[1]:,}</b><span>{esc(total[0])}</span></div>']
    for index, (label, number, tone) in enumerate(parts):
        kind = "cs-zero" if number == 0 else f"cs-t-{esc(tone)}"
        blocks.append(f"<i>{esc(first if index == 0 else '+')}</i>")
        blocks.append(f'<div class="{kind}"><b>{number:,}</b><span>{esc(label)}</span></div>')
    return f'<div class="cs-eq">{"".join(blocks)}</div>'


def mono(text: object) -> str:
    """An identifier, in the letters of code."""
    return f'<span class="cs-mono">{bdi(text)}</span>'
