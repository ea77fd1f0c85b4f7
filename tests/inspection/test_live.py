"""The live check against a running demo store."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from syncengine.cli.demo import request_change
from syncengine.demo.store.server import StoreOptions
from syncengine.demo.store.server import running as running_store
from syncengine.engine import open_workshop
from syncengine.errors import SettingsError
from syncengine.inspection.live import verify_products
from syncengine.inspection.view import CatalogView
from syncengine.pipeline import SyncOptions, run_sync
from syncengine.progress import SilentObserver
from syncengine.settings import DestinationSettings, Settings, SourceSettings

EDITS = {"price": 2, "rename": 0, "delete": 1, "add": 0, "sku_rename": 0, "move": 0, "seed": 3}


def test_only_what_changed_in_the_store_since_the_sync_differs(tmp_path: Path) -> None:
    with running_store(StoreOptions(port=0, products=60)) as url:
        settings = Settings(
            data_dir=tmp_path / "data",
            source=SourceSettings(url=f"{url}/rest", token=SecretStr("demo-token")),
            destination=DestinationSettings(kind="folder", path=tmp_path / "out"),
        )
        with open_workshop(settings, SilentObserver(), kind="command", should_stop=lambda: False) as shop:
            run_sync(shop, SyncOptions())
        view = CatalogView(settings)
        found = view.reader().cursor().sql("SELECT DISTINCT sku FROM lake.catalog.products ORDER BY sku").fetchall()
        skus = [sku for (sku,) in found][:40]
        before = verify_products(view, settings.source, skus)
        assert all(product.items for product in before)
        assert [product.sku for product in before if not product.agrees] == []

        touched = request_change(url, "demo-token", EDITS)
        names = [*(sku for sku in touched["price"] if sku), *touched["delete"]]
        after = {product.sku: product for product in verify_products(view, settings.source, [*names, "nobody"])}
        assert not after["nobody"].items
        for sku in touched["delete"]:
            assert all(item.store is None and not item.store_equals_catalog for item in after[sku].items)
        for sku in touched["price"]:
            changed = [item for item in after[sku].items if not item.store_equals_catalog]
            assert {item.feed for item in changed} == {"prices"}
            assert all(item.catalog_equals_exported and item.differences for item in changed)


def test_too_many_or_no_products_are_refused(view: CatalogView) -> None:
    for skus in ([], ["x"] * 51):
        with pytest.raises(SettingsError):
            verify_products(view, view.settings.source, skus)
