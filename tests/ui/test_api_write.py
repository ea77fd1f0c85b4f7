"""What can be asked for over the API: by whom, how it is answered, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

import ui.api
from syncengine.control.audit import list_audit
from syncengine.control.requests import newest_requests
from syncengine.control.store import open_control_store
from syncengine.settings import load_settings
from tests.ui.shop import Shop, copy_of
from ui.api_route import ApiRoute
from ui.api_table import TABLE
from ui.api_write import WRITES
from ui.gate import Gate
from ui.routes import ROUTES

TOKENS = {"viewer": "viewer-token-00001", "operator": "operator-token-001", "admin": "admin-token-000001"}
HOST = "127.0.0.1:8501"
OIDC = {
    "CATALOG_SYNC_ACCESS__MODE": "oidc",
    "CATALOG_SYNC_ACCESS__METADATA_URL": "https://id.example/.well-known/openid-configuration",
    "CATALOG_SYNC_ACCESS__CLIENT_ID": "catalog-sync",
    "CATALOG_SYNC_ACCESS__CLIENT_SECRET": "not-a-real-secret",
}
PROXY = {
    "CATALOG_SYNC_ACCESS__MODE": "proxy",
    "CATALOG_SYNC_ACCESS__VIEWERS": '["staff"]',
    "CATALOG_SYNC_ACCESS__OPERATORS": '["ops"]',
    "CATALOG_SYNC_ACCESS__PROXIES": '["10.0.0.4"]',
}


@pytest.fixture
def shop(held_shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A shop with a held run, whose API knows a token of each role."""
    own = copy_of(held_shop, tmp_path / "shop")
    for key, value in own.environment.items():
        monkeypatch.setenv(key, value)
    for role, token in TOKENS.items():
        monkeypatch.setenv(f"CATALOG_SYNC_API__TOKENS__{role.upper()}__TOKEN", token)
        monkeypatch.setenv(f"CATALOG_SYNC_API__TOKENS__{role.upper()}__ROLE", role)
    ui.api.the_view.cache_clear()
    ui.api.write_pace.cache_clear()
    yield own
    ui.api.the_view.cache_clear()


@pytest.fixture
def client(shop: Shop) -> TestClient:
    return _client()


def _client(peer: str = "127.0.0.1") -> TestClient:
    app = Starlette(routes=ROUTES, middleware=[Middleware(Gate, settings=load_settings())])
    return TestClient(app, base_url=f"http://{HOST}", client=(peer, 50_000))


def _as(role: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKENS[role]}"}


def _held_run(client: TestClient) -> str:
    return str(client.get("/api/runs", params={"status": "held"}).json()[0]["run_id"])


def test_a_resync_is_queued_once_and_told_both_times(client: TestClient, shop: Shop) -> None:
    body = {"skus": ["SKU-001"], "mode": "no-reindex"}
    first = client.post("/api/resync", json=body, headers=_as("operator"))
    again = client.post("/api/resync", json=body, headers=_as("operator"))
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["request_id"] == again.json()["request_id"]
    assert not first.json()["already_waiting"] and again.json()["already_waiting"]
    assert first.json()["engine_running"] is False and first.json()["next_window_at"] is None
    store = open_control_store(shop.directory / "data")
    with store.read() as connection:
        (request,) = newest_requests(connection)
        assert request.requested_by == "operator (API)"
        assert list_audit(connection)[0].actor == "operator (API)"
    store.close()


def test_without_a_body_everything_is_asked_for(client: TestClient) -> None:
    answer = client.post("/api/resync", headers=_as("operator"))
    assert answer.status_code == 202 and answer.json()["what"] == "Resync of all feeds"


def test_a_request_is_read_started_and_cancelled(client: TestClient) -> None:
    request_id = client.post("/api/resync", json={}, headers=_as("operator")).json()["request_id"]
    assert client.get(f"/api/requests/{request_id}").json()["state"] == "Requested"
    assert client.post(f"/api/requests/{request_id}/start", headers=_as("operator")).json()["start_now"] is True
    assert client.post(f"/api/requests/{request_id}/cancel", headers=_as("operator")).json()["state"] == "Cancelled"
    late = client.post(f"/api/requests/{request_id}/cancel", headers=_as("operator"))
    assert late.status_code == 409 and late.json()["error"]["code"] == "CS1011"
    assert [row["request_id"] for row in client.get("/api/requests").json()] == [request_id]


def test_a_held_run_is_approved_or_refused(client: TestClient) -> None:
    run_id = _held_run(client)
    assert client.post(f"/api/runs/{run_id}/approve", headers=_as("operator")).status_code == 200
    refused = client.post(f"/api/runs/{run_id}/refuse", headers=_as("operator"))
    assert refused.status_code == 200 and refused.json()["status"] == "Cancelled"
    late = client.post(f"/api/runs/{run_id}/cancel", headers=_as("operator"))
    assert late.status_code == 409


PATHS = [route.path.format(request_id="q-none", run_id="r-none") for route in WRITES]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer wrong-token-00000"}, {"Authorization": "Basic eA=="}],
)
def test_nothing_is_written_without_a_token(client: TestClient, path: str, headers: dict[str, str]) -> None:
    answer = client.post(f"/api{path}", headers=headers)
    assert answer.status_code == 401 and answer.json()["error"]["code"] == "CS1008"
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", PATHS)
def test_a_viewers_token_writes_nothing(client: TestClient, shop: Shop, path: str) -> None:
    answer = client.post(f"/api{path}", headers=_as("viewer"))
    assert answer.status_code == 403 and answer.json()["error"]["code"] == "CS1009"
    store = open_control_store(shop.directory / "data")
    with store.read() as connection:
        assert newest_requests(connection) == []
    store.close()


@pytest.mark.parametrize("path", PATHS[1:])
def test_what_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    assert client.post(f"/api{path}", headers=_as("admin")).status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        ({"mode": "everything"}, 422, "mode"),
        ({"skus": [1]}, 422, "skus.0"),
        ({"skus": ["A"], "refused": True}, 422, "exclude each other"),
        ({"nonsense": 1}, 422, "nonsense"),
        ([], 422, "body"),
        ({"feeds": ["nonsense"]}, 404, "nonsense"),
        ({"destination": "nowhere"}, 400, "nowhere"),
    ],
)
def test_a_wrong_body_says_what_is_wrong(client: TestClient, body: Any, status: int, named: str) -> None:
    answer = client.post("/api/resync", json=body, headers=_as("operator"))
    assert answer.status_code == status
    assert named in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("content", "kind"), [(b"{", "application/json"), (b"{}", "text/plain"), (b"\xff", "application/json")]
)
def test_what_is_not_json_is_refused(client: TestClient, content: bytes, kind: str) -> None:
    answer = client.post("/api/resync", content=content, headers={**_as("operator"), "Content-Type": kind})
    assert answer.status_code == 400


def test_a_body_that_is_too_large_is_refused(client: TestClient) -> None:
    body = b'{"skus": ["' + b"x" * 300_000 + b'"]}'
    answer = client.post("/api/resync", content=body, headers={**_as("operator"), "Content-Type": "application/json"})
    assert answer.status_code == 413 and answer.json()["error"]["code"] == "CS1003"


def test_a_refusal_is_audited_where_the_request_would_be_written(client: TestClient, shop: Shop) -> None:
    client.post("/api/resync", json={}, headers=_as("viewer"))
    store = open_control_store(shop.directory / "data")
    with store.read() as connection:
        entries = list_audit(connection)
    store.close()
    assert entries[0].actor == "viewer (API)" and entries[0].action == "refused: request sync"


# -- reading, under each mode -------------------------------------------------------------------------------------


def test_at_this_machine_reading_is_open(client: TestClient) -> None:
    assert client.get("/api/status").status_code == 200


@pytest.mark.parametrize("environment", [OIDC, PROXY], ids=["oidc", "proxy"])
def test_behind_a_sign_in_reading_needs_a_token(
    shop: Shop, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    client = _client()
    closed = ("status", "products", "download/products", "requests", "nonsense", "products/x/openapi.json", "")
    for path in (f"/api/{name}" for name in closed):
        assert client.get(path).status_code == 401, path
    assert client.get("/api/status", headers=_as("viewer")).status_code == 200
    assert client.get("/api/openapi.json").status_code == 200
    assert client.get("/api/runs/openapi.json").status_code == 401


DOWNLOADS = [route for route in TABLE if route.is_download]


@pytest.mark.parametrize("route", DOWNLOADS, ids=lambda route: route.path)
@pytest.mark.parametrize("environment", [OIDC, PROXY], ids=["oidc", "proxy"])
def test_a_link_to_a_file_gives_nothing_to_somebody_signed_out(
    shop: Shop, environment: dict[str, str], route: ApiRoute, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    answer = _client().get(f"/api{route.path.format(run_id='r-1')}", params={"feed": "products"})
    assert answer.status_code == 401 and "content-disposition" not in answer.headers
    assert set(answer.json()) == {"error"} and "SKU-" not in answer.text


@pytest.mark.parametrize("kind", ["csv", "parquet", "json"])
def test_a_file_is_streamed_to_whom_the_proxy_names_and_refused_without_a_role(
    shop: Shop, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in PROXY.items():
        monkeypatch.setenv(key, value)
    path, proxy = f"/api/download/discrepancies?format={kind}", _client("10.0.0.4")
    known = {"X-Forwarded-Email": "vera@shop.example", "X-Forwarded-Groups": "staff"}
    answer = proxy.get(path, headers=known)
    assert answer.status_code == 200 and b"SKU-002" in answer.content
    assert "content-length" not in answer.headers, "it is sent while it is made"
    assert proxy.get(path, headers={**known, "X-Forwarded-Groups": "another-house"}).status_code == 403
    assert proxy.get(path, headers={"X-Forwarded-Groups": "staff"}).status_code == 401
    assert _client("10.0.0.5").get(path, headers=known).status_code == 401, "it did not come from the proxy"


def test_a_token_file_that_is_gone_is_the_servers_fault(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATALOG_SYNC_API__TOKENS__CI__TOKEN_FILE", "/nowhere/token")
    answer = _client().get("/api/status", headers={"Authorization": "Bearer whatever-token-000"})
    assert answer.status_code == 500 and "/nowhere" not in answer.text


def test_the_proxys_word_opens_reading_and_never_writing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in PROXY.items():
        monkeypatch.setenv(key, value)
    headers = {"X-Forwarded-Email": "anna@shop.example", "X-Forwarded-Groups": "ops"}
    assert _client("10.0.0.4").get("/api/status", headers=headers).status_code == 200
    assert _client("10.0.0.4").post("/api/resync", headers=headers).status_code == 401
    assert _client("10.0.0.5").get("/api/status", headers=headers).status_code == 401, "it did not come from the proxy"
    headers["X-Forwarded-Groups"] = "another-house"
    assert _client("10.0.0.4").get("/api/status", headers=headers).status_code == 403


@pytest.mark.parametrize(
    "cookie", ["forged", "eyJpc19sb2dnZWRfaW4iOnRydWV9", "2|1:0|10:1700000000|15:_streamlit_user|4:e30=|00"]
)
def test_a_forged_sign_in_opens_nothing(shop: Shop, cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in OIDC.items():
        monkeypatch.setenv(key, value)
    client = _client()
    client.cookies.set("_streamlit_user", cookie)
    assert client.get("/api/status").status_code == 401


def test_another_host_is_refused_before_the_api(shop: Shop) -> None:
    client = _client()
    assert client.get("/api/status", headers={"Host": "evil.example"}).status_code == 400


def test_a_token_that_asks_too_often_is_told_when_to_come_back_and_others_are_not_kept_waiting(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CATALOG_SYNC_API__WRITES_PER_MINUTE", "2")
    ui.api.the_view.cache_clear()
    client = _client()
    codes = [client.post("/api/resync", json={}, headers=_as("operator")).status_code for _ in range(2)]
    late = client.post("/api/resync", json={}, headers=_as("operator"))

    assert codes == [202, 200]
    assert (late.status_code, late.json()["error"]["code"]) == (429, "CS1012")
    assert 1 <= int(late.headers["retry-after"]) <= 60
    assert client.get("/api/status", headers=_as("operator")).status_code == 200, "reading is not writing"
    assert client.post("/api/resync", json={}, headers=_as("admin")).status_code == 200
    assert [client.post("/api/resync").status_code for _ in range(3)] == [401, 401, 429]
    assert client.post("/api/resync", json={}, headers=_as("admin")).status_code == 200


def test_what_was_asked_for_is_a_run_to_come(client: TestClient) -> None:
    request_id = client.post("/api/resync", json={"feeds": ["products"]}, headers=_as("operator")).json()["request_id"]
    (row,) = client.get("/api/runs", params={"status": "requested"}).json()
    assert (row["request_id"], row["status"], row["run_id"], row["mode"]) == (request_id, "Requested", None, "resync")
    assert client.get("/api/runs", params={"status": "queued"}).json() == []
    assert all(run["run_id"] for run in client.get("/api/runs").json())
