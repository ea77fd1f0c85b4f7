"""Whole syncs to the Commerce Optimizer API of the demo services; every payload on the wire is judged by the schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest
from pydantic import SecretStr
from support.relay import Relay, relaying

from syncengine.changes.plan import Selection
from syncengine.cli.demo import request_change
from syncengine.control.feed_runs import FeedRun, list_feed_runs
from syncengine.control.runs import Run
from syncengine.demo.services.server import running as running_services
from syncengine.demo.store.server import StoreOptions
from syncengine.demo.store.server import running as running_store
from syncengine.engine import open_workshop
from syncengine.export.destinations.optimizer.mapping import MAPPED_FEEDS
from syncengine.lake.paths import DataDirectory
from syncengine.lake.reader import open_reader
from syncengine.pipeline import SyncOptions, run_sync
from syncengine.progress import SilentObserver
from syncengine.settings import DestinationSettings, Settings, SourceSettings

HOST = "https://na1-sandbox.api.commerce.adobe.com"
Held = dict[tuple[str, str], dict[str, Any]]


@dataclass(slots=True, kw_only=True)
class Shop:
    """A demo store, demo services behind a relay, and an installation that syncs one to the other."""

    store_url: str
    services_url: str
    relay: Relay
    settings: Settings
    unmappable: int = 0

    def sync(self, **options: Any) -> tuple[Run, dict[str, FeedRun]]:
        """One sync; the run as it ended and its counts by feed."""
        with open_workshop(self.settings, SilentObserver(), kind="command", should_stop=lambda: False) as shop:
            run = run_sync(shop, SyncOptions(**options))
            with shop.control.read() as connection:
                return run, {item.feed: item for item in list_feed_runs(connection, run.run_id)}

    def change(self, **counts: int) -> dict[str, Any]:
        """Edit the store as a merchant would."""
        return request_change(self.store_url, "demo-token", {"seed": 1, **counts})

    def set_faults(self, *faults: str) -> None:
        """What the services do from now on."""
        requests.put(
            f"{self.services_url}/demo/faults", json={"faults": faults}, headers={"x-api-key": "demo-key"}, timeout=20
        ).raise_for_status()

    def held(self, resource: str) -> Held:
        """What the tenant holds, by sku or code and locale or price book."""
        address = f"{self.services_url}/demo/optimizer/demo-tenant/items/{resource}"
        names = {"products": "sku", "products/prices": "sku", "categories": "slug", "products/metadata": "code"}
        return {
            (item[names[resource]], item.get("priceBookId") or item["source"]["locale"]): item
            for item in requests.get(address, timeout=20).json()["items"]
        }

    def catalog(self, feed: str) -> list[dict[str, Any]]:
        """The items of a feed that the catalog holds, but for those that the API has no form for."""
        reader = open_reader(DataDirectory(self.settings.data_dir))
        with reader.connection:
            rows = (
                reader.cursor()
                .execute(
                    f"""SELECT payload FROM lake.catalog."{feed}" WHERE feed_id NOT IN
                    (SELECT feed_id FROM lake.delivery."{feed}" WHERE message LIKE 'not sent: %')"""
                )
                .fetchall()
            )
        return [json.loads(payload) for (payload,) in rows]

    def assert_held_is_the_catalog(self) -> None:
        """Each product item, with its name, and each price: no more and no less."""
        products = {(item["sku"], item["storeViewCode"]): item["name"] for item in self.catalog("products")}
        assert {key: item["name"] for key, item in self.held("products").items()} == products
        prices = sorted((item["sku"], item["regular"]) for item in self.catalog("prices"))
        assert sorted((sku, item["regular"]) for (sku, _), item in self.held("products/prices").items()) == prices


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop whose first sync is through."""
    place = tmp_path_factory.mktemp("optimizer")
    with ExitStack() as stack:
        store = stack.enter_context(
            running_store(StoreOptions(port=0, products=60, seed=3, state=place / "store.sqlite"))
        )
        services = stack.enter_context(running_services(state=place / "services.sqlite"))
        relay = stack.enter_context(relaying(services))
        destination = DestinationSettings(
            kind="optimizer", url=f"{relay.url}/demo-tenant", token_url=f"{relay.url}/ims/token/v3",
            client_id="demo-client", client_secret=SecretStr("demo-secret"), currencies={"*": "USD"},
            timeout_seconds=10,
        )  # fmt: skip
        settings = Settings(
            data_dir=place / "data", source=SourceSettings(url=f"{store}/rest", token=SecretStr("demo-token")),
            destinations={"aco": destination},
        )  # fmt: skip
        made = Shop(store_url=store, services_url=services, relay=relay, settings=settings)
        run, feeds = made.sync()
        assert run.status.shown == "Success", run.error_message
        assert {name for name, item in feeds.items() if item.status != "not_offered"} <= MAPPED_FEEDS
        made.unmappable = feeds["products"].rejected
        assert made.unmappable < 0.05 * feeds["products"].sent
        yield made


@pytest.fixture(autouse=True)
def no_faults_left(shop: Shop) -> Iterator[None]:
    yield
    shop.set_faults()


def test_the_first_sync_brings_everything_that_the_api_has_a_place_for(shop: Shop) -> None:
    shop.assert_held_is_the_catalog()
    assert len(shop.held("products/metadata")) == len(shop.catalog("productAttributes"))
    assert len(shop.held("categories")) == sum(bool(item["urlPath"]) for item in shop.catalog("categories"))


def test_what_is_required_goes_first(shop: Shop) -> None:
    paths = [request.path for request in shop.relay.requests]
    first = {path.rpartition("/v1/catalog/")[2]: paths.index(path) for path in dict.fromkeys(paths)}
    assert first["products/metadata"] < first["products"]
    assert first["price-books"] < first["products/prices"]


def test_a_change_and_a_delete_are_sent_and_nothing_else(shop: Shop) -> None:
    arrived = len(shop.relay.requests)
    touched = shop.change(rename=2, price=2, delete=2)
    run, feeds = shop.sync()
    assert run.status.shown == "Success", run.error_message
    shop.assert_held_is_the_catalog()
    assert not {sku for sku, _ in shop.held("products")} & set(touched["delete"])
    sent = [request for request in shop.relay.requests[arrived:] if request.path.endswith("/products")]
    skus = {record["sku"] for request in sent for record in json.loads(request.body)}
    assert set(touched["rename"]) <= skus
    assert len(skus) < len({item["sku"] for item in shop.catalog("products")})
    assert feeds["products"].removed > 0
    assert any(request.path.endswith("/products/delete") for request in shop.relay.requests[arrived:])


def test_a_refused_item_is_named_kept_back_and_sent_when_somebody_asks(shop: Shop) -> None:
    touched = shop.change(rename=12)
    shop.set_faults("reject-item=0.3")
    _, feeds = shop.sync(feeds=("products",))
    refused = feeds["products"].rejected
    assert 0 < refused < feeds["products"].sent
    assert feeds["products"].accepted == feeds["products"].sent - refused
    assert feeds["products"].sent >= len(touched["rename"])

    shop.set_faults()
    _, again = shop.sync(feeds=("products",))
    assert (again["products"].sent, again["products"].skipped) == (0, refused + shop.unmappable)

    _, asked = shop.sync(
        feeds=("products",), no_reindex=True, selection=Selection(resync=True, by="refused"), trigger="retry"
    )
    assert (asked["products"].sent, asked["products"].accepted) == (refused + shop.unmappable, refused)
    shop.assert_held_is_the_catalog()


def test_a_lost_answer_is_asked_for_again_and_changes_nothing(shop: Shop) -> None:
    shop.change(rename=5, price=5)
    shop.set_faults("lost-answer=0.4")
    arrived = len(shop.relay.requests)
    for _ in range(5):
        run, feeds = shop.sync()
        if not any(item.waiting for item in feeds.values()):
            break
    assert run.status.shown == "Success"
    sent = [(request.path, request.body) for request in shop.relay.requests[arrived:]]
    assert len(sent) > len(set(sent)), "no answer was lost: the test has lost its point"
    shop.assert_held_is_the_catalog()


@pytest.mark.shared
def test_every_payload_on_the_wire_is_what_the_published_schema_says(shop: Shop, shared: Path) -> None:
    api = OpenAPI.from_file_path(str(shared / "contracts/commerce-ingestion-v1.yaml"))
    shop.change(rename=2, price=2, delete=2)
    shop.sync()
    judged = set()
    for request in shop.relay.requests:
        if request.path.startswith("/ims/"):
            continue
        path = request.path.replace("/demo-tenant/", "/tenant/", 1)
        headers = {"Authorization": "Bearer token", "Content-Type": "application/json"}
        api.validate_request(
            MockRequest(HOST, "post", path, data=request.body, headers=headers, content_type="application/json")
        )
        judged.add(path)
    resources = {"categories", "price-books", "products", "products/metadata", "products/prices"}
    assert {path.rpartition("/v1/catalog/")[2] for path in judged} >= resources | {
        "products/delete",
        "products/prices/delete",
    }
