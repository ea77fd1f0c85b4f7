"""Moments of the lake: a time, a run or a snapshot number as the snapshot that held then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from syncengine.control.runs import Run, get_run
from syncengine.errors import SettingsError, UnknownRunError
from syncengine.inspection.runs import recent_runs
from syncengine.inspection.times import aware, iso
from syncengine.inspection.view import CatalogView, rows, sql_text
from syncengine.lake.reader import LakeReader


class MomentNotKeptError(SettingsError):
    """A moment of which no snapshot is kept, or that nothing is known of."""

    code = "CS1006"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A state of the lake that can be asked. `asked`: in the words it was asked for; `run_id`: when it was a run."""

    asked: str
    snapshot_id: int
    taken_at: datetime
    run_id: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The moment as a JSON object."""
        return {
            "asked": self.asked,
            "snapshot": self.snapshot_id,
            "taken_at": iso(self.taken_at),
            "run_id": self.run_id,
        }


def find_moment(view: CatalogView, text: str) -> Moment:
    """The state after a run (its id, or `last`, `previous`), at a time (ISO 8601, UTC unless it says), or a snapshot.

    Raises: MomentNotKeptError naming the oldest one kept, UnknownRunError, LakeUnavailableError (retriable).
    """
    words = text.strip()
    reader = view.reader()
    if words in ("last", "previous") or words.startswith("r-"):
        return _after_run(view, reader, words)
    if words.isdigit() and len(words) < 12:
        return _moment(reader, words, "exact", snapshot=int(words))
    try:
        at = datetime.fromisoformat(words)
    except ValueError:
        raise MomentNotKeptError(
            f"`{text}` is no moment.",
            hint="Give a time such as 2026-05-04T11:17, a run id, `last`, `previous`, or a snapshot number.",
        ) from None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return _moment(reader, words, "time", at=at.replace(tzinfo=None))


def _after_run(view: CatalogView, reader: LakeReader, words: str) -> Moment:
    run = _run(view, words)
    snapshot = run.exported_snapshot or run.catalog_snapshot
    if snapshot is None:
        raise MomentNotKeptError(
            f"No state of the lake is kept of run `{run.run_id}`: it left none behind, or that has expired.",
            hint=_kept(reader),
        )
    return _moment(reader, words, "exact", snapshot=snapshot, run_id=run.run_id)


def _run(view: CatalogView, words: str) -> Run:
    with view.read_control() as connection:
        if connection is not None and words.startswith("r-"):
            return get_run(connection, words)
    kept = [run for run, _ in recent_runs(view) if run.exported_snapshot is not None and not run.dry_run]
    wanted = 0 if words == "last" else 1
    if words.startswith("r-") or wanted >= len(kept):
        raise UnknownRunError(f"There is no run `{words}`.", hint="`catalog-sync runs list` shows the runs there are.")
    return kept[wanted]


def _moment(
    reader: LakeReader,
    asked: str,
    by: str,
    *,
    snapshot: int | None = None,
    at: datetime | None = None,
    run_id: str | None = None,
) -> Moment:
    found = rows(reader, sql_text("moment.sql"), {"snapshot": snapshot, "at": at, "by": by})
    if not len(found):
        raise MomentNotKeptError(f"No state of the lake is kept for `{asked}`.", hint=_kept(reader))
    row = found.row(0, named=True)
    taken_at = aware(row["taken_at"])
    assert taken_at is not None
    return Moment(asked=asked, snapshot_id=row["snapshot_id"], taken_at=taken_at, run_id=run_id)


def _kept(reader: LakeReader) -> str:
    oldest, newest = rows(reader, sql_text("moments_kept.sql")).row(0)
    return f"The oldest kept is of {oldest:%Y-%m-%dT%H:%M:%S} UTC, the newest of {newest:%Y-%m-%dT%H:%M:%S} UTC."


def state_times(reader: LakeReader, snapshot: int | None = None) -> tuple[datetime | None, datetime | None]:
    """When the catalog's and the export's newest state came into the lake, up to a snapshot."""
    found = rows(reader, sql_text("state_times.sql"), {"snapshot": snapshot})
    return aware(found["catalog_at"][0]), aware(found["exported_at"][0])
