"""A real Chromium before a real server, on data that a real sync has made."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tests.browser.serving import CHROMIUM_FLAGS, app_server, chromium  # noqa: E402  (the project's folder comes first)
from tests.ui.shop import FORMULA_NAME, HOSTILE_NAME, Shop  # noqa: E402

FEEDS = ("products", "prices")
HOSTILE_TYPE = "![t](http://198.51.100.7/t.png)"


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The Chromium of this machine. Without one: a skip on a laptop, a failure in CI."""
    executable = chromium()
    if executable is None:
        message = "no Chromium is installed: the browser tests did not run"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return {"executable_path": executable, "args": CHROMIUM_FLAGS}


@pytest.fixture(scope="session")
def base_url() -> str:
    """No common address: each test names its server. (The plugin's own fixture raises pytest's deprecation warning.)"""
    return ""


@pytest.fixture(scope="session")
def browser_shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Thirty products, synced; then SKU-002 got another name, and the sync of it was held for review."""
    shop = Shop(tmp_path_factory.mktemp("shop"), products=30)
    shop.products["SKU-007"]["name"] = HOSTILE_NAME
    shop.products["SKU-008"]["name"] = FORMULA_NAME
    shop.products["SKU-009"]["type_id"] = HOSTILE_TYPE
    assert shop.sync(feeds=FEEDS).error_message is None
    shop.products["SKU-002"]["name"] = "Birch Tray, large"
    assert shop.hold_changes(feeds=FEEDS).status == "held"
    return shop


@pytest.fixture(scope="session")
def app_address(browser_shop: Shop, browser_type_launch_args: dict[str, Any]) -> Iterator[str]:
    """The app of that shop, served for all browser tests."""
    del browser_type_launch_args  # no server without a browser to look at it
    with app_server(browser_shop.environment, directory=browser_shop.directory) as address:
        yield address
