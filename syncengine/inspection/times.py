"""Times as people and programs get them: the lake's naive UTC made aware, and the one text form of JSON."""

from __future__ import annotations

from datetime import UTC, datetime


def aware(at: datetime | None) -> datetime | None:
    """A time of the lake (naive, UTC) as an aware one."""
    return None if at is None else at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def iso(at: datetime | None) -> str | None:
    """`2026-05-04T11:17:00+00:00`, or None: how every time stands in `--json`."""
    moment = aware(at)
    return None if moment is None else moment.isoformat(timespec="seconds")
