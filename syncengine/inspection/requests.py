"""The resync queue as people see it: what was asked for, by whom, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from syncengine.control.engine import engine_state
from syncengine.control.requests import (
    ResyncRequest,
    get_request,
    newest_requests,
    requests_of_run,
    taken_requests,
    waiting_requests,
)
from syncengine.control.runs import get_run
from syncengine.control.schedule_pause import SchedulePause, get_pause
from syncengine.errors import SettingsError, UnknownRunError
from syncengine.inspection.last_sync import engine_status
from syncengine.inspection.times import iso
from syncengine.inspection.view import CatalogView

_CAUSES = {"refused": "what was refused", "dead_letters": "what was given up", "retries": "what waits for a retry"}
_FEW = 3


class UnknownRequestError(SettingsError):
    """A request id that the control store does not hold."""

    code = "CS1010"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """One request. `state`: Requested, Queued, In Progress, Done, Cancelled, or Rejected (`reason` says why).

    `run_status`: of its run, in the shown words. `what` is a sentence about it in product text: SKUs stand in it.
    """

    request_id: str
    state: str
    what: str
    options: Mapping[str, Any]
    requested_by: str
    requested_at: datetime
    start_now: bool
    run_id: str | None
    run_status: str | None
    reason: str | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether no run has taken it: it can be taken back, or start now."""
        return self.state == "Requested"

    @property
    def is_open(self) -> bool:
        """Whether a run is still to come, or under way."""
        return self.state in ("Requested", "Queued", "In Progress")

    def as_run(self) -> dict[str, Any]:
        """The run that is to come of it, in the run shape: `run_id` and all times but that of the request are null."""
        return {
            "run_id": self.run_id,
            "request_id": self.request_id,
            "status": self.state,
            "trigger": self.options.get("trigger", "resync"),
            "mode": "resync" if self.options.get("resync") else "changes",
            "dry_run": bool(self.options.get("dry_run")),
            "requested_by": self.requested_by,
            "requested_at": iso(self.requested_at),
            "started_at": None,
            "finished_at": None,
            "error": None,
            "products_updated": None,
            "step": None,
            "paused": None,
            "feeds": [],
        }

    def as_json(self) -> dict[str, Any]:
        """The request as a JSON object."""
        return {
            "request_id": self.request_id,
            "state": self.state,
            "what": self.what,
            "requested_by": self.requested_by,
            "requested_at": iso(self.requested_at),
            "start_now": self.start_now,
            "run_id": self.run_id,
            "run_status": self.run_status,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class NextWindow:
    """When the queue is served. `at` None: no engine runs, or it has not said yet; `pause`: who paused the schedule."""

    engine_runs: bool
    at: datetime | None
    pause: SchedulePause | None
    heartbeat_at: datetime | None = None


def list_requests(view: CatalogView, *, limit: int = 50) -> tuple[RequestRow, ...]:
    """The newest requests first; none before the first one. Raises: ControlError."""
    with view.read_control() as connection:
        if connection is None:
            return ()
        found = newest_requests(connection, limit=limit)
        statuses = {}
        for request in found:
            if request.run_id is not None:
                try:
                    statuses[request.request_id] = get_run(connection, request.run_id).status.shown
                except UnknownRunError:
                    continue
    return tuple(_row(request, statuses.get(request.request_id)) for request in found)


def find_request(view: CatalogView, request_id: str) -> RequestRow:
    """One request. Raises: UnknownRequestError when there is none of that id."""
    with view.read_control() as connection:
        found = None if connection is None else get_request(connection, request_id)
        status = None
        if connection is not None and found is not None and found.run_id is not None:
            status = get_run(connection, found.run_id).status.shown
    if found is None:
        raise UnknownRequestError(
            f"There is no request `{request_id}`.", hint="GET /api/requests lists those there are."
        )
    return _row(found, status)


def runs_to_come(view: CatalogView, *, limit: int = 50) -> tuple[RequestRow, ...]:
    """What was asked for and no run has begun for, newest first: Requested, or Queued when an engine has taken it."""
    with view.read_control() as connection:
        if connection is None:
            return ()
        taken = [item for item in taken_requests(connection) if item.run_id is None]
        found = sorted([*waiting_requests(connection), *taken], key=lambda item: item.id, reverse=True)
    return tuple(_row(request, None) for request in found[:limit])


def requests_served(view: CatalogView, run_id: str) -> tuple[RequestRow, ...]:
    """The requests that a run serves or has served, oldest first; the first fifty."""
    with view.read_control() as connection:
        found = [] if connection is None else requests_of_run(connection, run_id)
    return tuple(_row(request, None) for request in found)


def next_window(view: CatalogView) -> NextWindow:
    """When the engine serves the queue next."""
    with view.read_control() as connection:
        state = None if connection is None else engine_state(connection)
        pause = None if connection is None else get_pause(connection)
    engine = engine_status(state)
    scheduled = engine.running and engine.kind == "engine"
    at = state.next_sync_at if state is not None and scheduled and pause is None else None
    return NextWindow(engine_runs=scheduled, at=at, pause=pause, heartbeat_at=engine.heartbeat_at)


def request_row(request: ResyncRequest) -> RequestRow:
    """A request as it is told to who has just asked for it."""
    return _row(request, None)


def _row(request: ResyncRequest, run_status: str | None) -> RequestRow:
    return RequestRow(
        request_id=request.request_id,
        state=request.shown,
        what=describe(request.options),
        options=request.options,
        requested_by=request.requested_by,
        requested_at=request.requested_at,
        start_now=request.start_now,
        run_id=request.run_id,
        run_status=run_status,
        reason=request.reason,
    )


def describe(options: Mapping[str, Any]) -> str:
    """`Resync of products, prices · 3 SKUs: A, B, C · no-reindex · dry run`."""
    feeds = ", ".join(options.get("feeds") or ()) or "all feeds"
    words = [f"Resync of {feeds}" if options.get("resync") else f"Sync of {feeds}, compared in full"]
    if not options.get("resync") and not options.get("full"):
        words = [f"Sync of what changed in {feeds}"]
    by, values = options.get("by", "all"), list(options.get("values") or ())
    if values:
        more = f" and {len(values) - _FEW:,} more" if len(values) > _FEW else ""
        kind = ("SKU" if by == "sku" else "product id") + ("" if len(values) == 1 else "s")
        words.append(f"{len(values):,} {kind}: {', '.join(values[:_FEW])}{more}")
    elif by in _CAUSES:
        words.append(_CAUSES[by])
    if touched := options.get("touched"):
        named = len(touched.get("skus") or ()) + len(touched.get("ids") or ())
        words.append(f"what events named ({named:,} products)" if named else "what events named")
    if options.get("no_reindex"):
        words.append("no-reindex")
    if options.get("destination"):
        words.append(f"to {options['destination']}")
    if options.get("dry_run"):
        words.append("dry run")
    return " · ".join(words)
