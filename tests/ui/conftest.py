"""Shops in the states that pages must be able to draw, each built once, and the pages run against them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tests.ui.shop import HOSTILE_NAMES, OpenPage, Shop, copy_of  # noqa: E402  (the project's folder comes first)

ROUTER = ROOT / "ui" / "router.py"
FEEDS = ("products", "prices")


@pytest.fixture(scope="session")
def synced_shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """One successful sync; some of the names are hostile."""
    shop = Shop(tmp_path_factory.mktemp("synced"), products=10)
    for sku, name in zip(("SKU-007", "SKU-008", "SKU-009", "SKU-010"), HOSTILE_NAMES, strict=True):
        shop.products[sku]["name"] = name
    assert shop.sync(feeds=FEEDS).error_message is None
    return shop


@pytest.fixture(scope="session")
def held_shop(synced_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A second sync that was held for review: SKU-002 has another name in the catalog, SKU-010 is gone from it."""
    shop = copy_of(synced_shop, tmp_path_factory.mktemp("held"))
    shop.products["SKU-002"]["name"] = "Birch Tray, large"
    run = shop.hold_changes(feeds=FEEDS)
    assert run.status == "held", run.error_message
    return shop


@pytest.fixture(scope="session")
def waiting_shop(synced_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A dry run has read another price of SKU-003: nobody has sent it yet, and nothing stands in its way."""
    shop = copy_of(synced_shop, tmp_path_factory.mktemp("waiting"))
    shop.products["SKU-003"]["price"] = 99
    assert shop.sync(feeds=FEEDS, dry_run=True).error_message is None
    return shop


@pytest.fixture(scope="session")
def french_shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Two store views; a product has another name in the catalog, in both, which nobody has sent yet."""
    shop = Shop(tmp_path_factory.mktemp("french"), products=3, more_views=("french",))
    assert shop.sync(feeds=FEEDS).error_message is None
    shop.products["SKU-002"]["name"] = "Birch Tray, large"
    assert shop.sync(feeds=FEEDS, dry_run=True).error_message is None
    return shop


@pytest.fixture(scope="session")
def flapping_shop(synced_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The name of SKU-001 changed and came back twice, each time exported."""
    shop = copy_of(synced_shop, tmp_path_factory.mktemp("flapping"))
    for name in ("Anchor Mug, blue", "Anchor Mug", "Anchor Mug, blue", "Anchor Mug"):
        shop.products["SKU-001"]["name"] = name
        assert shop.sync(feeds=FEEDS).error_message is None
    return shop


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenPage]:
    """Runs a page of the app, through the router, with the settings of a shop."""

    def run(shop: Shop | None, name: str | None = None, *, more: Mapping[str, str] = {}, **query: Any) -> AppTest:
        for key, value in {**(shop.environment if shop else {}), **more}.items():
            monkeypatch.setenv(key, value)
        app = AppTest.from_file(str(ROUTER), default_timeout=60)
        if name is not None:
            app.run()
            app.switch_page(f"../pages/{name}.py")
        for key, value in query.items():
            app.query_params[key.rstrip("_")] = value
        return app.run()

    yield run
    st.cache_resource.clear()
