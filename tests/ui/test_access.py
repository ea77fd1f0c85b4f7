"""Every page asks who looks, in each mode, before it draws anything of the data."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.ui.conftest import ROUTER
from tests.ui.shop import Shop, html_of

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
OIDC = {
    "CATALOG_SYNC_ACCESS__MODE": "oidc",
    "CATALOG_SYNC_ACCESS__METADATA_URL": "https://id.example/.well-known/openid-configuration",
    "CATALOG_SYNC_ACCESS__CLIENT_ID": "catalog-sync",
    "CATALOG_SYNC_ACCESS__CLIENT_SECRET": "not-a-real-secret",
    "CATALOG_SYNC_ACCESS__VIEWERS": '["staff"]',
    "CATALOG_SYNC_ACCESS__OPERATORS": '["sync-operators"]',
}
PROXY = {**OIDC, "CATALOG_SYNC_ACCESS__MODE": "proxy"}
Visit = Callable[..., AppTest]


@pytest.fixture
def visit(synced_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Visit:
    """A visit to a page by somebody of whom these claims are known."""

    def run(name: str, environment: dict[str, str], claims: dict[str, Any]) -> AppTest:
        for key, value in {**synced_shop.environment, **environment}.items():
            monkeypatch.setenv(key, value)
        app = AppTest.from_file(str(ROUTER), default_timeout=60)
        app.user = claims
        app.run()
        app.switch_page(f"../pages/{name}.py")
        app.query_params["sku"] = "SKU-001"
        return app.run()

    return run


def _claims(*groups: str, age: float = 60, **more: Any) -> dict[str, Any]:
    return {
        "is_logged_in": True,
        "email": "anna@shop.example",
        "groups": list(groups),
        "iat": time.time() - age,
        **more,
    }


def _is_closed(app: AppTest) -> bool:
    """Nothing of the data, no table and no heading of a page is there."""
    text = html_of(app)
    return "<h1>" not in text and not app.dataframe and "SKU-001" not in text and "Anchor" not in text


@pytest.mark.parametrize("page", PAGES)
def test_nobody_sees_a_page_without_signing_in(page: str, visit: Visit) -> None:
    app = visit(page, OIDC, {"is_logged_in": False})
    assert _is_closed(app)
    assert [button.label for button in app.button] == ["Sign in"]
    assert not app.exception


@pytest.mark.parametrize("page", PAGES)
def test_a_page_needs_the_proxys_word(page: str, visit: Visit) -> None:
    app = visit(page, PROXY, {})
    assert _is_closed(app)
    assert "did not say who you are" in html_of(app)


@pytest.mark.parametrize("page", PAGES)
def test_who_is_signed_in_without_a_role_sees_nothing(page: str, visit: Visit) -> None:
    app = visit(page, OIDC, _claims("another-house"))
    assert _is_closed(app)
    assert "have no role here" in html_of(app)
    assert [button.label for button in app.button] == ["Sign out"]


@pytest.mark.parametrize("page", PAGES)
def test_an_old_sign_in_opens_no_page(page: str, visit: Visit) -> None:
    assert _is_closed(visit(page, OIDC, _claims("staff", age=13 * 3600)))


@pytest.mark.parametrize("page", PAGES)
def test_a_server_that_others_can_reach_shows_nothing_without_asking(
    page: str, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = st.get_option
    monkeypatch.setattr(st, "get_option", lambda key: "0.0.0.0" if key == "server.address" else asked(key))
    app = visit(page, {}, {})
    assert _is_closed(app)
    assert "nobody is asked who they are" in html_of(app)


@pytest.mark.parametrize(("environment", "role"), [(OIDC, "viewer"), (PROXY, "viewer")])
def test_a_viewer_sees_the_pages_and_who_they_are(environment: dict[str, str], role: str, visit: Visit) -> None:
    app = visit("status", environment, _claims("staff"))
    assert "<h1>Catalog Sync</h1>" in html_of(app)
    assert "anna@shop.example" in html_of(app) and f"<span>{role}</span>" in html_of(app)


def test_a_name_that_looks_like_markup_is_shown_as_text(visit: Visit) -> None:
    app = visit("status", OIDC, _claims("staff", email="<img src=x onerror=alert(1)>"))
    assert "<img src=x" not in html_of(app) and "&lt;img src=x" in html_of(app)


def test_at_this_machine_nobody_is_asked(visit: Visit) -> None:
    app = visit("status", {}, {})
    assert "<h1>Catalog Sync</h1>" in html_of(app)
    assert "Sign" not in " ".join(button.label for button in app.button)
