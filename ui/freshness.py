"""How fresh the exported data was over the last week, as a picture with its sentence."""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta

import streamlit as st

from syncengine.inspection.pulse import GRACE
from syncengine.inspection.run_charts import Freshness, freshness
from ui import cards, charts, texts
from ui.bootstrap import Page
from ui.formats import duration, moment

DAYS = 7
_HOURS = DAYS * 24
_HOUR = timedelta(hours=1)


def week(page: Page, note: str = "") -> None:
    """One bar an hour: how old the data became in it."""
    cards.heading(texts.FRESHNESS, note=f"{texts.FRESHNESS_NOTE} {note}".strip())
    found = freshness(page.view, days=DAYS)
    if found.worst_minutes is None or found.now_minutes is None:
        cards.quiet(texts.FRESHNESS_NONE)
        return
    worst, latest = duration(60 * found.worst_minutes), duration(60 * found.now_minutes)
    bars = [_hour(begins, age, found.window_minutes, page) for begins, age in hours(found, page.now)]
    window = found.window_minutes
    limit = (2.0 * window, texts.FRESHNESS_LIMIT.format(age=duration(2 * 60 * window)))
    said = texts.FRESHNESS_WORDS.format(worst=worst, now=latest)
    st.html(
        charts.columns(bars, words=said, size="middle", least_top=2.5 * window, line=limit)
        + charts.axis(f"{DAYS} days ago", "now")
        + charts.legend(texts.FRESH_KEY)
    )
    if found.on_time_share is not None:
        cards.quiet(texts.FRESHNESS_SHARE.format(share=f"{found.on_time_share:.1%}", worst=worst))


def hours(found: Freshness, now: datetime) -> list[tuple[datetime, float | None]]:
    """Each hour of the week, oldest first, with the greatest age in it, in minutes; None before the first success."""
    times, ages = found.points["at"].to_list(), found.points["age_minutes"].to_list()
    begins = now - _HOURS * _HOUR
    told = []
    for number in range(_HOURS):
        start = begins + number * _HOUR
        end = start + _HOUR
        first, after = bisect_right(times, start), bisect_right(times, end)
        within = ages[first:after]
        # between two points the data only ages, by a minute a minute
        if after and times[-1] >= end:
            within.append(ages[after - 1] + (end - times[after - 1]).total_seconds() / 60)
        told.append((start, max(within, default=None)))
    return told


def _hour(begins: datetime, age: float | None, window: int, page: Page) -> charts.Column:
    if age is None:
        return charts.Column(title=moment(begins, page.zone), parts=())
    on_schedule = max(1.5 * window, window + GRACE.total_seconds() / 60)
    tone = "ok" if age <= on_schedule else "warn" if age <= 2 * window else "bad"
    return charts.Column(title=f"{moment(begins, page.zone)}: {duration(60 * age)} old", parts=((age, tone),))
