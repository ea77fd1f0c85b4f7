"""What was told of an item, run by run: the timeline with what had changed, and the requests that carried it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from syncengine.inspection.customer_groups import with_groups
from syncengine.inspection.timeline import TimelineEntry, request_times
from ui import cards, links, url_state
from ui import item_texts as texts
from ui.bootstrap import Page
from ui.escape import bdi, esc
from ui.formats import NONE, ago, duration, moment
from ui.item_diff import excerpts
from ui.status_blocks import destination_name

_RUNS_SHOWN, _ALL_RUNS = 12, 200
_EDITS_SHOWN, _SCOPES_SHOWN = 6, 6
_DELIVERIES_SHOWN, _ALL_DELIVERIES = 100, 2_000


def timeline(page: Page, entries: Sequence[TimelineEntry]) -> None:
    """The attempts by run, newest first: when, why, with which fields, and what was answered."""
    if not entries:
        cards.empty(texts.NO_HISTORY, texts.NO_HISTORY_NEXT)
        return
    runs: dict[str, list[TimelineEntry]] = {}
    for entry in entries:
        runs.setdefault(entry.run_id, []).append(entry)
    most = _ALL_RUNS if len(runs) > _RUNS_SHOWN and _older() else _RUNS_SHOWN
    st.html("".join(_run(page, run_id, told) for run_id, told in list(runs.items())[:most]))


def _older() -> bool:
    return st.toggle(texts.OLDER, **url_state.switch("older"))


def _run(page: Page, run_id: str, told: Sequence[TimelineEntry]) -> str:
    """When it was, the way to the run, and what was told in it."""
    at = told[0].at
    body = "".join(_entry(alike) for alike in _alike(told))
    inner = cards.link(links.address("run", run=run_id), f"Run {run_id}")
    when = f"{esc(moment(at, page.zone))} · {esc(ago(at, page.now))}"
    return f'<h3 class="cs-when">{when}<span>{inner}</span></h3><ul class="cs-told">{body}</ul>'


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
    all_of_them = len(entries) <= _DELIVERIES_SHOWN or _older()
    shown = list(entries)[: _ALL_DELIVERIES if all_of_them else _DELIVERIES_SHOWN]
    took = request_times(page.view, shown)
    cards.quiet(texts.DELIVERIES_NOTE.format(endpoint=destination_name(page.settings, destination)))
    cards.table(
        texts.DELIVERY_COLUMNS,
        [_delivery(page, *pair, took) for pair in zip(shown, _attempts(entries), strict=False)],
        what={"Attempt": texts.ATTEMPT_HELP, "Took": texts.TOOK_HELP},
        kind="cs-deliveries",
    )


def _delivery(page: Page, entry: TimelineEntry, attempt: int, took: Mapping[str, float]) -> tuple[str, ...]:
    """One row, cell by cell."""
    return (
        esc(moment(entry.at, page.zone)),
        cards.badge(*texts.OUTCOMES.get(entry.outcome, (entry.outcome, "idle", "·"))),
        f"{bdi(entry.feed)} <small>{bdi(with_groups(entry.scope))}</small>",
        esc(attempt),
        esc(_took(took.get(entry.request_id or ""))),
        esc(entry.http_status or NONE),
        bdi(entry.message or entry.error_code or NONE),
        cards.mono(entry.request_id or NONE),
        esc(NONE if entry.batch_number is None else entry.batch_number),
        cards.link(links.address("run", run=entry.run_id), entry.run_id),
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
