"""The app behind nginx with the very settings of docs/deployment.md: its pages, its policy, its closed doors."""

from __future__ import annotations

import os
import re
import selectors
import shutil
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from tests.browser.serving import app_server, free_port
from tests.ui.shop import Shop

pytestmark = pytest.mark.browser
PROJECT = Path(__file__).resolve().parents[2]
NGINX, OPENSSL = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"), shutil.which("openssl")
NAME, PATIENCE = "sync.example", 60_000
PAGES = ("", "products", "product?sku=SKU-007", "runs", "discrepancies", "settings")
AROUND = """
worker_processes 1; daemon off; pid {place}/pid; error_log {place}/error.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {place}/body; proxy_temp_path {place}/proxy; fastcgi_temp_path {place}/fastcgi;
    uwsgi_temp_path {place}/uwsgi; scgi_temp_path {place}/scgi;
    {documented}
}}
"""


def documented(app: str, port: int, place: Path) -> str:
    """The settings for nginx as they are documented, for this machine's ports and a certificate of this test; the
    sign-in that sets the two headers is played."""
    text = (PROJECT / "docs" / "deployment.md").read_text("utf-8")
    found = re.search(r"```nginx\n(.*?)```", text, re.DOTALL)
    assert found is not None
    text = found[1]
    for what, instead in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("# ssl_certificate …; ssl_certificate_key …;",
         f"ssl_certificate {place}/cert.pem; ssl_certificate_key {place}/key.pem;"),
        ("http://127.0.0.1:8501", app),
        ('X-Forwarded-Email ""', 'X-Forwarded-Email "anna@shop.example"'),
        ('X-Forwarded-Groups ""', 'X-Forwarded-Groups "staff"'),
    ):  # fmt: skip
        assert what in text, f"docs/deployment.md has no `{what}`"
        text = text.replace(what, instead)
    return text


@pytest.fixture(scope="module")
def app(browser_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app, which believes a proxy on this machine and answers to the public name."""
    if NGINX is None or OPENSSL is None:
        pytest.skip("no nginx is installed: the documented proxy settings were not tried")
    behind = {
        "CATALOG_SYNC_ACCESS__MODE": "proxy",
        "CATALOG_SYNC_ACCESS__VIEWERS": '["staff"]',
        "CATALOG_SYNC_UI__ALLOWED_HOSTS": f'["{NAME}"]',
    }
    with app_server({**browser_shop.environment, **behind}, directory=tmp_path_factory.mktemp("behind")) as address:
        yield address


@pytest.fixture(scope="module")
def proxy(app: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an nginx in front of it."""
    assert NGINX is not None and OPENSSL is not None
    place, port = tmp_path_factory.mktemp("nginx"), free_port()
    subprocess.run(
        [OPENSSL, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
         "-keyout", str(place / "key.pem"), "-out", str(place / "cert.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    config = place / "nginx.conf"
    config.write_text(AROUND.format(place=place, documented=documented(app, port, place)))
    with subprocess.Popen(
        [NGINX, "-p", str(place), "-c", str(config), "-e", str(place / "error.log")], stderr=subprocess.PIPE, text=True
    ) as process:
        deadline = time.monotonic() + 10
        with selectors.DefaultSelector() as pause:
            while ask(port, "/api/openapi.json")[0] != 200:
                assert process.poll() is None, process.stderr.read() if process.stderr else ""
                assert time.monotonic() < deadline, (place / "error.log").read_text()
                pause.select(0.05)
        yield port
        process.terminate()


def ask(port: int, path: str, **headers: str) -> tuple[int, dict[str, list[str]]]:
    """The status and the headers of an answer through the proxy; (0, {}) when nobody answers."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    request = urllib.request.Request(f"https://127.0.0.1:{port}{path}", headers={"Host": NAME, **headers})
    try:
        with urllib.request.urlopen(request, timeout=10, context=trusting) as answer:
            return answer.status, {key.lower(): answer.headers.get_all(key, []) for key in answer.headers}
    except urllib.error.HTTPError as error:
        with error:
            return error.code, {}
    except OSError:
        return 0, {}


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "ignore_https_errors": True}


def test_every_page_is_drawn_and_the_policy_keeps_nothing_of_ours_away(page: Page, proxy: int) -> None:
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Content-Security-Policy" in message.text:
            said.append(message.text)

    page.on("console", hear)
    for path in PAGES:
        page.goto(f"https://{NAME}:{proxy}/{path}")
        expect(page.locator(".stHtml h1").first).to_be_visible(timeout=PATIENCE)
        page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=PATIENCE)
    assert said == []

    picture = """name => {
        const picture = new Image();
        picture.src = `https://${name}/a.png`;
        return picture.decode().catch(() => null);
    }"""
    page.evaluate(picture, "shop.example")
    assert said == [], "the store's pictures may be shown"
    page.evaluate(picture, "elsewhere.example")
    assert "elsewhere.example" in "".join(said), "others may not, and it is heard here"


def test_what_is_for_machines_is_closed_to_others_and_headers_are_set_once(proxy: int) -> None:
    assert {
        path: ask(proxy, path)[0] for path in ("/metrics", "/healthz", "/readyz", "/_stcore/metrics")
    } == dict.fromkeys(("/metrics", "/healthz", "/readyz", "/_stcore/metrics"), 403)
    status, headers = ask(proxy, "/")
    assert status == 200
    (policy,) = headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy
    for name in ("strict-transport-security", "x-frame-options", "x-content-type-options", "referrer-policy"):
        assert len(headers[name]) == 1, name


def test_the_proxy_says_who_somebody_is_and_nobody_else(app: str, proxy: int) -> None:
    forged = {"X-Forwarded-Email": "eve@elsewhere.example", "X-Forwarded-Groups": "nobody"}
    assert ask(proxy, "/api/status", **forged)[0] == 200, "it is anna, of the staff, whatever was claimed"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{app}/api/status", timeout=10)
    with refused.value as answer:
        assert answer.code == 401
