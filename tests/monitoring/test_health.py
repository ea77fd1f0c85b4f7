"""Readiness: what is wrong is said in sentences, and nothing else is."""

from __future__ import annotations

import os
import socket
from datetime import timedelta

from inspection.lake_of import LakeOf, product
from sqlalchemy import update
from support.damage import spoil_publications

from syncengine.control.engine import ENGINE, release_engine, take_engine
from syncengine.control.schema import utc_now
from syncengine.inspection.view import CatalogView
from syncengine.monitoring.health import readiness
from syncengine.settings import MonitoringSettings


def engine_runs(lake: LakeOf, *, kind: str = "engine", pid: int | None = None) -> None:
    with lake.control.write() as connection:
        take_engine(connection, pid=pid or os.getpid(), host=socket.gethostname(), kind=kind)


def with_cron(lake: LakeOf) -> CatalogView:
    return CatalogView(lake.settings.model_copy(update={"monitoring": MonitoringSettings(engine_expected=False)}))


def test_an_installation_before_its_first_sync_is_not_ready(view: CatalogView) -> None:
    found = readiness(view)

    assert not found.ready
    assert any("Nothing has been published" in reason for reason in found.reasons)
    assert any("No engine runs here" in reason for reason in found.reasons)


def test_a_published_lake_with_a_living_engine_is_ready(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a")])
    engine_runs(lake)

    assert readiness(view).ready


def test_an_engine_that_ended_or_was_killed_is_told(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a")])
    engine_runs(lake)
    with lake.control.write() as connection:
        release_engine(connection, ended_by="SIGTERM")
    assert readiness(view).reasons[0].startswith("The engine was stopped by SIGTERM at ")

    engine_runs(lake, pid=2**22 - 3)
    assert "stopped responding, last seen" in readiness(view).reasons[0]


def test_an_engine_that_stands_still_is_told(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a")])
    engine_runs(lake)
    with lake.control.write() as connection:
        connection.execute(update(ENGINE).values(heartbeat_at=utc_now() - timedelta(minutes=3)))

    assert f"pid {os.getpid()}" in readiness(view).reasons[0]
    assert "does not answer since" in readiness(view).reasons[0]


def test_a_command_that_ended_is_no_engine(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a")])
    engine_runs(lake, kind="command")
    with lake.control.write() as connection:
        release_engine(connection)

    assert "No engine runs here" in readiness(view).reasons[0]


def test_where_cron_starts_syncs_only_the_age_of_the_last_run_counts(lake: LakeOf) -> None:
    lake.synced(products=[product("a")])
    view = with_cron(lake)

    assert readiness(view).ready
    late = readiness(view, now=utc_now() + timedelta(hours=2, minutes=1))
    assert "one is expected every 1:00:00" in late.reasons[0]


def test_a_damaged_copy_is_a_reason(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a")])
    engine_runs(lake)
    spoil_publications(lake.directory)

    assert "is damaged" in readiness(view).reasons[0]


def test_a_damaged_control_store_is_a_reason(lake: LakeOf) -> None:
    lake.synced(products=[product("a")])
    lake.control.close()
    (lake.directory.root / "control.sqlite").write_bytes(b"something else entirely" * 100)

    found = readiness(CatalogView(lake.settings))

    assert any("is not a control store" in reason for reason in found.reasons)
