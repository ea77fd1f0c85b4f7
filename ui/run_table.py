"""Runs as tables, with their counts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from syncengine.control.runs import Run
from syncengine.inspection.requests import RequestRow
from syncengine.inspection.runs import ErrorGroup
from syncengine.inspection.status import Equation
from ui import cards, links, texts
from ui.escape import bdi, esc
from ui.formats import NONE, count, duration, minute, moment

_BY_COMMAND = " (command line)"
PLANNED = ("catalog", "unchanged", "added", "changed", "skipped", "removed", "resent")
COUNTS = ("catalog", "unchanged", "added", "changed", "skipped", "removed", "sent", "accepted", "rejected", "waiting")


def to_come_cells(requests: Sequence[RequestRow], where: tzinfo, now: datetime) -> list[list[str]]:
    """One row of TO_COME_COLUMNS per run that is to come: how it stands, who asked for what, and when. HTML."""
    return [
        [
            cards.run_badge(item.state),
            esc(moment(item.requested_at, where, now=now)),
            bdi(item.requested_by),
            bdi(item.what),
            esc(texts.WHEN_FREE if item.start_now or not item.is_waiting else texts.WITH_WINDOW),
            cards.mono(item.request_id),
        ]
        for item in requests
    ]


def run_cells(run: Run, counts: Equation, where: tzinfo, now: datetime) -> list[str]:
    """A run in RUN_COLUMNS, with its counts over all its feeds; one in progress with its time so far. HTML."""
    return [
        cards.link(links.address("run", run=run.run_id), run.run_id.rpartition("-")[2], title=run.run_id),
        cards.run_badge(run.status.shown),
        esc(minute(run.started_at, where)),
        esc(duration(_seconds(run.started_at, run.finished_at or now))),
        esc(texts.TRIGGERS.get(run.trigger, run.trigger)),
        bdi(run.requested_by.removesuffix(_BY_COMMAND)),  # Trigger says so, too
        esc(mode_words(run.mode, dry_run=run.dry_run)),
        *(count(getattr(counts, name)) for name in RUN_COUNTS.values()),
    ]


RUN_COUNTS = {
    "Catalog": "catalog",
    "Unchanged": "unchanged",
    "Added": "added",
    "Changed": "changed",
    "Removed": "removed",
    "Exported": "accepted",
    "Rejected": "rejected",
}
RUN_COLUMNS = ("Run", "Status", "Started", "Duration", "Trigger", "By", "Mode", *RUN_COUNTS)
TO_COME_COLUMNS = ("Status", "Requested", "By", "What", "Begins", "Request")


def feed_headings(run: Mapping[str, Any]) -> list[str]:
    """What stands above the feeds of a run; the destination where there are several."""
    names = [name.capitalize() for name in _counts(run)]
    place = ["Destination"] if _several(run) else []
    if run["dry_run"]:
        return ["Feed", *place, *names, "Would be sent", "Set aside"]
    return ["Feed", *place, "Status", *names, "Set aside", "Requests", "Duration"]


def feed_cells(run: Mapping[str, Any], listed: Collection[str], address: Callable[..., str]) -> list[list[str]]:
    """One row per feed of a run, and per destination where there are several; of a dry run what would be sent. HTML.

    `listed`: the counts whose items are listed on the page that `address` makes the address of.
    """
    return [_feed_row(run, feed, listed, address) for feed in run["feeds"]]


def _feed_row(
    run: Mapping[str, Any], feed: Mapping[str, Any], listed: Collection[str], address: Callable[..., str]
) -> list[str]:
    name = feed["feed"]

    def number(of: str) -> str:
        if not feed[of]:
            return f'<span class="cs-soft">{count(feed[of])}</span>'
        if of not in listed or run["dry_run"]:
            return count(feed[of])
        return cards.link(address(feed=name, items=of), count(feed[of]))

    some = "" if run["dry_run"] else next((of for of in ("rejected", *listed) if feed[of]), "")
    first = [cards.link(address(feed=name, items=some), name) if some else esc(name)]
    place = [bdi(feed["destination_name"] or feed["destination"])] if _several(run) else []
    numbers = [number(of) for of in (*_counts(run), *(("sent",) if run["dry_run"] else ()), "set_aside")]
    if run["dry_run"]:
        return [*first, *place, *numbers]
    return [
        *first,
        *place,
        cards.run_badge(feed["status"]),
        *numbers,
        count(feed["requests"]),
        esc(duration(feed["seconds"] or None)),
    ]


def _counts(run: Mapping[str, Any]) -> tuple[str, ...]:
    return PLANNED if run["dry_run"] else COUNTS


def _several(run: Mapping[str, Any]) -> bool:
    return len({feed["destination"] for feed in run["feeds"]}) > 1


def error_cells(groups: Sequence[ErrorGroup]) -> list[list[str]]:
    """One row of CAUSE_COLUMNS per cause; the message is what the destination said. HTML."""
    return [
        [
            count(group.items),
            esc(group.feed),
            esc(group.outcome.replace("_", " ").capitalize()),
            bdi(group.message or NONE),
            esc(group.http_status),
            " · ".join(map(bdi, group.samples)),
        ]
        for group in groups
    ]


def mode_words(mode: str, *, dry_run: bool) -> str:
    """A run's mode in words."""
    return texts.DRY_RUN if dry_run else texts.MODES.get(mode, mode)


def _seconds(started: datetime | None, finished: datetime | None) -> float | None:
    return None if started is None or finished is None else (finished - started).total_seconds()
