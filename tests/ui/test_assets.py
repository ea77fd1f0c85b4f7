"""What a fresh browser is sent: the shell of a page, and Streamlit's scripts out of memory."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from ui import assets
from ui.assets import STATIC, Assets, asset, needed
from ui.deep_link import PAGES

SCRIPT = next((STATIC / "static" / "js").glob("Pagination.*.js"))
PLACE = f"/static/js/{SCRIPT.name}"


@pytest.fixture
def client() -> TestClient:
    async def rest(_: object) -> PlainTextResponse:
        return PlainTextResponse("the rest of the server")

    methods = ["GET", "POST"]
    app = Starlette(routes=[Route("/{path:path}", rest, methods=methods)], middleware=[Middleware(Assets)])
    return TestClient(app, base_url="http://127.0.0.1:8501")


def test_a_script_is_sent_as_it_is_and_may_be_kept_for_good(client: TestClient) -> None:
    answer = client.get(PLACE)
    assert answer.content == SCRIPT.read_bytes()
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]
    assert "content-encoding" not in answer.headers


def test_a_script_goes_zipped_over_a_network_to_browsers_that_take_it(client: TestClient) -> None:
    far = {"host": "sync.example"}
    zipped = client.get(PLACE, headers={**far, "accept-encoding": "gzip, br"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.content == SCRIPT.read_bytes()
    assert int(zipped.headers["content-length"]) < len(SCRIPT.read_bytes()) / 2
    assert "content-encoding" not in client.get(PLACE, headers={**far, "accept-encoding": "identity"}).headers
    found = asset(f"js/{SCRIPT.name}")
    assert found is not None
    assert found.zipped is not None
    assert gzip.decompress(found.zipped) == found.body


@pytest.mark.parametrize("path", ["/", "/products", "/runs", "/settings"])
def test_the_shell_of_a_page_names_where_the_server_is_and_what_the_page_needs(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert "window.__streamlit=" in answer.text
    assert answer.text.index("window.__streamlit=") < answer.text.index('<script type="module"')
    assert (f'<link rel="modulepreload" crossorigin href="./static/js/{SCRIPT.name}">' in answer.text) == (
        path in ("/products", "/runs")
    )
    assert answer.headers["cache-control"] == "no-cache"
    assert client.get(path, headers={"if-none-match": answer.headers["etag"]}).status_code == 304


def test_each_element_that_a_page_is_said_to_need_has_a_script(client: TestClient) -> None:
    for page, elements in assets._ELEMENTS.items():
        shell = client.get(f"/{page}").text
        for element in (*assets._EVERYWHERE, *elements):
            assert f'href="./static/js/{element}.' in shell, (page, element)


def test_the_shell_follows_links_to_the_pages_there_are(client: TestClient) -> None:
    shell = client.get("/products").text
    (names,) = re.findall(r"const pages = new Set\((\[.*?\])\);", shell)
    assert set(json.loads(names)) == PAGES
    assert shell.index("popstate") < shell.index('<script type="module"')


def test_the_shell_brings_our_style_behind_that_of_streamlit(client: TestClient) -> None:
    shell = client.get("/runs").text
    assert shell.count("<style>") == 1
    assert shell.index("<style>") > shell.index('<link rel="stylesheet"')
    assert assets.STYLE.read_text("utf-8") in shell


def test_where_streamlit_draws_a_page_of_ours_at_another_address_the_style_is_sent_with_it() -> None:
    assert assets.has_shell("https://sync.example/products?q=a/b")
    assert assets.has_shell("https://sync.example/behind/a/proxy/")
    assert assets.has_shell(None)
    assert not assets.has_shell("https://sync.example/nothing-here")


def test_everything_that_a_shell_names_is_there(client: TestClient) -> None:
    assert len(needed("products")) > len(needed("settings")) > 10
    for name in needed("products"):
        assert (STATIC / "static" / "js" / name).is_file()


@pytest.mark.parametrize(
    "path", ["/static/../index.html", "/static/js/unknown.js", "/static/js", "/static/%2e%2e/index.html", "/api/status"]
)
def test_anything_else_is_left_to_the_rest_of_the_server(client: TestClient, path: str) -> None:
    assert client.get(path).text == "the rest of the server"
    assert client.post("/products").text == "the rest of the server"
    assert client.get(PLACE, headers={"range": "bytes=0-1"}).text == "the rest of the server"


def test_a_shell_that_is_not_as_known_is_left_to_streamlit(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "index.html").write_text("<html>another build</html>")
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    assets._shell.cache_clear()
    try:
        assert client.get("/products").text == "the rest of the server"
        assert not assets.has_shell("https://sync.example/products")
    finally:
        assets._shell.cache_clear()
