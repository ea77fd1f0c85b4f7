"""Numbers over time, ready to be drawn: what runs sent, how fresh the export was, feed sizes, fields that changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import polars as pl

from syncengine.control.run_history import RunFilter, feed_runs_of, find_runs
from syncengine.control.runs import Run, RunStatus
from syncengine.control.schema import utc_now
from syncengine.feeds.registry import FEEDS, get_feed
from syncengine.inspection.runs import find_run
from syncengine.inspection.states import feed_tables
from syncengine.inspection.status import equation_of
from syncengine.inspection.view import CatalogView, rows

_TIME = pl.Datetime("us", "UTC")
_COUNTS = ("catalog", "added", "changed", "removed", "resent", "sent", "accepted", "rejected", "waiting", "set_aside")
_RUN_SCHEMA: dict[str, Any] = {
    "run_id": pl.String, "started_at": _TIME, "status": pl.String, "trigger": pl.String,
    **dict.fromkeys(_COUNTS, pl.Int64), "seconds": pl.Float64,
}  # fmt: skip
_SIZE_SCHEMA: dict[str, Any] = {
    "at": _TIME, "run_id": pl.String, "feed": pl.String, "destination": pl.String, "items": pl.Int64,
}  # fmt: skip
_MOST_RUNS = 1_000
_COUNTED = ("success", "waiting", "held", "failed")  # feed runs whose plan was made, so that their size is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How old the newest exported state was at every moment: it ages until a run succeeds, and is then as old as the
    start of that run.

    `points`: at · age_minutes · run_id (of the run that succeeded then), two for each success. `on_time_share`: the
    part of the time in which it was not older than two sync windows; None before the first success.
    """

    points: pl.DataFrame
    worst_minutes: float | None
    now_minutes: float | None
    on_time_share: float | None
    window_minutes: int


def run_chart(view: CatalogView, *, runs: int = 50, feed: str | None = None) -> pl.DataFrame:
    """The counts and the duration of the last runs, oldest first; dry runs left out; of one feed, or of all.

    Columns: run_id · started_at · status · trigger · catalog · added · changed · removed · resent · sent · accepted
        · rejected · waiting · set_aside · seconds (of the whole run; null while it goes on)
    """
    found = []
    for run, feed_runs in _counted_runs(view, RunFilter(dry_run=False, feed=feed), runs):
        counts = equation_of(run.run_id, [item for item in feed_runs if feed in (None, item.feed)])
        ended = run.finished_at
        found.append(
            {
                **{name: getattr(run, name) for name in ("run_id", "started_at", "trigger")},
                "status": run.status.shown,
                **{name: getattr(counts, name) for name in _COUNTS},
                "seconds": None if ended is None else (ended - run.started_at).total_seconds(),
            }
        )
    return pl.DataFrame(found, schema=_RUN_SCHEMA)


def feed_sizes(view: CatalogView, *, runs: int = 200, feed: str | None = None) -> pl.DataFrame:
    """How many items the catalog had of each feed in the last runs that planned it, oldest first.

    Columns: at (start of the run) · run_id · feed · destination (name) · items
    """
    names = view.destinations
    found = [
        {
            "at": run.started_at, "run_id": run.run_id, "feed": item.feed,
            "destination": names.get(item.destination, item.destination), "items": item.catalog,
        }
        for run, feed_runs in _counted_runs(view, RunFilter(feed=feed), runs)
        if run.mode != "replay"
        for item in feed_runs
        if item.status in _COUNTED and feed in (None, item.feed)
    ]  # fmt: skip
    return pl.DataFrame(found, schema=_SIZE_SCHEMA)


def freshness(view: CatalogView, *, days: int = 7, now: datetime | None = None) -> Freshness:
    """How fresh the export was over the last days."""
    until = now or utc_now()
    since = until - timedelta(days=days)
    window = view.settings.schedule.every_minutes
    wanted = RunFilter(statuses=(RunStatus.SUCCESS,), dry_run=False, until=until)
    runs = [run for run in _runs(view, wanted, _MOST_RUNS) if run.finished_at is not None]
    spans = _spans(runs, since, until)
    points = [
        (at, round((at - span.true_since).total_seconds() / 60, 2), run_id)
        for span in spans
        for at, run_id in ((span.start, span.run_id), (span.end, None))
    ]
    columns: dict[str, Any] = {"at": _TIME, "age_minutes": pl.Float64, "run_id": pl.String}
    return Freshness(
        points=pl.DataFrame(points, schema=columns, orient="row"),
        worst_minutes=max((age for _, age, _ in points), default=None),
        now_minutes=points[-1][1] if points else None,
        on_time_share=_on_time(spans, timedelta(minutes=2 * window)),
        window_minutes=window,
    )


@dataclass(frozen=True, slots=True)
class _Span:
    """A stretch of time in which the exported state was the one that `run_id` began to read at `true_since`."""

    start: datetime
    end: datetime
    true_since: datetime
    run_id: str


def _spans(runs: Sequence[Run], since: datetime, until: datetime) -> list[_Span]:
    """The stretches between `since` and `until`, in order; `runs` succeeded, oldest first."""
    found = []
    for run, following in pairwise([*runs, None]):
        assert run is not None
        start = run.finished_at or run.started_at
        end = until if following is None else following.finished_at or following.started_at
        if end > max(since, start):
            found.append(_Span(max(start, since), end, run.started_at, run.run_id))
    return found


def _on_time(spans: Sequence[_Span], allowed: timedelta) -> float | None:
    """The part of the time in which the state was not older than allowed."""
    whole = sum(((span.end - span.start) for span in spans), timedelta())
    fresh = (min(span.end, span.true_since + allowed) - span.start for span in spans)
    on_time = sum((max(timedelta(), stretch) for stretch in fresh), timedelta())
    return on_time / whole if whole else None


def field_changes(
    view: CatalogView, run_id: str | None = None, *, feed: str | None = None, destination: str | None = None
) -> pl.DataFrame:
    """In how many updates each field differed: those of one run, or all that history keeps; the most first.

    Columns: feed · field · items. Raises: UnknownRunError, UnknownFeedError, LakeUnavailableError (retriable).
    """
    reader = view.reader_or_none()
    run = None if run_id is None else find_run(view, run_id)[0]
    wanted = None if feed is None else get_feed(feed)
    parts = []
    for one in () if reader is None else view.feeds(reader):
        if wanted not in (None, one) or (run is not None and one.name not in run.feeds):
            continue
        parts.append(
            f"""SELECT '{one.name}' AS feed, unnest(changed_paths) AS field, feed_id FROM {feed_tables(one)["history"]}
                WHERE operation = 'update' AND ($destination IS NULL OR destination = $destination)
                  AND ($run_id IS NULL OR run_sequence = $sequence AND run_id = $run_id)"""
        )
    if reader is None or not parts:
        return pl.DataFrame(schema={"feed": pl.String, "field": pl.String, "items": pl.Int64})
    return rows(
        reader,
        f"""SELECT feed, field, count(*) AS items FROM ({" UNION ALL ".join(parts)})
            WHERE NOT list_contains($unhashed, field) GROUP BY ALL ORDER BY items DESC, feed, field""",
        {
            "destination": None if destination is None else view.destination_id(destination),
            "run_id": run_id,
            "sequence": None if run is None else run.sequence,
            "unhashed": sorted({item.name for one in FEEDS.values() for item in one.fields if not item.hashed}),
        },
    )


def _runs(view: CatalogView, wanted: RunFilter, limit: int) -> list[Run]:
    """The last runs of a kind, oldest first."""
    with view.read_control() as connection:
        return [] if connection is None else find_runs(connection, wanted, limit=limit)[1][::-1]


def _counted_runs(view: CatalogView, wanted: RunFilter, limit: int) -> list[tuple[Run, list[Any]]]:
    """The last runs of a kind with their feed runs, oldest first."""
    with view.read_control() as connection:
        if connection is None:
            return []
        _, runs = find_runs(connection, wanted, limit=min(limit, _MOST_RUNS))
        counts = feed_runs_of(connection, [run.run_id for run in runs])
    return [(run, counts[run.run_id]) for run in reversed(runs)]
