"""A page of a list as a table of links: each row leads somewhere, headings sort, rows can be ticked.

Plain HTML: it is there before a grid's scripts would be, Tab and Enter reach every row, a row can be opened in
a tab of its own, the browser finds and copies what is shown. in_app_links.js follows the links without loading the app
anew, and keeps the ticked rows in the URL, as `tick=`; so a tick changes nothing of the table itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import streamlit as st

from ui import cards, texts
from ui.escape import bdi, esc
from ui.formats import plural

TICKS = "tick"
_LONGEST = 4_000  # of an address: it carries the list that it comes from
_SHOWN_WHOLE = 16  # letters that fit, however wide they are


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A heading. `kind` is a class of its cells, `what` says what stands below it; `sort` is the address of the list
    sorted by it, `sorted` how it is sorted by it now: ascending, descending or not ("")."""

    heading: str
    kind: str = ""
    what: str = ""
    sort: str = ""
    sorted: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The cells, as HTML escaped by the caller, and where the row leads, if it does. `tick` is what is chosen by its
    tick, `name` what is read out for it (else the same); `current`: what the row leads to is what is shown."""

    cells: Sequence[str]
    address: str = ""
    tick: str = ""
    name: str = ""
    current: bool = False


def ticked() -> list[str]:
    """What is ticked, as the URL says."""
    return list(dict.fromkeys(one for one in st.query_params.get_all(TICKS) if one))


def here(page: str, /, **changes: str | None) -> str:
    """The address of this page as it is now, with these parameters; None takes one out. What is ticked is not in it:
    in_app_links.js adds that when such a link of a table is followed, and so a tick changes nothing of the table."""
    query: dict[str, str | list[str]] = {name: st.query_params.get_all(name) for name in st.query_params}
    query.update({name: value or [] for name, value in {**changes, TICKS: None}.items()})
    text = urlencode(query, doseq=True)
    return f"{page}?{text}" if text else page


def link_table(columns: Sequence[Column], rows: Sequence[Row], *, label: str, link: int = 0, kind: str = "") -> None:
    """The table; the cells of column `link` are the links. Rows can be ticked when they say what by."""
    ticks = any(row.tick for row in rows)
    head = "".join((_tick_all() if ticks else "", *map(_heading, columns)))
    body = "".join(_row(columns, row, link, ticks) for row in rows)
    st.html(
        f'<div class="cs-scroll cs-list"><table class="cs-table cs-links {esc(kind)}" aria-label="{esc(label)}">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def whole(text: str) -> str:
    """A text that a narrow column may cut short, whole when it is pointed at."""
    return bdi(text) if len(text) <= _SHOWN_WHOLE else f'<span title="{esc(text)}">{bdi(text)}</span>'


def selected_note(what: str) -> None:
    """How many of `what` are ticked, and the way to untick them all; nothing when none is."""
    if found := ticked():
        words = texts.TICKED.format(count=plural(len(found), what))
        st.html(
            f'<p class="cs-quiet">{esc(words)} <a class="cs-untick" role="button" href="#" data-untick="">'
            f"{esc(texts.UNTICK)}</a></p>"
        )


def _row(columns: Sequence[Column], row: Row, link: int, ticks: bool) -> str:
    href = esc(row.address, longest=_LONGEST)
    link = link if row.address else -1
    shown = ' aria-current="true"' if row.current else ""
    parts = ["<tr>", _tick(row.tick, row.name or row.tick) if ticks else ""]
    for index, (column, value) in enumerate(zip(columns, row.cells, strict=True)):
        linked = f'<a class="cs-goes" href="{href}"{shown}>{value}</a>' if index == link else value
        parts += (_opening("td", column.kind), linked, "</td>")
    return "".join((*parts, "</tr>"))


def _tick(value: str, name: str) -> str:
    return (
        '<td class="cs-ticks"><a class="cs-tick" role="checkbox" aria-checked="false" href="#" '
        f'aria-label="{esc(texts.TICK.format(name=name))}" data-tick="{esc(value)}"></a></td>'
    )


def _tick_all() -> str:
    return (
        '<th scope="col" class="cs-ticks"><a class="cs-tick" role="checkbox" aria-checked="false" href="#" '
        f'aria-label="{esc(texts.TICK_ALL)}" data-tick-all=""></a></th>'
    )


def _heading(column: Column) -> str:
    told, name = cards.tip(column.what) if column.what else ("", "")
    inner = esc(column.heading)
    if column.sort:
        href, mark = esc(column.sort, longest=_LONGEST), {"ascending": "↑", "descending": "↓"}.get(column.sorted, "")
        inner = (
            f'<a class="cs-sorts" href="{href}" aria-describedby="{esc(name)}">{inner}<i aria-hidden="true">'
            f"{esc(mark)}</i></a>"
        )
    if told:
        side = "" if column.sort else f' tabindex="0" aria-describedby="{esc(name)}"'
        inner = f'<span class="cs-told-word"{side}>{inner}{told}</span>'
    order = f' aria-sort="{esc(column.sorted)}"' if column.sorted else ""
    return "".join((_opening('th scope="col"', column.kind, order), inner, "</th>"))


def _opening(tag: str, kind: str, more: str = "") -> str:
    """A cell's tag; without a class when it has none: a browser looks at each attribute of each cell."""
    of_kind = f' class="{esc(kind)}"' if kind else ""
    return "".join(("<", tag, of_kind, more, ">"))
