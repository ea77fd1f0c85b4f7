"""Runs as people and programs see them: the run shape, the list, and what went wrong in one, grouped by cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from syncengine.control.feed_runs import FeedRun, list_feed_runs
from syncengine.control.runs import Run, get_run, list_runs
from syncengine.errors import LakeUnavailableError, UnknownRunError
from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import FEEDS
from syncengine.inspection.states import feed_tables
from syncengine.inspection.times import iso
from syncengine.inspection.view import CatalogView, rows, sql_text
from syncengine.lake.reader import LakeReader
from syncengine.settings import Settings

_FEED_STATUS_WORDS = {"held": "Held for review", "not_offered": "Not offered"}
_COUNTS = (
    "catalog", "unchanged", "added", "changed", "skipped", "removed", "resent", "sent", "accepted", "rejected",
    "waiting", "requests", "seconds",
)  # fmt: skip
_ORDER = {name: position for position, name in enumerate(FEEDS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorGroup:
    """Items of one run that ended alike: same feed, destination, outcome and cause.

    `outcome`: rejected, retry, unknown, or set_aside (the record could not be compiled). `cause`: the message without
    what differs from item to item; `message` is one example; `samples` are identities of some of the items.
    """

    feed: str
    destination: str | None
    outcome: str
    http_status: int | None
    error_code: str | None
    message: str | None
    items: int
    samples: tuple[str, ...]
    cause: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The group as a JSON object."""
        return {
            "feed": self.feed,
            "destination": self.destination,
            "outcome": self.outcome,
            "http_status": self.http_status,
            "code": self.error_code,
            "message": self.message,
            "items": self.items,
            "samples": list(self.samples),
            "cause": self.cause,
        }


def cause_expression() -> str:
    """The SQL expression of an attempt's cause (inspection/sql/cause.sql)."""
    return "\n".join(line for line in sql_text("cause.sql").splitlines() if not line.startswith("--"))


def feed_status_word(status: str) -> str:
    """A feed run's status as it is shown."""
    return _FEED_STATUS_WORDS.get(status, status.replace("_", " ").title())


def run_error(run: Run) -> dict[str, Any] | None:
    """The run's error as `{code, message, hint}`, or None."""
    if run.error_code is None:
        return None
    return {"code": run.error_code, "message": run.error_message, "hint": run.error_hint}


def paused(run: Run) -> dict[str, str] | None:
    """Who paused the run and since when, as `{by, at}`, while it stands still; None when it does not."""
    wish = (run.progress or {}).get("paused")
    return None if wish is None else {"by": wish["by"], "at": wish["at"]}


def run_shape(run: Run, feed_runs: Sequence[FeedRun], settings: Settings) -> dict[str, Any]:
    """A run and its feeds as `sync`, `saas:resync` and `runs show` print them with `--json`."""
    names = {value.destination_id: name for name, value in settings.all_destinations().items()}
    feeds = [
        {
            "feed": item.feed,
            "destination": item.destination,
            "status": feed_status_word(item.status),
            **{name: getattr(item, name) for name in _COUNTS},
            "set_aside": item.set_aside,
            "destination_name": names.get(item.destination),
        }
        for item in sorted(feed_runs, key=lambda item: (item.destination, _ORDER.get(item.feed, len(_ORDER))))
    ]
    return {**_run_facts(run), "feeds": feeds}


def _run_facts(run: Run) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "status": run.status.shown,
        "trigger": run.trigger,
        "mode": run.mode,
        "dry_run": run.dry_run,
        "requested_by": run.requested_by,
        "started_at": iso(run.started_at),
        "finished_at": iso(run.finished_at),
        "error": run_error(run),
        "products_updated": run.products_updated,
        "step": None if run.step is None else run.step.value,
        "paused": paused(run),
    }


def run_json(view: CatalogView, run_id: str) -> dict[str, Any]:
    """One run with the counts of its feeds. Raises: UnknownRunError when there is no such run."""
    run, feed_runs = find_run(view, run_id)
    return run_shape(run, feed_runs, view.settings)


def find_run(view: CatalogView, run_id: str) -> tuple[Run, list[FeedRun]]:
    """One run and its feed runs. Raises: UnknownRunError when there is no such run."""
    with view.read_control() as connection:
        if connection is None:
            raise UnknownRunError(
                f"There is no run `{run_id}`: none has been made yet.", hint="Run `catalog-sync sync`."
            )
        return get_run(connection, run_id), list_feed_runs(connection, run_id)


def recent_runs(view: CatalogView, *, limit: int = 50) -> list[tuple[Run, list[FeedRun]]]:
    """The newest runs first, each with its feed runs; an empty list before the first one."""
    with view.read_control() as connection:
        if connection is None:
            return []
        return [(run, list_feed_runs(connection, run.run_id)) for run in list_runs(connection, limit=limit)]


def list_runs_json(view: CatalogView, *, limit: int = 50) -> list[dict[str, Any]]:
    """The newest runs in the run shape, newest first."""
    return [run_shape(run, feed_runs, view.settings) for run, feed_runs in recent_runs(view, limit=limit)]


def run_errors(view: CatalogView, run_id: str, *, samples: int = 5) -> tuple[ErrorGroup, ...]:
    """What went wrong with items of a run, grouped by cause, the largest group first.

    Raises: UnknownRunError when there is no such run, LakeUnavailableError (retriable).
    Source: inspection/sql/run_errors.sql, run_set_aside.sql
    """
    run, _ = find_run(view, run_id)
    reader = view.reader_or_none()
    if reader is None:
        return ()
    groups: list[ErrorGroup] = []
    for feed in view.feeds(reader):
        if feed.name in run.feeds:
            groups += _refusals(reader, feed, run, samples)
    groups += _set_aside(reader, run, samples)
    return tuple(sorted(groups, key=lambda group: (-group.items, _ORDER.get(group.feed, 0), group.outcome)))


def _refusals(reader: LakeReader, feed: Feed, run: Run, samples: int) -> list[ErrorGroup]:
    statement = sql_text("run_errors.sql").format(
        history=feed_tables(feed)["history"],
        identity=", ".join(f'"{name}"' for name in feed.identity_columns),
        cause=cause_expression(),
    )
    found = rows(reader, statement, {"run_id": run.run_id, "sequence": run.sequence, "samples": samples})
    return [_group(feed.name, row) for row in found.iter_rows(named=True)]


def _set_aside(reader: LakeReader, run: Run, samples: int) -> list[ErrorGroup]:
    """The records that this run's index set aside, as they were in its own snapshot of the lake."""
    if not run.details.get("set_aside"):
        return []
    try:
        if run.catalog_snapshot is None:
            raise LakeUnavailableError("The snapshot has expired.")
        statement = sql_text("run_set_aside.sql").format(snapshot=int(run.catalog_snapshot))
        found = rows(reader, statement, {"samples": samples})
    except LakeUnavailableError:
        # the snapshot has expired, or is not published yet: the run's own counts still tell how many there were
        return [
            ErrorGroup(
                feed=feed, destination=None, outcome="set_aside", http_status=None, error_code=None,
                message="These records could not be compiled.", items=count, samples=(),
            )
            for feed, count in run.details["set_aside"].items()
        ]  # fmt: skip
    return [_group(row["feed"], row) for row in found.iter_rows(named=True) if row["feed"] in run.feeds]


def _group(feed: str, row: dict[str, Any]) -> ErrorGroup:
    return ErrorGroup(
        feed=feed,
        destination=row["destination"],
        outcome=row["outcome"],
        http_status=row["http_status"],
        error_code=row["error_code"],
        message=row["message"],
        items=row["items"],
        samples=tuple(row["samples"]),
        cause=row.get("cause"),
    )
