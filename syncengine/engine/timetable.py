"""What is due: each timer remembers the last moment of its grid that was served, in the control store.

A timer is due when its grid has a moment between that mark and now; how many does not matter, so that downtime, a
suspended machine or a clock put forward cost one run and no more. A moment that was served is not served again when
the clock goes back a little; a mark that lies further ahead than one step is of a clock that was wrong, and is dropped.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncengine.control.settings import get_setting, put_setting
from syncengine.control.store import ControlStore
from syncengine.engine.windows import grid_daily, grid_every, grid_of_maintenance
from syncengine.feeds.registry import get_feeds
from syncengine.settings.maintenance import MaintenanceSettings
from syncengine.settings.schedule import ScheduleSettings

_KEY = "schedule.marks"
SYNC = "sync"
FEEDS = "feed:"
RETRY = "retry"
FULL = "full"
MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A timer that is due, and the moment of its grid that it is due for."""

    timer: str
    slot: datetime

    @property
    def feed(self) -> str | None:
        """The feed whose own window this is."""
        return self.timer.removeprefix(FEEDS) if self.timer.startswith(FEEDS) else None


class Timetable:
    """The timers of one engine. `now` is always handed in: nothing here looks at a clock."""

    def __init__(
        self,
        schedule: ScheduleSettings,
        control: ControlStore,
        *,
        maintenance: MaintenanceSettings = MaintenanceSettings(),  # noqa: B008  (immutable)
    ) -> None:
        """Raises: UnknownFeedError for a feed of `schedule.feed_minutes`."""
        self._schedule = schedule
        self._control = control
        self._sync = grid_every(schedule, schedule.every_minutes)
        self._timers = {SYNC: self._sync}
        for feed in get_feeds(tuple(schedule.feed_minutes)) if schedule.feed_minutes else ():
            self._timers[f"{FEEDS}{feed.name}"] = grid_every(schedule, schedule.feed_minutes[feed.name])
        if schedule.retry_minutes:
            self._timers[RETRY] = grid_every(schedule, schedule.retry_minutes)
        self._timers[MAINTENANCE] = grid_of_maintenance(maintenance)
        with control.read() as connection:
            kept = get_setting(connection, _KEY) or {}
        self._marks = {timer: datetime.fromisoformat(mark) for timer, mark in kept.items()}

    def due(self, now: datetime) -> list[Due]:
        """The timers that are due, the whole sync first; a new timer begins to count now."""
        found = []
        new = [timer for timer in self._timers if timer not in self._marks]
        wrong = [timer for timer, grid in self._timers.items() if self._mark(timer, now) > now + grid.step]
        if new or wrong:
            self._keep(dict.fromkeys((*new, *wrong), now))
        for timer, grid in self._timers.items():
            if grid.is_quiet(now):
                continue
            slot = grid.last_until(now)
            if slot is not None and slot > self._marks[timer]:
                found.append(Due(timer=timer, slot=slot))
        return found

    def served(self, done: Iterable[Due], now: datetime) -> None:
        """These were run for, however they ended: the next moment of each is its next chance."""
        marks = {}
        for due in done:
            marks[due.timer] = due.slot
            if due.timer == SYNC:  # a whole sync does what the others would
                covered = [timer for timer in self._timers if timer not in (SYNC, MAINTENANCE)]
                marks |= {timer: self._timers[timer].last_until(now) or due.slot for timer in covered}
        self._keep(
            {timer: mark for timer, mark in marks.items() if timer not in self._marks or mark > self._marks[timer]}
        )

    def next_sync_at(self, now: datetime) -> datetime:
        """When the next whole sync begins: now, if one is due."""
        mark = self._mark(SYNC, now)
        if mark > now + self._sync.step:
            mark = now
        slot = self._sync.next_after(mark)
        if slot > now:
            return slot
        return self._sync.next_after(now) if self._sync.is_quiet(now) else now

    def window_after(self, now: datetime) -> datetime:
        """When the window of the whole sync that begins at `now` ends: with the next one."""
        return self._sync.next_after(now)

    def full_is_due(self, now: datetime) -> bool:
        """Whether the next whole sync reads everything, by age or by the time of day; the first read does anyway."""
        last = self._marks.get(FULL)
        if last is None or last > now + timedelta(days=1):
            self._keep({FULL: now})
            return False
        if now - last >= timedelta(hours=self._schedule.full_every_hours):
            return True
        if self._schedule.full_at is None:
            return False
        slot = grid_daily(self._schedule.timezone, self._schedule.full_at).last_until(now)
        return slot is not None and slot > last

    def full_was_read(self, at: datetime) -> None:
        """Everything was read, by a run that began at `at`."""
        self._keep({FULL: at})

    def _mark(self, timer: str, now: datetime) -> datetime:
        return self._marks.get(timer, now)

    def _keep(self, marks: dict[str, datetime]) -> None:
        if not marks:
            return
        self._marks |= marks
        with self._control.write() as connection:
            put_setting(connection, _KEY, {timer: mark.isoformat() for timer, mark in self._marks.items()})
