"""Whether the read model can be read and the scheduler lives: what `/readyz` and the notifications go by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from syncengine.control.engine import engine_state
from syncengine.control.runs import FINISHED, Run, list_runs
from syncengine.control.schema import utc_now
from syncengine.errors import CatalogSyncError
from syncengine.inspection.last_sync import HEARTBEAT_STALE, EngineStatus, engine_status
from syncengine.inspection.view import CatalogView
from syncengine.settings import Settings

_WINDOWS_MISSED = 2
_START = "`catalog-sync engine` starts one."


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Whether pages and commands can answer and syncs go on by themselves; `reasons` say in sentences why not."""

    ready: bool
    reasons: tuple[str, ...] = ()


def readiness(view: CatalogView, *, now: datetime | None = None) -> Readiness:
    """Look at the published copies, the control store and the scheduler; raises nothing of ours."""
    reasons: list[str] = []
    try:
        if view.reader_or_none() is None:
            reasons.append("Nothing has been published yet: the first sync has not ended.")
    except CatalogSyncError as error:
        reasons.append(error.message)
    try:
        trouble = scheduler_trouble(view, now=now or utc_now())
    except CatalogSyncError as error:
        trouble = error.message
    if trouble is not None:
        reasons.append(trouble)
    return Readiness(ready=not reasons, reasons=tuple(reasons))


def scheduler_trouble(view: CatalogView, *, now: datetime) -> str | None:
    """Why nothing is synced by itself, in a sentence; None when the scheduler lives.

    Raises: ControlError when the control store cannot be read.
    """
    with view.read_control() as connection:
        state = None if connection is None else engine_state(connection)
        ended = [] if connection is None else list_runs(connection, limit=1, statuses=FINISHED)
    if not view.settings.monitoring.engine_expected:
        return _late_run(ended[0] if ended else None, view.settings, now)
    engine = engine_status(state)
    if state is None or (state.kind != "engine" and not engine.running):
        return f"No engine runs here. {_START}"
    return _lost_engine(engine, now)


def _late_run(last: Run | None, settings: Settings, now: datetime) -> str | None:
    if last is None or last.finished_at is None:
        return "No run has ended yet."
    limit = timedelta(minutes=_WINDOWS_MISSED * settings.schedule.every_minutes)
    if now - last.finished_at <= limit:
        return None
    return f"The last run ended at {_shown(last.finished_at)}; one is expected every {limit / _WINDOWS_MISSED}."


def _lost_engine(engine: EngineStatus, now: datetime) -> str | None:
    if engine.heartbeat_at is None:
        return f"No engine runs here. {_START}"
    if engine.ended:
        return f"{engine.ended} at {_shown(engine.heartbeat_at)}. {_START}"
    if not engine.running:
        return f"The engine stopped responding, last seen {_shown(engine.heartbeat_at)}. {_START}"
    if now - engine.heartbeat_at > HEARTBEAT_STALE:
        return f"The engine (pid {engine.pid} on {engine.host}) does not answer since {_shown(engine.heartbeat_at)}."
    return None


def _shown(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
