"""Which destinations a scheduled run serves: those whose own interval has come round. Kept through restarts.

The intervals are counted from midnight UTC, not from the last run: a window that begins a little late moves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from syncengine.control.settings import get_setting, put_setting
from syncengine.control.store import ControlStore
from syncengine.settings import DestinationSettings


def is_due(control: ControlStore, settings: DestinationSettings, now: datetime) -> bool:
    """Is a destination to be served by a scheduled run that begins `now`? One without an interval always is."""
    if settings.every_minutes is None:
        return True
    with control.read() as connection:
        served_at = get_setting(connection, _key(settings.destination_id))
    if served_at is None:
        return True
    return _slot(now, settings.every_minutes) != _slot(datetime.fromisoformat(served_at), settings.every_minutes)


def due_destinations(
    control: ControlStore, targets: Mapping[str, tuple[str, DestinationSettings]], now: datetime
) -> dict[str, tuple[str, DestinationSettings]]:
    """Those of `targets`, by id, that are due."""
    return {key: (name, settings) for key, (name, settings) in targets.items() if is_due(control, settings, now)}


def note_scheduled(control: ControlStore, destination_id: str, begun_at: datetime) -> None:
    """A scheduled run that began then has served the destination to its end."""
    with control.write() as connection:
        put_setting(connection, _key(destination_id), begun_at.isoformat())


def _key(destination_id: str) -> str:
    return f"scheduled-service:{destination_id}"


def _slot(at: datetime, every_minutes: int) -> int:
    """The number of the interval that `at` lies in; midnight UTC begins one whenever a day holds a whole number."""
    return int(at.timestamp() // (every_minutes * 60))
