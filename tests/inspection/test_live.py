"""The live check against a running demo store."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import orjson
import pytest
from pydantic import SecretStr

from syncengine.catalog import ReadStoppedError
from syncengine.cli.demo import request_change
from syncengine.demo.services.server import running as running_services
from syncengine.demo.store.server import StoreOptions
from syncengine.demo.store.server import running as running_store
from syncengine.engine import open_workshop
from syncengine.errors import SettingsError
from syncengine.export.destinations import open_destination
from syncengine.export.destinations.base import AskableDestination
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


def test_the_store_is_asked_with_whatever_credentials_a_sync_has(tmp_path: Path) -> None:
    with running_store(StoreOptions(port=0, products=5)) as url:
        source = SourceSettings(url=f"{url}/rest", username="admin", password=SecretStr("demo-token"))
        view = CatalogView(Settings(data_dir=tmp_path / "data", source=source))
        (product,) = verify_products(view, source, ["SLASH/SKU-01"])
    assert product.items == () or all(item.store is not None for item in product.items)


def test_a_check_that_is_stopped_ends(tmp_path: Path) -> None:
    with running_store(StoreOptions(port=0, products=5)) as url:
        source = SourceSettings(url=f"{url}/rest", token=SecretStr("demo-token"))
        view = CatalogView(Settings(data_dir=tmp_path / "data", source=source))
        with pytest.raises(ReadStoppedError):
            verify_products(view, source, ["SLASH/SKU-01"], should_stop=lambda: True)


def test_too_many_or_no_products_are_refused(view: CatalogView) -> None:
    for skus in ([], ["x"] * 201):
        with pytest.raises(SettingsError):
            verify_products(view, view.settings.source, skus)


def test_the_destination_is_asked_what_it_really_holds(tmp_path: Path) -> None:
    with running_store(StoreOptions(port=0, products=30)) as url, running_services() as services:
        destination = DestinationSettings(
            kind="services", url=services, api_key=SecretStr("demo-key"), environment_id="demo-env", data_space_id="d"
        )
        settings = Settings(
            data_dir=tmp_path / "data",
            source=SourceSettings(url=f"{url}/rest", token=SecretStr("demo-token")),
            destination=destination,
        )
        with open_workshop(settings, SilentObserver(), kind="command", should_stop=lambda: False) as shop:
            run_sync(shop, SyncOptions())
        view = CatalogView(settings)
        found = view.reader().cursor().sql("SELECT DISTINCT sku FROM lake.exported.products ORDER BY sku").fetchall()
        sku, lost = (name for (name,) in found[:2])
        with closing(open_destination("default", destination)) as holder:
            assert isinstance(holder, AskableDestination)
            (agreed,) = verify_products(view, settings.source, [sku], holder=holder)
            assert agreed.agrees and all(item.exported_equals_held for item in agreed.items)
            payload = next(item.held for item in agreed.items if item.feed == "products")
            assert payload is not None
            changed = orjson.dumps([{**orjson.loads(payload), "name": "changed behind our back"}])
            holder.send("products", changed, items=1, key="k" * 64, sequence=10**6)  # type: ignore[attr-defined]
            (other,) = verify_products(view, settings.source, [sku], holder=holder)
        assert not other.agrees
        (off,) = [item for item in other.items if item.exported_equals_held is False]
        assert off.feed == "products" and "something else than it acknowledged" in off.sentence
        assert verify_products(view, settings.source, [lost])[0].items[0].exported_equals_held is None
