"""Runs as tables, with their counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

import polars as pl
import streamlit as st

from syncengine.control.runs import Run
from syncengine.inspection.requests import RequestRow
from syncengine.inspection.runs import ErrorGroup
from syncengine.inspection.status import Equation
from ui import cards, links, texts
from ui.escape import bdi, esc
from ui.formats import NONE, count, duration, moment

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
        esc(f"{run.started_at.astimezone(where):%Y-%m-%d %H:%M}"),
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


def chosen_row(selection: Mapping[str, Any], rows: int) -> int | None:
    """The row that was ticked, or on a cell of which somebody clicked."""
    chosen = [*selection["rows"], *(row for row, _ in selection.get("cells", ()))]
    return chosen[0] if chosen and chosen[0] < rows else None


def feed_rows(run: dict[str, Any]) -> pl.DataFrame:
    """One row per feed of a run, and per destination where there are several; of a dry run what would be sent."""
    several = len({feed["destination"] for feed in run["feeds"]}) > 1
    if run["dry_run"]:
        return pl.DataFrame(
            [
                {
                    "Feed": feed["feed"],
                    **({"Destination": feed["destination_name"] or feed["destination"]} if several else {}),
                    **{name.capitalize(): feed[name] for name in PLANNED},
                    "Would be sent": feed["sent"],
                    "Set aside": feed["set_aside"],
                }
                for feed in run["feeds"]
            ]
        )
    return pl.DataFrame(
        [
            {
                "Feed": feed["feed"],
                **({"Destination": feed["destination_name"] or feed["destination"]} if several else {}),
                "Status": status_words(feed["status"]),
                **{name.capitalize(): feed[name] for name in COUNTS},
                "Set aside": feed["set_aside"],
                "Requests": feed["requests"],
                "Duration": duration(feed["seconds"]),
            }
            for feed in run["feeds"]
        ]
    )


def error_rows(groups: Sequence[ErrorGroup]) -> pl.DataFrame:
    """One row per cause; the message is what the destination said."""
    return pl.DataFrame(
        [
            {
                "Items": group.items,
                "Feed": group.feed,
                "Outcome": group.outcome.replace("_", " ").capitalize(),
                "Message": group.message or NONE,
                "HTTP": "" if group.http_status is None else str(group.http_status),
                "Samples": "  ·  ".join(group.samples),
            }
            for group in groups
        ]
    )


def count_columns(frame: pl.DataFrame) -> dict[str, Any]:
    """How counts are drawn: with the reader's own separators."""
    counts = [name for name, kind in frame.schema.items() if kind.is_integer()]
    return {name: st.column_config.NumberColumn(format="localized") for name in counts}


def draw_counts(frame: pl.DataFrame, alt: str) -> None:
    """A plain table of names and counts; `alt` says what it is to those who do not see it."""
    st.dataframe(frame, hide_index=True, height="content", row_height=34, column_config=count_columns(frame), alt=alt)


def status_words(status: str) -> str:
    """A status with its mark."""
    return f"{texts.RUN_STATUSES.get(status, ('idle', '–'))[1]} {status}"


def mode_words(mode: str, *, dry_run: bool) -> str:
    """A run's mode in words."""
    return texts.DRY_RUN if dry_run else texts.MODES.get(mode, mode)


def _seconds(started: datetime | None, finished: datetime | None) -> float | None:
    return None if started is None or finished is None else (finished - started).total_seconds()
