"""What may be wrong with an installation, each as one condition that holds or does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from syncengine.control.runs import Run, RunStatus, last_run
from syncengine.feeds.registry import FEEDS
from syncengine.inspection.states import count_feed
from syncengine.inspection.view import CatalogView
from syncengine.monitoring.health import scheduler_trouble

_JUDGED = frozenset({RunStatus.SUCCESS, RunStatus.FAILED, RunStatus.HELD})
_CALM = frozenset({"in_sync", "removed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why a condition holds: for people, with what to do next."""

    title: str
    message: str
    hint: str = ""
    run_id: str | None = None


Conditions = Mapping[str, Trouble | None]  # by event; one that cannot be judged now is left out


def conditions(view: CatalogView, *, now: datetime) -> Conditions:
    """Each condition as it is now: failed, held, not_running, drift.

    Raises: ControlError, LakeUnavailableError (retriable).
    """
    found: dict[str, Trouble | None] = {"not_running": _not_running(view, now)}
    with view.read_control() as connection:
        if connection is None:
            return found
        judged = last_run(connection, _JUDGED)
        going_on = last_run(connection, frozenset({RunStatus.IN_PROGRESS}))
    if judged is not None:
        if judged.status is not RunStatus.HELD:
            found["failed"] = _failed(judged)
        found["held"] = _held(judged)
    if going_on is None and view.settings.notify.drift_items is not None:
        found["drift"] = _drift(view, view.settings.notify.drift_items)  # while a run sends, much is on its way
    return found


def _not_running(view: CatalogView, now: datetime) -> Trouble | None:
    trouble = scheduler_trouble(view, now=now)
    if trouble is None:
        return None
    return Trouble(title="Sync not running", message=trouble, hint="`catalog-sync doctor` looks at what may be wrong.")


def _failed(run: Run) -> Trouble | None:
    if run.status is not RunStatus.FAILED:
        return None
    return Trouble(
        title="Sync failed",
        message=f"{run.error_code or ''} {run.error_message or 'The run failed.'}".strip(),
        hint=run.error_hint or "",
        run_id=run.run_id,
    )


def _held(run: Run) -> Trouble | None:
    if run.status is not RunStatus.HELD:
        return None
    return Trouble(
        title="Sync held for review",
        message=run.error_message or "A guard holds the run.",
        hint=run.error_hint or f"`catalog-sync runs show {run.run_id}`",
        run_id=run.run_id,
    )


def _drift(view: CatalogView, limit: int) -> Trouble | None:
    reader = view.reader_or_none()
    different = sum(
        count
        for destination in view.destinations
        for feed in FEEDS.values()
        for state, count in count_feed(view, reader, feed, destination).by_state.items()
        if state not in _CALM
    )
    if different <= limit:
        return None
    return Trouble(
        title="Catalog and services differ",
        message=f"{different:,} feed items are not where they go as the catalog has them; {limit:,} may be.",
        hint="`catalog-sync diff --summary` says which fields and why.",
    )
