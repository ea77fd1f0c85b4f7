"""The gate before every request: hosts, headers that only a proxy may send, and the headers browsers heed."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from syncengine.settings import AccessSettings, Settings, UiSettings
from ui.gate import Gate

PROXY = AccessSettings(mode="proxy", proxies=("10.0.0.0/8", "::1"))


async def _echo(request: Request) -> JSONResponse:
    return JSONResponse({name: value for name, value in request.headers.items() if name.startswith("x-forwarded")})


async def _stream(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_json(websocket.headers.get("x-forwarded-email"))
    await websocket.close()


def _client(settings: Settings | None, *, peer: str = "127.0.0.1", host: str = "127.0.0.1:8501") -> TestClient:
    app = Starlette(
        routes=[Route("/", _echo), WebSocketRoute("/stream", _stream)],
        middleware=[Middleware(Gate, settings=settings)],
    )
    return TestClient(app, base_url=f"http://{host}", client=(peer, 50_000))


def _settings(**sections: Any) -> Settings:
    return Settings(**sections)


@pytest.mark.parametrize("host", ["127.0.0.1:8501", "localhost:8501", "[::1]:8501", "LOCALHOST"])
def test_this_machines_own_names_are_answered(host: str) -> None:
    assert _client(_settings(), host=host).get("/").status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8501", "10.0.0.7"])
def test_another_name_for_this_machine_is_refused(host: str) -> None:
    client = _client(_settings(), host=host)
    assert client.get("/").status_code == 400
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(f"ws://{host}/stream"):
        pass


def test_without_usable_settings_only_this_machine_is_answered() -> None:
    assert _client(None).get("/").status_code == 200
    assert _client(None, host="evil.example").get("/").status_code == 400


def test_named_hosts_are_answered_and_no_others() -> None:
    settings = _settings(ui=UiSettings(address="0.0.0.0", allowed_hosts=("sync.shop.example",)), access=PROXY)
    assert _client(settings, host="sync.shop.example").get("/").status_code == 200
    assert _client(settings, host="other.shop.example").get("/").status_code == 400


def test_the_proxys_headers_pass_when_they_come_from_the_proxy() -> None:
    client = _client(_settings(access=PROXY), peer="10.1.2.3")
    assert client.get("/", headers={"X-Forwarded-Email": "anna@shop.example"}).json() == {
        "x-forwarded-email": "anna@shop.example"
    }


@pytest.mark.parametrize(
    ("access", "peer"),
    [(PROXY, "127.0.0.1"), (PROXY, "11.0.0.1"), (PROXY, "testclient"), (AccessSettings(), "127.0.0.1")],
)
def test_forged_headers_are_taken_away(access: AccessSettings, peer: str) -> None:
    client = _client(_settings(access=access), peer=peer)
    forged = {"X-Forwarded-Email": "root@shop.example", "x-forwarded-GROUPS": "it", "X-Forwarded-For": "1.2.3.4"}
    assert client.get("/", headers=forged).json() == {"x-forwarded-for": "1.2.3.4"}
    with client.websocket_connect("ws://127.0.0.1:8501/stream", headers=forged) as stream:
        assert stream.receive_json() is None


def test_browsers_are_told_not_to_guess_frame_or_refer() -> None:
    headers = _client(_settings()).get("/").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["referrer-policy"] == "same-origin"
