"""What was told of an item, run by run: the timeline with what had changed, and the requests that carried it."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import streamlit as st

from syncengine.inspection.customer_groups import with_groups
from syncengine.inspection.timeline import TimelineEntry, request_times
from ui import cards, links
from ui import item_texts as texts
from ui.bootstrap import Page
from ui.escape import bdi, esc, label
from ui.formats import NONE, ago, duration, moment
from ui.item_diff import excerpts
from ui.status_blocks import destination_name

_RUNS_SHOWN, _ALL_RUNS = 12, 200
_EDITS_SHOWN, _SCOPES_SHOWN = 6, 6
_ROW_HEIGHT = 34


def timeline(page: Page, entries: Sequence[TimelineEntry]) -> None:
    """The attempts by run, newest first: when, why, with which fields, and what was answered."""
    if not entries:
        cards.empty(texts.NO_HISTORY, texts.NO_HISTORY_NEXT)
        return
    runs: dict[str, list[TimelineEntry]] = {}
    for entry in entries:
        runs.setdefault(entry.run_id, []).append(entry)
    most = _ALL_RUNS if len(runs) > _RUNS_SHOWN and st.toggle(texts.OLDER, key="older") else _RUNS_SHOWN
    for run_id, told in list(runs.items())[:most]:
        with st.container(key=f"run-{run_id}"):
            _run_head(page, run_id, told[0])
            body = "".join(_entry(alike) for alike in _alike(told))
            st.html(f'<ul class="cs-told">{body}</ul>')


def _run_head(page: Page, run_id: str, newest: TimelineEntry) -> None:
    when = f"{esc(moment(newest.at, page.zone))} · {esc(ago(newest.at, page.now))}"
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.html(f'<p class="cs-when"><strong>{when}</strong></p>')
        words = f"Run {label(run_id)}"
        st.page_link(links.RUN, label=words, icon=":material/history:", query_params={"run": run_id})


def _alike(told: Sequence[TimelineEntry]) -> list[list[TimelineEntry]]:
    """The attempts of a run that say the same but for their scope, together."""
    groups: dict[str, list[TimelineEntry]] = {}
    for one in told:
        says = (one.feed, one.operation, one.outcome, one.http_status, one.error_code, one.message, one.differences)
        groups.setdefault(repr(says), []).append(one)
    return list(groups.values())


def _entry(alike: Sequence[TimelineEntry]) -> str:
    entry = alike[0]
    scopes = " · ".join(with_groups(one.scope) for one in alike[:_SCOPES_SHOWN])
    if len(alike) > _SCOPES_SHOWN:
        scopes += f" · {texts.MORE_EDITS.format(edits=len(alike) - _SCOPES_SHOWN)}"
    operation = texts.OPERATIONS.get(entry.operation, entry.operation)
    edits = "".join(_edit(edit.path, edit.before, edit.after) for edit in entry.differences[:_EDITS_SHOWN])
    more = len(entry.differences) - _EDITS_SHOWN
    if more > 0:
        edits += f"<li>{esc(texts.MORE_EDITS.format(edits=f'{more:,}'))}</li>"
    answer = f'<p class="cs-line">{esc(_answer(entry))}</p>' if entry.outcome != "accepted" or entry.message else ""
    inner = f'<ul class="cs-edits">{edits}</ul>' if edits else ""
    badge = cards.badge(*texts.OUTCOMES.get(entry.outcome, (entry.outcome, "idle", "·")))
    return (
        f"<li><div>{badge}<span><strong>{esc(operation)}</strong> · {bdi(entry.feed)} · {bdi(scopes)} · "
        f"{bdi(entry.sentence)}</span></div>{inner}{answer}</li>"
    )


def _edit(path: str, before: object, after: object) -> str:
    one, other = excerpts(before, after)
    return (
        f"<li><code>{bdi(path)}</code> <del>{bdi(one, longest=160)}</del> → <ins>{bdi(other, longest=160)}</ins></li>"
    )


def _answer(entry: TimelineEntry) -> str:
    status = f"HTTP {entry.http_status}" if entry.http_status else "No HTTP answer"
    said = f": {entry.message}" if entry.message else ""
    code = f" ({entry.error_code})" if entry.error_code else ""
    return f"{status}{code}{said}"


def deliveries(page: Page, entries: Sequence[TimelineEntry], destination: str) -> None:
    """The requests that carried it: run, batch, request id, HTTP status and answer, newest first."""
    if not entries:
        cards.empty(texts.NO_HISTORY, texts.NO_HISTORY_NEXT)
        return
    attempts, took = _attempts(entries), request_times(page.view, entries)
    frame = pl.DataFrame(
        {
            "Sent": [moment(entry.at, page.zone) for entry in entries],
            "Outcome": [_outcome_words(entry.outcome) for entry in entries],
            "Feed": [entry.feed for entry in entries],
            "Scope": [with_groups(entry.scope) for entry in entries],
            "Attempt": attempts,
            "Took": [_took(took.get(entry.request_id or "")) for entry in entries],
            "HTTP": [str(entry.http_status or NONE) for entry in entries],
            "Answer": [entry.message or (entry.error_code or NONE) for entry in entries],
            "Request id": [entry.request_id or NONE for entry in entries],
            "Batch": [NONE if entry.batch_number is None else str(entry.batch_number) for entry in entries],
            "Run": [entry.run_id for entry in entries],
        }
    )
    cards.quiet(texts.DELIVERIES_NOTE.format(endpoint=destination_name(page.settings, destination)))
    st.dataframe(
        frame,
        hide_index=True,
        height="content" if len(frame) <= 14 else 15 * _ROW_HEIGHT + 3,
        row_height=_ROW_HEIGHT,
        column_config={
            "Attempt": st.column_config.NumberColumn(width=70, help="How many times this very item had been sent."),
            "HTTP": st.column_config.TextColumn(width=60),
            "Batch": st.column_config.TextColumn(width=60),
            "Took": st.column_config.TextColumn(width=64, help=texts.TOOK_HELP),
            "Answer": st.column_config.TextColumn(width=190),
            "Request id": st.column_config.TextColumn(width=245),
        },
        alt=texts.TAB_DELIVERIES,
    )


def _took(seconds: float | None) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds is not None and seconds < 1 else duration(seconds)


def _attempts(entries: Sequence[TimelineEntry]) -> list[int]:
    """The number of each attempt among those of its own item; entries are newest first."""
    counted: dict[tuple[str, str], int] = {}
    numbers = []
    for entry in reversed(entries):
        key = entry.feed, entry.feed_id
        counted[key] = counted.get(key, 0) + 1
        numbers.append(counted[key])
    return numbers[::-1]


def _outcome_words(outcome: str) -> str:
    word, _, mark = texts.OUTCOMES.get(outcome, (outcome, "idle", "·"))
    return f"{mark} {word}"
