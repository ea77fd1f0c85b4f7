"""The pulse: the engine's sign of life and how fresh the data is, from a few rows of the control store."""

from __future__ import annotations

import os
import socket
from datetime import timedelta

import pytest
from sqlalchemy import update

from syncengine.control.engine import ENGINE, beat, release_engine, take_engine
from syncengine.control.runs import RUNS
from syncengine.control.schema import utc_now
from syncengine.inspection.pulse import GRACE, SILENT_SECONDS, Freshness, Heart, freshness_of, pulse
from syncengine.inspection.view import CatalogView

from .lake_of import LakeOf, product

HOUR = timedelta(hours=1)


def hold(lake: LakeOf, kind: str = "engine") -> None:
    with lake.control.write() as connection:
        take_engine(connection, pid=os.getpid(), host=socket.gethostname(), kind=kind)
        beat(connection, next_sync_at=utc_now() + timedelta(minutes=20))


def silence(lake: LakeOf, seconds: float) -> None:
    with lake.control.write() as connection:
        connection.execute(update(ENGINE).values(heartbeat_at=utc_now() - timedelta(seconds=seconds)))


def test_before_anything_ran_there_is_no_pulse(view: CatalogView) -> None:
    now = pulse(view)
    assert (now.heart, now.freshness, now.last_sync, now.succeeded_at) == (Heart.NEVER, Freshness.NONE, None, None)


def test_a_waiting_engine_runs_and_says_when_the_next_sync_is(lake: LakeOf, view: CatalogView) -> None:
    hold(lake)
    assert pulse(view).heart is Heart.RUNNING
    assert pulse(view).next_sync_at is not None


def test_an_engine_in_a_run_syncs(lake: LakeOf, view: CatalogView) -> None:
    hold(lake)
    lake.begin()
    assert pulse(view).heart is Heart.SYNCING


def test_a_single_command_is_told_from_an_engine(lake: LakeOf, view: CatalogView) -> None:
    hold(lake, kind="command")
    assert pulse(view).heart is Heart.COMMAND


def test_an_engine_whose_heart_stopped_is_silent_and_promises_no_next_sync(lake: LakeOf, view: CatalogView) -> None:
    hold(lake)
    silence(lake, SILENT_SECONDS + 1)
    assert pulse(view).heart is Heart.SILENT
    assert pulse(view).next_sync_at is None


def test_an_engine_that_ended_is_stopped(lake: LakeOf, view: CatalogView) -> None:
    hold(lake)
    with lake.control.write() as connection:
        release_engine(connection)
    assert pulse(view).heart is Heart.STOPPED


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(0), Freshness.ON_SCHEDULE),
        (HOUR + GRACE, Freshness.ON_SCHEDULE),
        (HOUR + GRACE + timedelta(seconds=1), Freshness.DELAYED),
        (2 * HOUR + GRACE, Freshness.DELAYED),
        (2 * HOUR + GRACE + timedelta(seconds=1), Freshness.OVERDUE),
    ],
)
def test_freshness_is_counted_in_intervals_of_the_schedule(age: timedelta, expected: Freshness) -> None:
    now = utc_now()
    assert freshness_of(now - age, HOUR, now) is expected


def test_the_last_success_counts_though_later_runs_failed(lake: LakeOf, view: CatalogView) -> None:
    run = lake.synced(products=[product("a")])
    with lake.control.write() as connection:
        connection.execute(update(RUNS).where(RUNS.c.run_id == run.run_id).values(finished_at=utc_now() - 5 * HOUR))
    lake.begin()
    now = pulse(view)
    assert now.freshness is Freshness.OVERDUE
    assert now.last_sync is not None
    assert now.last_sync.status == "Failed"
    assert now.publication is not None
