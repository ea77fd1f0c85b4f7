"""What probes and Prometheus are answered, the same by every process."""

from __future__ import annotations

import os
import socket

import pytest
from inspection.lake_of import LakeOf, product
from starlette.applications import Starlette
from starlette.testclient import TestClient

from syncengine import __version__
from syncengine.control.engine import take_engine
from syncengine.errors import SettingsError
from syncengine.inspection.view import CatalogView
from syncengine.monitoring.routes import monitoring_routes


def client_of(view: CatalogView) -> TestClient:
    return TestClient(Starlette(routes=monitoring_routes(lambda: view)))


def test_health_says_that_the_process_is_up_whatever_else_is(view: CatalogView) -> None:
    answer = client_of(view).get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "version": __version__})
    assert answer.headers["cache-control"] == "no-store"


def test_readiness_is_503_with_reasons_until_all_is_well(lake: LakeOf, view: CatalogView) -> None:
    before = client_of(view).get("/readyz")
    lake.synced(products=[product("a")])
    with lake.control.write() as connection:
        take_engine(connection, pid=os.getpid(), host=socket.gethostname(), kind="engine")
    after = client_of(view).get("/readyz")

    assert before.status_code == 503
    assert len(before.json()["reasons"]) == 2
    assert (after.status_code, after.json()) == (200, {"status": "ready", "reasons": []})


def test_two_processes_tell_the_same_numbers(lake: LakeOf) -> None:
    one, other = client_of(CatalogView(lake.settings)), client_of(CatalogView(lake.settings))
    lake.synced(products=[product("a")])
    first = one.get("/metrics").text
    lake.synced(products=[product("a"), product("b")])

    assert first != one.get("/metrics").text
    assert one.get("/metrics").text == other.get("/metrics").text
    assert one.get("/metrics").headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_nothing_can_be_posted(view: CatalogView, path: str) -> None:
    assert client_of(view).post(path).status_code == 405


def test_settings_that_cannot_be_used_are_told_and_cost_no_page() -> None:
    def broken() -> CatalogView:
        raise SettingsError("`source.url`: must be an address")

    client = TestClient(Starlette(routes=monitoring_routes(broken)))

    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
    assert "must be an address" in client.get("/readyz").json()["reasons"][0]
    assert 'catalog_sync_store_readable{store="control"} 0.0' in client.get("/metrics").text
