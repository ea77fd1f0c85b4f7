"""The read-only API answers what the commands answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

import ui.api
from ui.routes import ROUTES


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("CATALOG_SYNC_DATA_DIR", str(tmp_path / "data"))
    ui.api.the_view.cache_clear()
    with TestClient(Starlette(routes=ROUTES)) as client:
        yield client
    ui.api.the_view.cache_clear()


def test_before_the_first_sync_status_says_so(client: TestClient) -> None:
    answer = client.get("/api/status")
    assert answer.status_code == 200
    assert answer.json()["last_sync"] is None
    assert answer.json()["products_synced"] == 0


def test_a_product_before_the_first_sync_is_an_error_with_a_hint(client: TestClient) -> None:
    answer = client.get("/api/products/24-MB01")
    assert answer.status_code in (404, 503)
    assert answer.json()["error"]["hint"]


def test_feeds_and_runs_are_lists(client: TestClient) -> None:
    assert [feed["feed"] for feed in client.get("/api/feeds").json()]
    assert client.get("/api/runs").json() == []


def test_an_unknown_run_is_not_found(client: TestClient) -> None:
    assert client.get("/api/runs/r-none").status_code in (404, 503)


def test_nothing_can_be_written(client: TestClient) -> None:
    assert client.post("/api/status").status_code == 405
