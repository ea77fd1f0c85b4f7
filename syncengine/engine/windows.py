"""When the schedule's windows are: moments of a grid that begins anew at each local midnight.

    local midnight + at_minute        the next midnight, 23, 24 or 25 hours later
    |------|------|------|-- … --|----|------|
           every_minutes, counted as time that passes: a change of the clocks neither doubles nor drops an hour

All moments are aware and in UTC; only the beginning of a day and the quiet hours look at the local clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from syncengine.settings.maintenance import MaintenanceSettings
from syncengine.settings.schedule import MINUTES_A_DAY, ScheduleSettings, is_quiet_minute, minute_of_day

# quiet hours leave a minute a day at least, but a coarse grid may miss it for a while
_DAYS_TO_LOOK = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The moments of one kind of window. `spans`: quiet hours in minutes of the day, in which there is none."""

    zone: ZoneInfo
    step: timedelta
    offset: timedelta = timedelta()
    spans: tuple[tuple[int, int], ...] = ()

    def next_after(self, at: datetime) -> datetime:
        """The first moment after `at`."""
        for day in _days(at.astimezone(self.zone).date(), 1):
            first, end, step = self._moments(day)
            slot = first + step * max((at - first) // step + 1, 0)
            while slot < end:
                if not self.is_quiet(slot):
                    return slot
                slot += step
        return at + timedelta(days=_DAYS_TO_LOOK)

    def last_until(self, at: datetime) -> datetime | None:
        """The last moment that is not after `at`; None when there was none for very long."""
        for day in _days(at.astimezone(self.zone).date(), -1):
            first, end, step = self._moments(day)
            slot = first + step * ((min(at, end - timedelta(microseconds=1)) - first) // step)
            while slot >= first:
                if not self.is_quiet(slot):
                    return slot
                slot -= step
        return None

    def is_quiet(self, at: datetime) -> bool:
        """Whether `at` lies in the quiet hours."""
        local = at.astimezone(self.zone)
        return is_quiet_minute(local.hour * 60 + local.minute, self.spans)

    def _moments(self, day: date) -> tuple[datetime, datetime, timedelta]:
        """The first moment of a local day, that of the next day, and the time between the moments."""
        first, end = self._first(day), self._first(day + timedelta(days=1))
        return first, end, end - first if self._is_daily else self.step

    @property
    def _is_daily(self) -> bool:
        return self.step >= timedelta(days=1)

    def _first(self, day: date) -> datetime:
        if self._is_daily:  # by the local clock, however long the day
            clock = (datetime.min + self.offset).time()
            return datetime.combine(day, clock, self.zone).astimezone(UTC)
        return datetime.combine(day, time(), self.zone).astimezone(UTC) + self.offset


def _days(day: date, direction: int) -> Iterator[date]:
    """The days from the one before (or after) `day` on: what begins before midnight may lie in the day's grid."""
    start = day - timedelta(days=direction)
    return (start + timedelta(days=direction * count) for count in range(_DAYS_TO_LOOK))


def grid_every(schedule: ScheduleSettings, minutes: int) -> Grid:
    """Windows every so many minutes, from `schedule.at_minute` on, outside the quiet hours."""
    if minutes == MINUTES_A_DAY:
        return Grid(
            zone=ZoneInfo(schedule.timezone),
            step=timedelta(days=1),
            offset=timedelta(minutes=schedule.at_minute),
            spans=schedule.quiet_minutes,
        )
    return Grid(
        zone=ZoneInfo(schedule.timezone),
        step=timedelta(minutes=minutes),
        offset=timedelta(minutes=schedule.at_minute % minutes),
        spans=schedule.quiet_minutes,
    )


def grid_daily(zone: str, clock: str) -> Grid:
    """Once a day at a time of a zone's clock, quiet or not."""
    minutes = minute_of_day(clock) % MINUTES_A_DAY
    return Grid(zone=ZoneInfo(zone), step=timedelta(days=1), offset=timedelta(minutes=minutes))


def grid_of_maintenance(maintenance: MaintenanceSettings) -> Grid:
    """When the lake is put in order: once a day, at an hour of UTC."""
    return grid_daily("UTC", f"{maintenance.at_hour:02}:00")
