"""Every page for everybody: with a screen reader's rules, on a phone, by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
PATHS = (
    *("/", "/products", "/product?sku=SKU-002", "/discrepancies", "/discrepancies?feed=products", "/compare"),
    *("/runs", "/runs?show=Timeline", "/settings"),
)
PHONE = {"width": 390, "height": 844}
GRAVE = ("serious", "critical")


def opened(page: Page, address: str) -> Page:
    """The page, drawn to its end."""
    page.goto(address)
    page.wait_for_selector(".cs-strip .cs-badge", timeout=30_000)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=30_000)
    return page


@pytest.fixture(scope="module")
def newest_run(browser_shop: Any) -> str:
    """The link to the newest run."""
    from syncengine.inspection.runs import recent_runs
    from syncengine.inspection.view import CatalogView

    return f"/run?run={recent_runs(CatalogView(browser_shop.settings()), limit=1)[0][0].run_id}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_grave_on_any_page(
    scheme: str, app_address: str, newest_run: str, new_context: Callable[..., Any]
) -> None:
    page: Page = new_context(color_scheme=scheme).new_page()
    grave = {}
    for path in (*PATHS, newest_run):
        found = Axe().run(opened(page, app_address + path)).response["violations"]
        told = [(one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in GRAVE]
        if told:
            grave[path] = told
    assert grave == {}


def test_on_a_phone_no_page_is_wider_than_the_screen(
    app_address: str, newest_run: str, new_context: Callable[..., Any]
) -> None:
    page: Page = new_context(viewport=PHONE, has_touch=True).new_page()
    wide = {}
    for path in (*PATHS, newest_run):
        opened(page, app_address + path)
        width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        if width > PHONE["width"]:
            wide[path] = width
    assert wide == {}


def test_the_menu_works_by_keyboard_alone(page: Page, app_address: str) -> None:
    opened(page, app_address)
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText").endswith("Runs"):
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle !== 'none' || "
                         "getComputedStyle(document.activeElement).boxShadow !== 'none'")  # fmt: skip
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible(timeout=30_000)
