"""The last sync in the three documented words, and the engine that makes the next one."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from syncengine.control.engine import EngineState, how_left
from syncengine.control.feed_runs import FeedRun
from syncengine.control.runs import Run, RunStatus
from syncengine.control.schema import utc_now

HEARTBEAT_STALE = timedelta(minutes=2)  # for an engine on another machine, whose process cannot be looked for
HEARTBEAT_LOST = timedelta(minutes=15)  # a process of that number may be another one by now
_GO_ON = {
    True: "`catalog-sync engine` starts it again; the sync goes on from there.",
    False: "The next sync goes on from there: `catalog-sync sync`.",
}
_SHOWN = frozenset({RunStatus.IN_PROGRESS, RunStatus.SUCCESS, RunStatus.FAILED, RunStatus.HELD})


@dataclass(frozen=True, slots=True, kw_only=True)
class LastSync:
    """The last sync in the three documented words.

    `at`: In Progress: when the last successful sync ended (None: there was none); Success: when it ended; Failed: when
    it was attempted. `reason` and `hint` say why it failed; a held run and a stopped engine count as Failed.
    `rejected`: items of a successful run that need attention.
    """

    status: str
    at: datetime | None
    products_updated: int | None
    run_id: str
    reason: str | None = None
    hint: str | None = None
    rejected: int = 0
    step: str | None = None
    progress: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStatus:
    """Whether a process holds the data directory now, and the last sign of life of the last that did.

    `ended`: how the last one ended by itself, at `heartbeat_at`: `The engine was stopped by SIGTERM`; empty while it
    runs, and when it fell silent.
    """

    running: bool
    pid: int | None = None
    heartbeat_at: datetime | None = None
    kind: str | None = None
    host: str | None = None
    started_at: datetime | None = None
    ended: str = ""


def find_last_sync(
    syncs: list[Run], engine: EngineStatus, feed_runs: dict[tuple[str, str], FeedRun]
) -> LastSync | None:
    """The last sync by the documented rule, or None before the first; `syncs` are newest first, without dry runs."""
    run = next((run for run in syncs if run.status in _SHOWN), None)
    if run is None:
        return None
    if run.status is RunStatus.SUCCESS:
        rejected = sum(item.rejected for item in feed_runs.values() if item.run_id == run.run_id)
        return LastSync(
            status="Success",
            at=run.finished_at,
            products_updated=run.products_updated,
            run_id=run.run_id,
            rejected=rejected,
        )
    step = None if run.step is None else run.step.value
    if run.status is RunStatus.IN_PROGRESS and engine.running:
        succeeded = next((item for item in syncs if item.status is RunStatus.SUCCESS), None)
        return LastSync(
            status="In Progress",
            at=None if succeeded is None else succeeded.finished_at,
            products_updated=None if succeeded is None else succeeded.products_updated,
            run_id=run.run_id,
            step=step,
            progress=run.progress,
        )
    reason, hint = run.error_message, run.error_hint
    if run.status is RunStatus.IN_PROGRESS:
        reason, hint = how_left(engine.ended, engine.heartbeat_at, step), _GO_ON[engine.kind == "engine"]
    return LastSync(
        status="Failed",
        at=run.started_at,
        products_updated=run.products_updated,
        run_id=run.run_id,
        reason=reason,
        hint=hint,
        step=step,
    )


def engine_status(state: EngineState | None) -> EngineStatus:
    """Whether the last known holder still lives: its process here, or its heartbeat elsewhere."""
    if state is None:
        return EngineStatus(running=False)
    age = utc_now() - state.heartbeat_at
    here = state.host == socket.gethostname()
    alive = (_is_alive(state.pid) and age < HEARTBEAT_LOST) if here else age < HEARTBEAT_STALE
    return EngineStatus(
        running=state.running and alive,
        pid=state.pid,
        heartbeat_at=state.heartbeat_at,
        kind=state.kind,
        host=state.host,
        started_at=state.started_at,
        ended=state.how_it_ended,
    )


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
