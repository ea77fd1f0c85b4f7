"""Times, numbers and money as people read them. Stored times are UTC; shown ones are in the reader's own zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

NEVER = "Never"
NONE = "–"
_UTC_TIME = re.compile(r"\b(\d{4}-\d\d-\d\d \d\d:\d\d) UTC\b")


def zone(name: str | None) -> tzinfo:
    """The zone of that name, UTC when there is none."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def count(value: int | None) -> str:
    """1234567 as 1,234,567; – for None."""
    return NONE if value is None else f"{value:,}"


def plural(value: int, one: str, many: str | None = None) -> str:
    """`1 product`, `1,200 products`."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def moment(at: datetime | None, where: tzinfo = UTC, *, now: datetime | None = None) -> str:
    """Date and time with the zone: `22 Nov 2026, 12:17 UTC`; the time alone with `now` on the same day."""
    if at is None:
        return NEVER
    local = _aware(at).astimezone(where)
    clock = f"{local:%H:%M} {local.tzname()}"
    if now is not None and now.astimezone(where).date() == local.date():
        return clock
    return f"{local.day} {local:%b %Y}, {clock}"


def minute(at: datetime | None, where: tzinfo, *, none: str = NEVER) -> str:
    """The same short, for a column of them: `2026-11-22 12:17`."""
    return none if at is None else f"{_aware(at).astimezone(where):%Y-%m-%d %H:%M}"


def in_zone(text: str, where: tzinfo) -> str:
    """A sentence that names times in UTC (`2026-11-22 12:17 UTC`), with them as the reader's clock shows them."""

    def shown(found: re.Match[str]) -> str:
        try:
            return moment(datetime.strptime(f"{found.group(1)} +0000", "%Y-%m-%d %H:%M %z"), where)
        except (ValueError, OverflowError):
            return found.group()

    return _UTC_TIME.sub(shown, text)


def ago(at: datetime | None, now: datetime) -> str:
    """`12 min ago`, `in 23 min`, `just now`; days beyond two days."""
    if at is None:
        return NEVER.lower()
    seconds = (now - _aware(at)).total_seconds()
    if abs(seconds) < 5:
        return "just now"
    return f"in {_span(-seconds)}" if seconds < 0 else f"{_span(seconds)} ago"


def duration(seconds: float | None) -> str:
    """`32 ms`, `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds is None:
        return NONE
    if 0 < seconds < 0.1:
        return f"{max(1, round(1_000 * seconds))} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def size_words(size: int) -> str:
    """`12.3 MiB`."""
    for unit, factor in (("GiB", 2**30), ("MiB", 2**20)):
        if size >= factor:
            return f"{size / factor:,.1f} {unit}"
    return f"{size / 2**10:,.1f} KiB"


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    if seconds < timedelta(days=2).total_seconds():
        return f"{seconds / 3600:.0f} h"
    return f"{seconds / 86400:.0f} days"


def _aware(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
