"""The table of runs, narrowed and page by page, and the timeline that mixes in what people asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from syncengine.control.audit import AUDIT, AuditEntry
from syncengine.control.feed_runs import FeedRun
from syncengine.control.run_history import RunFilter, feed_runs_of, find_runs
from syncengine.control.runs import Run
from syncengine.errors import SettingsError
from syncengine.inspection.runs import run_shape
from syncengine.inspection.status import Equation, equation_of
from syncengine.inspection.times import iso
from syncengine.inspection.view import CatalogView

MOST_RUNS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsPage:
    """One page of runs, newest first. `total`: how many match."""

    total: int
    runs: tuple[tuple[Run, tuple[FeedRun, ...]], ...]

    def equations(self) -> dict[str, Equation]:
        """The counts of each run over all its feeds, by run id."""
        return {run.run_id: equation_of(run.run_id, list(feed_runs)) for run, feed_runs in self.runs}

    def as_json(self, view: CatalogView) -> dict[str, Any]:
        """The page as a JSON object, each run in the run shape."""
        return {
            "total": self.total,
            "runs": [run_shape(run, list(feed_runs), view.settings) for run, feed_runs in self.runs],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One line of the timeline: a run that started, or something somebody asked for.

    `kind`: run or audit. `action`: for a run its trigger, else what was done. `subject`: to what; `status` of a run.
    """

    at: datetime
    kind: str
    actor: str
    action: str
    subject: str
    status: str | None = None
    details: Any = None

    def as_json(self) -> dict[str, Any]:
        """One entry of the timeline as a JSON object."""
        return {
            "at": iso(self.at),
            **{name: getattr(self, name) for name in ("kind", "actor", "action", "subject", "status", "details")},
        }


def search_runs(view: CatalogView, wanted: RunFilter | None = None, *, limit: int = 50, offset: int = 0) -> RunsPage:
    """The runs of a kind, newest first; none before the first one. Raises: SettingsError for a page out of range."""
    _check(limit, offset)
    with view.read_control() as connection:
        if connection is None:
            return RunsPage(total=0, runs=())
        total, runs = find_runs(connection, wanted or RunFilter(), limit=limit, offset=offset)
        counts = feed_runs_of(connection, [run.run_id for run in runs])
    return RunsPage(total=total, runs=tuple((run, tuple(counts[run.run_id])) for run in runs))


def timeline(view: CatalogView, wanted: RunFilter | None = None, *, limit: int = 100) -> tuple[Happening, ...]:
    """What happened, newest first: runs, and who requested, paused, approved or changed what.

    Narrowed by more than time it is runs only. What was refused to somebody is the audit's matter (recent_audit).
    Raises: SettingsError for a limit out of range.
    """
    _check(limit, 0)
    wanted = wanted or RunFilter()
    with view.read_control() as connection:
        if connection is None:
            return ()
        _, runs = find_runs(connection, wanted, limit=limit)
        asked = [] if wanted.is_of_runs else _asked(connection, wanted, limit=limit)
    found = [
        Happening(
            at=run.started_at,
            kind="run",
            actor=run.requested_by,
            action=run.trigger,
            subject=run.run_id,
            status=run.status.shown,
            details={"mode": run.mode, "dry_run": run.dry_run, "products_updated": run.products_updated},
        )
        for run in runs
    ]
    found += [
        Happening(at=entry.at, kind="audit", actor=entry.actor, action=entry.action, subject=entry.subject,
                  details=entry.details)
        for entry in asked
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: one.at, reverse=True)[:limit])


def _asked(connection: Connection, wanted: RunFilter, *, limit: int) -> list[AuditEntry]:
    query = AUDIT.select().where(~AUDIT.c.action.startswith("refused: ")).order_by(AUDIT.c.id.desc()).limit(limit)
    if wanted.since is not None:
        query = query.where(AUDIT.c.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AUDIT.c.at < wanted.until)
    return [AuditEntry(**row) for row in connection.execute(query).mappings()]


def _check(limit: int, offset: int) -> None:
    if not 1 <= limit <= MOST_RUNS or offset < 0:
        raise SettingsError(
            f"{limit} runs from {offset} on cannot be shown.", hint=f"Ask for 1 to {MOST_RUNS:,}, from 0 on."
        )
