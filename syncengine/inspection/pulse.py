"""The pulse of an installation: the last sync, the engine's sign of life and how fresh the data is.

It asks the control store only, a few rows of it, so that every page may ask every few seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from syncengine.control.engine import EngineState, engine_state
from syncengine.control.feed_runs import FeedRun, list_feed_runs
from syncengine.control.runs import Run, RunStatus, last_run, list_runs
from syncengine.control.schedule_pause import SchedulePause, get_pause
from syncengine.control.schema import utc_now
from syncengine.errors import LakeUnavailableError
from syncengine.inspection.last_sync import EngineStatus, LastSync, engine_status, find_last_sync
from syncengine.inspection.view import CatalogView
from syncengine.lake.paths import DataDirectory
from syncengine.lake.publish import current_publication

SILENT_SECONDS = 20.0  # the heart beats every five
GRACE = timedelta(minutes=10)
_RECENT = 30


class Heart(StrEnum):
    """How the process that holds the data directory is."""

    NEVER = "never"  # no process ever held it
    RUNNING = "running"  # the engine waits for its next window
    SYNCING = "syncing"
    COMMAND = "command"  # a single command holds it: no further sync is planned
    SILENT = "silent"  # it should be there, and its heart does not beat
    STOPPED = "stopped"


DEAD = frozenset({Heart.NEVER, Heart.STOPPED, Heart.SILENT})


class Freshness(StrEnum):
    """How old the last success is, measured in intervals of the schedule."""

    NONE = "none"  # nothing was ever synced
    ON_SCHEDULE = "on_schedule"
    DELAYED = "delayed"  # more than one interval and the grace
    OVERDUE = "overdue"  # more than two intervals


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """What stands at the top of every page. `succeeded_at`: when a sync last ended well, None before the first.

    `pause`: while the schedule is paused, who paused it and why.
    `publication`: names what readers see now; None before the first, or while it cannot be told.
    """

    last_sync: LastSync | None
    engine: EngineStatus
    heart: Heart
    freshness: Freshness
    succeeded_at: datetime | None
    next_sync_at: datetime | None
    pause: SchedulePause | None
    publication: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What the control store says of it."""

    runs: list[Run]
    state: EngineState | None
    succeeded: Run | None
    pause: SchedulePause | None
    counts: dict[tuple[str, str], FeedRun]


def _told(connection: Connection) -> _Told:
    runs = [run for run in list_runs(connection, limit=_RECENT) if not run.dry_run]
    newest = runs[0].run_id if runs else ""
    return _Told(
        runs=runs,
        state=engine_state(connection),
        succeeded=last_run(connection, frozenset({RunStatus.SUCCESS})),
        pause=get_pause(connection),
        counts={(item.feed, item.destination): item for item in list_feed_runs(connection, newest)},
    )


def pulse(view: CatalogView) -> Pulse:
    """How the installation is now; before the first sync: never, none and None. Raises: ControlError."""
    told = view.read_once("pulse", _told) or _Told(runs=[], state=None, succeeded=None, pause=None, counts={})
    runs, state, succeeded = told.runs, told.state, told.succeeded
    engine = engine_status(state)
    now = utc_now()
    heart = heart_of(engine, runs, now)
    succeeded_at = None if succeeded is None else succeeded.finished_at
    every = timedelta(minutes=view.settings.schedule.every_minutes)
    return Pulse(
        last_sync=find_last_sync(runs, engine, told.counts),
        engine=engine,
        heart=heart,
        freshness=freshness_of(succeeded_at, every, now),
        succeeded_at=succeeded_at,
        next_sync_at=state.next_sync_at if state is not None and heart in (Heart.RUNNING, Heart.SYNCING) else None,
        pause=told.pause,
        publication=_publication(view),
    )


def is_not_running(now: Pulse) -> bool:
    """Whether nothing syncs by itself, or nothing has for more than two intervals though nobody paused it."""
    overdue = now.freshness is Freshness.OVERDUE and now.heart is not Heart.SYNCING and now.pause is None
    return now.heart in DEAD or overdue


def _publication(view: CatalogView) -> str | None:
    try:
        found = current_publication(DataDirectory(view.settings.data_dir))
    except LakeUnavailableError:
        return None
    return None if found is None else found.lake_file


def heart_of(engine: EngineStatus, runs: list[Run], now: datetime) -> Heart:
    """How the holder is: `runs` are the newest first, dry ones left out."""
    if engine.heartbeat_at is None:
        return Heart.NEVER
    if not engine.running:
        return Heart.STOPPED
    if now - engine.heartbeat_at > timedelta(seconds=SILENT_SECONDS):
        return Heart.SILENT
    if engine.kind == "command":
        return Heart.COMMAND
    return Heart.SYNCING if any(run.status is RunStatus.IN_PROGRESS for run in runs) else Heart.RUNNING


def freshness_of(succeeded_at: datetime | None, every: timedelta, now: datetime) -> Freshness:
    """How fresh data is that was last synced at `succeeded_at`, on a schedule of one sync `every` so often."""
    if succeeded_at is None:
        return Freshness.NONE
    age = now - succeeded_at
    if age <= every + GRACE:
        return Freshness.ON_SCHEDULE
    return Freshness.DELAYED if age <= 2 * every + GRACE else Freshness.OVERDUE
