"""Coming back, after a sign-in, to the page that was asked for before it; and to nothing else."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from syncengine.settings import AccessSettings, Settings
from ui import links
from ui.deep_link import PAGES, DeepLink

OIDC = AccessSettings(
    mode="oidc", metadata_url="https://id.example/x", client_id="c", client_secret="s", viewers=("staff",)
)


async def _page(request: Request) -> Response:
    del request
    return PlainTextResponse("page")


async def _callback(request: Request) -> Response:
    return RedirectResponse("/", status_code=int(request.query_params.get("status", "302")))


def _client(access: AccessSettings = OIDC) -> TestClient:
    app = Starlette(
        routes=[Route("/oauth2callback", _callback), Route("/{path:path}", _page)],
        middleware=[Middleware(DeepLink, settings=Settings(access=access))],
    )
    return TestClient(app, follow_redirects=False)


@pytest.mark.parametrize("page", ["/product?sku=A%2FB+c%C3%A4&tab=History", "/runs", "/", "/products?type=a&type=b"])
def test_the_page_asked_for_is_the_one_come_back_to(page: str) -> None:
    client = _client()
    assert client.get(page).status_code == 200
    assert client.get("/oauth2callback").headers["location"] == page
    assert client.get("/oauth2callback").headers["location"] == "/", "once"


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "/elsewhere", "runs", "/runs?a=\r\nSet-Cookie: x=y",
     "/api/status", "/products?q=" + "a" * 3_000, "/_stcore/stream", "/runs?q=ä"],
)  # fmt: skip
def test_a_forged_cookie_leads_nowhere_else(wanted: str) -> None:
    answer = _client().get("/oauth2callback", headers={"cookie": f"catalog_sync_wanted={quote(wanted, safe='')}"})
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("path", ["/api/status", "/static/app.js", "/healthz"])
def test_what_is_no_page_is_not_kept(path: str) -> None:
    assert "set-cookie" not in _client().get(path).headers


def test_a_picture_or_a_script_is_no_page_either() -> None:
    assert "set-cookie" not in _client().get("/runs", headers={"sec-fetch-dest": "image"}).headers


def test_a_sign_in_that_failed_leads_where_it_did() -> None:
    client = _client()
    client.get("/runs")
    assert client.get("/oauth2callback?status=307").headers["location"] == "/"


def test_where_nobody_signs_in_nothing_is_kept() -> None:
    assert "set-cookie" not in _client(AccessSettings()).get("/runs").headers


def test_every_page_of_the_menu_can_be_come_back_to() -> None:
    places = (value for name, value in vars(links).items() if name.isupper() and not name.startswith("_"))
    names = {place.stem for place in places if isinstance(place, Path)}
    assert len(PAGES) == len(names)
