"""Destinations with an interval of their own: when a scheduled run serves them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncengine.control.store import ControlStore, open_control_store
from syncengine.export.cadence import due_destinations, is_due, note_scheduled
from syncengine.settings import DestinationSettings

MIDNIGHT = datetime(2026, 3, 4, tzinfo=UTC)


def every(minutes: int | None) -> DestinationSettings:
    return DestinationSettings(kind="folder", path=Path("out"), every_minutes=minutes)


@pytest.fixture
def control(tmp_path: Path) -> Iterator[ControlStore]:
    with closing(open_control_store(tmp_path)) as made:
        yield made


def served(control: ControlStore, settings: DestinationSettings, start: datetime, windows: int) -> list[int]:
    """Which of the hourly windows from `start` on serve the destination; each begins some seconds late."""
    found = []
    for number in range(windows):
        now = start + timedelta(hours=number, seconds=(7 * number) % 50)
        if is_due(control, settings, now):
            note_scheduled(control, settings.destination_id, now)
            found.append(number)
    return found


@pytest.mark.parametrize(
    ("minutes", "windows"),
    [(None, [*range(26)]), (60, [*range(26)]), (30, [*range(26)]), (240, [0, 4, 8, 12, 16, 20, 24]), (1440, [0, 24])],
)
def test_a_destination_is_served_once_an_interval(
    control: ControlStore, minutes: int | None, windows: list[int]
) -> None:
    assert served(control, every(minutes), MIDNIGHT, 26) == windows


def test_an_interval_that_was_missed_is_made_up_once(control: ControlStore) -> None:
    settings = every(240)
    note_scheduled(control, settings.destination_id, MIDNIGHT)
    assert served(control, settings, MIDNIGHT + timedelta(hours=9), 4) == [0, 3]


def test_a_restart_forgets_no_interval(tmp_path: Path) -> None:
    settings = every(1440)
    with closing(open_control_store(tmp_path)) as control:
        note_scheduled(control, settings.destination_id, MIDNIGHT)
    with closing(open_control_store(tmp_path)) as control:
        assert not is_due(control, settings, MIDNIGHT + timedelta(hours=23))
        assert is_due(control, settings, MIDNIGHT + timedelta(hours=24))


def test_each_destination_has_its_own(control: ControlStore) -> None:
    daily = every(1440)
    always = DestinationSettings(kind="folder", path=Path("other"))
    targets = {item.destination_id: (name, item) for name, item in (("daily", daily), ("always", always))}
    note_scheduled(control, daily.destination_id, MIDNIGHT)
    due = due_destinations(control, targets, MIDNIGHT + timedelta(hours=1))
    assert [name for name, _ in due.values()] == ["always"]
