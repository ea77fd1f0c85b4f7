"""Runs as they are looked for: narrowed, page by page, with the counts of their feeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from syncengine.control.feed_runs import FEED_RUNS, FeedRun
from syncengine.control.runs import RUNS, Run, RunStatus, run_of

_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """Which runs; empty and None mean all. `feed`: it has counts of that feed. `sent_something`: at least one item."""

    statuses: tuple[RunStatus, ...] = ()
    triggers: tuple[str, ...] = ()
    feed: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    sent_something: bool = False
    dry_run: bool | None = None

    @property
    def is_of_runs(self) -> bool:
        """Whether it asks for what only runs have: anything but a time."""
        return bool(self.statuses or self.triggers or self.feed or self.sent_something or self.dry_run is not None)


def find_runs(connection: Connection, wanted: RunFilter, *, limit: int, offset: int = 0) -> tuple[int, list[Run]]:
    """How many runs there are of that kind, and one page of them, newest first."""
    conditions = _conditions(wanted)
    total = connection.execute(select(func.count()).select_from(RUNS).where(*conditions)).scalar_one()
    query = select(RUNS).where(*conditions).order_by(RUNS.c.sequence.desc()).limit(limit).offset(offset)
    return total, [run_of(row) for row in connection.execute(query).mappings()]


def feed_runs_of(connection: Connection, run_ids: Sequence[str]) -> dict[str, list[FeedRun]]:
    """The feed runs of each of these runs, by feed and destination name."""
    found: dict[str, list[FeedRun]] = {run_id: [] for run_id in run_ids}
    for start in range(0, len(run_ids), _AT_ONCE):
        query = (
            select(FEED_RUNS)
            .where(FEED_RUNS.c.run_id.in_(run_ids[start : start + _AT_ONCE]))
            .order_by(FEED_RUNS.c.feed, FEED_RUNS.c.destination)
        )
        for row in connection.execute(query).mappings():
            found[row["run_id"]].append(FeedRun(**row))
    return found


def _conditions(wanted: RunFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.statuses:
        found.append(RUNS.c.status.in_([status.value for status in wanted.statuses]))
    if wanted.triggers:
        found.append(RUNS.c.trigger.in_(wanted.triggers))
    if wanted.since is not None:
        found.append(RUNS.c.started_at >= wanted.since)
    if wanted.until is not None:
        found.append(RUNS.c.started_at < wanted.until)
    if wanted.dry_run is not None:
        found.append(RUNS.c.dry_run.is_(wanted.dry_run))
    counted = select(FEED_RUNS.c.run_id)
    if wanted.feed is not None:
        counted = counted.where(FEED_RUNS.c.feed == wanted.feed)
    if wanted.sent_something:
        counted = counted.where(FEED_RUNS.c.sent > 0)
    if wanted.feed is not None or wanted.sent_something:
        found.append(RUNS.c.run_id.in_(counted))
    return found
