"""Signing in with a real OpenID Connect provider, before a real server, in a real Chromium."""

from __future__ import annotations

import json
import re
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.serving import app_server, ask, free_port
from tests.ui.shop import Shop

pytestmark = pytest.mark.browser
PATIENCE = 30_000
PEOPLE = {
    "anna": {"email": "anna@shop.example", "groups": ["staff"]},
    "otto": {"email": "otto@shop.example", "groups": ["staff", "ops"]},
    "eve": {"email": "eve@elsewhere.example", "groups": []},
}


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An OpenID Connect provider on this machine, with three people."""
    port = free_port()
    claims = [part for sub, more in PEOPLE.items() for part in ("--user-claims", json.dumps({"sub": sub, **more}))]
    with (
        (tmp_path_factory.mktemp("provider") / "log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), *claims], stdout=log, stderr=log
        ) as process,
    ):
        deadline = time.monotonic() + 30
        with selectors.DefaultSelector() as pause:
            while ask(port, "/.well-known/openid-configuration")[0] != 200:
                assert process.poll() is None and time.monotonic() < deadline, "the provider did not start"
                pause.select(0.1)
        yield f"http://127.0.0.1:{port}"
        process.terminate()


def _served(provider: str, shop: Shop, directory: Path) -> AbstractContextManager[str]:
    """The app on a server that asks this provider."""
    access = {
        "CATALOG_SYNC_ACCESS__MODE": "oidc",
        "CATALOG_SYNC_ACCESS__METADATA_URL": f"{provider}/.well-known/openid-configuration",
        "CATALOG_SYNC_ACCESS__CLIENT_ID": "catalog-sync",
        "CATALOG_SYNC_ACCESS__CLIENT_SECRET": "a-secret-of-this-test",
        "CATALOG_SYNC_ACCESS__VIEWERS": '["staff"]',
        "CATALOG_SYNC_ACCESS__OPERATORS": '["ops"]',
    }
    return app_server({**shop.environment, **access}, directory=directory)


@pytest.fixture
def fresh_address(provider: str, browser_shop: Shop, tmp_path: Path) -> Iterator[str]:
    """A server that nobody has asked for anything yet."""
    with _served(provider, browser_shop, tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def address(provider: str, browser_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server for those who sign in, one after the other, each in a browser of their own."""
    with _served(provider, browser_shop, tmp_path_factory.mktemp("served")) as found:
        yield found


def sign_in(page: Page, who: str) -> None:
    """Press Sign in, choose oneself at the provider, come back."""
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("/oauth2/authorize"))
    page.get_by_role("button", name=re.compile(who)).first.click()
    expect(page.get_by_text(f"{who}@")).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/products", "/product?sku=SKU-002", "/runs", "/settings"])
def test_a_deep_link_to_a_fresh_server_shows_nothing_but_the_way_in(page: Page, fresh_address: str, path: str) -> None:
    page.set_default_timeout(PATIENCE)
    page.goto(fresh_address + path)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible(timeout=PATIENCE)
    assert page.locator(".stHtml h1").count() == 0
    assert "Birch" not in page.content()
    assert page.request.get(f"{fresh_address}/api/products").status == 401
    assert page.request.get(f"{fresh_address}/api/download/products").status == 401


def test_people_sign_in_with_their_role_and_out_again(page: Page, address: str) -> None:
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page.goto(address)
    sign_in(page, "otto")
    expect(page.get_by_role("heading", name="Catalog Sync", exact=True)).to_be_visible()
    expect(page.locator(".cs-user")).to_contain_text("operator")
    # what a page offers to download is asked for with the same sign-in; what writes is not
    assert page.request.get(f"{address}/api/status").status == 200
    page.goto(f"{address}/products")
    page.get_by_role("button", name="Download").click()
    with page.expect_download(timeout=PATIENCE) as downloaded:
        page.get_by_role("link", name="CSV").click()
    assert "Birch" in downloaded.value.path().read_text("utf-8")
    assert page.request.post(f"{address}/api/resync").status == 401
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="End session").click()  # the provider's own page
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert page.request.get(f"{address}/api/status").status == 401


def test_a_viewer_may_look_and_not_resync(page: Page, address: str) -> None:
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page.goto(f"{address}/settings?scope=default")
    sign_in(page, "anna")
    # the page that was asked for before the sign-in, with its choices
    expect(page.get_by_role("heading", name="Catalog Sync Settings")).to_be_visible()
    expect(page.get_by_role("button", name="Resync", exact=True)).to_be_disabled()


def test_somebody_of_another_house_sees_nothing(page: Page, address: str) -> None:
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page.goto(address)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("/oauth2/authorize"))
    page.get_by_role("button", name=re.compile("eve")).first.click()
    expect(page.get_by_text("have no role here")).to_be_visible()
    assert page.request.get(f"{address}/api/status").status == 403
