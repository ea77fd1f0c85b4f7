"""What people wish of a run in progress: that it pauses, or that it ends. Kept until the run is finished."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from syncengine.control.runs import RunStatus, get_run, set_progress
from syncengine.control.schema import utc_now
from syncengine.control.settings import drop_setting, get_setting, put_setting


class Wish(StrEnum):
    """Pause: send nothing until it is taken back. Cancel: end at the next batch, the rest waits."""

    pause = "pause"
    cancel = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunWish:
    """One wish, whose it is and since when."""

    wish: Wish
    by: str
    at: datetime

    def as_json(self) -> dict[str, str]:
        """The wish as a JSON object."""
        return {"wish": self.wish.value, "by": self.by, "at": self.at.isoformat(timespec="seconds")}


def put_wish(connection: Connection, run_id: str, wish: Wish, *, by: str) -> bool:
    """Keep what is wished of a run; False when that, or its cancelling, is wished already."""
    standing = run_wish(connection, run_id)
    if standing is not None and standing.wish in (wish, Wish.cancel):
        return False
    put_setting(connection, _key(run_id), RunWish(wish=wish, by=by, at=utc_now()).as_json())
    return True


def run_wish(connection: Connection, run_id: str) -> RunWish | None:
    """What is wished of the run now, or None."""
    kept = get_setting(connection, _key(run_id))
    if kept is None:
        return None
    return RunWish(wish=Wish(kept["wish"]), by=kept["by"], at=datetime.fromisoformat(kept["at"]))


def drop_wish(connection: Connection, run_id: str) -> None:
    """The run is finished, or goes on: nothing is wished of it."""
    drop_setting(connection, _key(run_id))


def show_paused(connection: Connection, run_id: str, wish: RunWish | None) -> None:
    """Let the run's progress say that it stands still at somebody's wish; None: that it goes on."""
    run = get_run(connection, run_id)
    progress = dict(run.progress or {})
    paused = None if wish is None else wish.as_json()
    if run.status is RunStatus.IN_PROGRESS and progress.get("paused") != paused:
        progress.pop("paused", None)
        set_progress(connection, run_id, progress if paused is None else {**progress, "paused": paused})


def _key(run_id: str) -> str:
    return f"run-wish:{run_id}"
