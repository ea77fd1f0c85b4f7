"""Whether somebody has paused the schedule, who, when and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from syncengine.control.schema import utc_now
from syncengine.control.settings import drop_setting, get_setting, put_setting

_KEY = "schedule.pause"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulePause:
    """While there is one, the schedule starts no sync by itself; what is asked to start now starts."""

    reason: str
    by: str
    at: datetime


def put_pause(connection: Connection, *, reason: str, by: str) -> SchedulePause:
    """Pause the schedule, or say another reason."""
    pause = SchedulePause(reason=reason, by=by, at=utc_now())
    put_setting(connection, _KEY, {"reason": reason, "by": by, "at": pause.at.isoformat()})
    return pause


def get_pause(connection: Connection) -> SchedulePause | None:
    """The pause in force, or None."""
    kept = get_setting(connection, _KEY)
    if kept is None:
        return None
    return SchedulePause(reason=kept["reason"], by=kept["by"], at=datetime.fromisoformat(kept["at"]))


def drop_pause(connection: Connection) -> bool:
    """Let the schedule go on; False when it was not paused."""
    was = get_setting(connection, _KEY) is not None
    drop_setting(connection, _KEY)
    return was
