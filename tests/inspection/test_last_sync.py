"""The last sync in the documented words, and the engine's signs of life."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import update

from syncengine.control.engine import ENGINE, beat, release_engine, take_engine
from syncengine.control.runs import RunStatus, Step, finish_run, set_step
from syncengine.control.schema import utc_now
from syncengine.errors import CatalogSyncError
from syncengine.inspection.last_sync import HEARTBEAT_STALE
from syncengine.inspection.status import sync_status
from syncengine.inspection.view import CatalogView

from .lake_of import LakeOf, product


def hold_engine(lake: LakeOf, *, pid: int | None = None, host: str | None = None) -> None:
    with lake.control.write() as connection:
        take_engine(connection, pid=pid or os.getpid(), host=host or socket.gethostname(), kind="engine")
        beat(connection, next_sync_at=utc_now() + timedelta(minutes=20))


def ended_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        return process.pid


def test_success_shows_when_it_ended_and_how_many_products_were_updated(lake: LakeOf, view: CatalogView) -> None:
    run = lake.synced(products=[product("a"), product("a", view="french"), product("b")])
    last = sync_status(view).last_sync
    assert last is not None
    assert (last.status, last.at, last.products_updated, last.run_id) == ("Success", run.finished_at, 2, run.run_id)


def test_in_progress_shows_the_last_successful_sync(lake: LakeOf, view: CatalogView) -> None:
    before = lake.synced(products=[product("a")])
    hold_engine(lake)
    run = lake.begin()
    last = sync_status(view).last_sync
    assert last is not None
    assert (last.status, last.at, last.run_id) == ("In Progress", before.finished_at, run.run_id)


def test_the_first_run_in_progress_has_no_time_to_show(lake: LakeOf, view: CatalogView) -> None:
    hold_engine(lake)
    lake.begin()
    last = sync_status(view).last_sync
    assert last is not None
    assert (last.status, last.at) == ("In Progress", None)


def test_a_run_whose_engine_is_gone_is_failed_with_the_reason(lake: LakeOf, view: CatalogView) -> None:
    run = lake.begin()
    with lake.control.write() as connection:
        set_step(connection, run.run_id, Step.EXPORT)
    hold_engine(lake, pid=ended_process())
    found = sync_status(view)
    assert not found.engine.running
    assert found.next_sync_at is None
    assert found.last_sync is not None
    assert (found.last_sync.status, found.last_sync.at) == ("Failed", run.started_at)
    assert re.fullmatch(
        r"The engine stopped responding at [-0-9 :]+ UTC, in step export\.", found.last_sync.reason or ""
    )


def test_a_run_whose_engine_was_stopped_says_so_and_what_goes_on_with_it(lake: LakeOf, view: CatalogView) -> None:
    run = lake.begin()
    with lake.control.write() as connection:
        set_step(connection, run.run_id, Step.EXPORT)
    hold_engine(lake)
    with lake.control.write() as connection:
        release_engine(connection, ended_by="SIGTERM")

    last = sync_status(view).last_sync

    assert last is not None
    assert re.fullmatch(r"The engine was stopped by SIGTERM at [-0-9 :]+ UTC, in step export\.", last.reason or "")
    assert last.hint == "`catalog-sync engine` starts it again; the sync goes on from there."


@pytest.mark.parametrize(("status", "code"), [(RunStatus.FAILED, "CS2002"), (RunStatus.HELD, "CS4101")])
def test_failed_and_held_show_when_it_was_attempted_and_why(
    lake: LakeOf, view: CatalogView, status: RunStatus, code: str
) -> None:
    lake.synced(products=[product("a")])
    run = lake.begin()
    with lake.control.write() as connection:
        finish_run(connection, run.run_id, status, error=CatalogSyncError("It broke.", code=code, hint="Mend it."))
    last = sync_status(view).last_sync
    assert last is not None
    assert (last.status, last.at, last.reason, last.hint) == ("Failed", run.started_at, "It broke.", "Mend it.")


@pytest.mark.parametrize("status", [RunStatus.CANCELLED, RunStatus.SUCCESS])
def test_dry_runs_and_cancelled_runs_are_no_syncs(lake: LakeOf, view: CatalogView, status: RunStatus) -> None:
    real = lake.synced(products=[product("a")])
    other = lake.begin(dry_run=status is RunStatus.SUCCESS)
    with lake.control.write() as connection:
        finish_run(connection, other.run_id, status)
    found = sync_status(view)
    assert found.last_sync is not None
    assert found.last_sync.run_id == real.run_id
    assert [run.run_id for run in found.recent_runs] == [other.run_id, real.run_id]


def test_the_engine_runs_while_its_process_does(lake: LakeOf, view: CatalogView) -> None:
    hold_engine(lake)
    found = sync_status(view)
    assert found.engine.running
    assert found.engine.pid == os.getpid()
    assert found.next_sync_at is not None
    with lake.control.write() as connection:
        release_engine(connection)
    assert not sync_status(view).engine.running


def test_an_engine_elsewhere_runs_while_its_heartbeat_is_fresh(lake: LakeOf, view: CatalogView) -> None:
    hold_engine(lake, host="another-machine", pid=ended_process())
    assert sync_status(view).engine.running
    with lake.control.write() as connection:
        connection.execute(update(ENGINE).values(heartbeat_at=utc_now() - 2 * HEARTBEAT_STALE))
    assert not sync_status(view).engine.running
