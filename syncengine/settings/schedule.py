"""Settings of when the engine works by itself."""

from __future__ import annotations

import re
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, field_validator, model_validator

from syncengine.settings.section import Section

MINUTES_A_DAY = 24 * 60
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")


def minute_of_day(clock: str) -> int:
    """The minute that a time of day such as 03:30 stands for; 24:00 is the end of the day."""
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def _checked_clock(value: str) -> str:
    if not _CLOCK.fullmatch(value):
        raise ValueError("must be a time of day such as 03:30")
    return value


Clock = Annotated[str, AfterValidator(_checked_clock)]


class ScheduleSettings(Section):
    """When the engine syncs by itself; times of day are those of `timezone`."""

    every_minutes: int = Field(60, ge=1, le=MINUTES_A_DAY)
    at_minute: int = Field(0, ge=0, le=59)
    timezone: str = Field("UTC", description="in which times of day are meant, such as Europe/Berlin")
    quiet_hours: tuple[str, ...] = Field((), description="when the schedule starts nothing, such as 22:00-06:00")
    feed_minutes: dict[str, Annotated[int, Field(ge=1, le=MINUTES_A_DAY)]] = Field(
        {}, description="feeds with windows of their own between the others, such as prices = 15"
    )
    retry_minutes: int = Field(15, ge=0, le=MINUTES_A_DAY, description="how often due retries are looked for; 0: never")
    full_every_hours: int = Field(24, ge=1, le=24, description="at the latest then everything is read")
    full_at: Clock | None = Field(None, description="the first window from then on reads everything, once a day")
    debounce_seconds: float = Field(60.0, ge=0, le=3600, description="events are collected so long, then run as one")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"`{value}` is no time zone; it is one such as Europe/Berlin") from None
        return value

    @property
    def quiet_minutes(self) -> tuple[tuple[int, int], ...]:
        """The quiet hours as minutes of the day, from and to; those over midnight end on the next day."""
        return tuple((minute_of_day(a), minute_of_day(b)) for a, _, b in (s.partition("-") for s in self.quiet_hours))

    @model_validator(mode="after")
    def _leaves_time(self) -> Self:
        for span in self.quiet_hours:
            begin, _, end = span.partition("-")
            if not (_CLOCK.fullmatch(begin) and _CLOCK.fullmatch(end)) or begin == end:
                raise ValueError("each of `quiet_hours` must be a span such as 22:00-06:00")
        for every in {self.every_minutes, *self.feed_minutes.values()}:
            windows = range(self.at_minute % every, MINUTES_A_DAY, every)
            if all(is_quiet_minute(minute, self.quiet_minutes) for minute in windows):
                raise ValueError(f"`quiet_hours` leave no window of those every {every} minutes")
        return self


def is_quiet_minute(minute: int, spans: tuple[tuple[int, int], ...]) -> bool:
    """Whether a minute of the day lies in one of the spans; one that ends before it begins goes over midnight."""
    return any(a <= minute < b if a < b else minute >= a or minute < b for a, b in spans)
