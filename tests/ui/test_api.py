"""The read-only API answers what the commands answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

import ui.api
from syncengine.inspection.item_search import ItemSearch, search_items
from syncengine.inspection.products import ProductQuery, product_diff, search_products
from syncengine.inspection.runs import list_runs_json
from syncengine.inspection.view import CatalogView
from tests.ui.shop import Shop
from ui.api_table import TABLE
from ui.routes import ROUTES


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("CATALOG_SYNC_DATA_DIR", str(tmp_path / "data"))
    ui.api.the_view.cache_clear()
    with TestClient(Starlette(routes=ROUTES)) as client:
        yield client
    ui.api.the_view.cache_clear()


def test_before_the_first_sync_status_says_so(client: TestClient) -> None:
    answer = client.get("/api/status")
    assert answer.status_code == 200
    assert answer.json()["last_sync"] is None
    assert answer.json()["products_synced"] == 0


def test_a_product_before_the_first_sync_is_an_error_with_a_hint(client: TestClient) -> None:
    answer = client.get("/api/products/24-MB01")
    assert answer.status_code in (404, 503)
    assert answer.json()["error"]["hint"]


def test_feeds_and_runs_are_lists(client: TestClient) -> None:
    assert [feed["feed"] for feed in client.get("/api/feeds").json()]
    assert client.get("/api/runs").json() == []


def test_an_unknown_run_is_not_found(client: TestClient) -> None:
    assert client.get("/api/runs/r-none").status_code in (404, 503)


def test_what_is_not_there_is_an_error_and_not_the_app(client: TestClient) -> None:
    for path in ("/api/nonsense", "/api/"):
        answer = client.get(path)
        assert answer.status_code == 404 and answer.json()["error"]["code"] == "CS1003"


# -- every route, on a shop whose catalog is ahead of what was sent ---------------------------------------------------


@pytest.fixture
def asking(held_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A client of the API of `held_shop`."""
    for key, value in held_shop.environment.items():
        monkeypatch.setenv(key, value)
    ui.api.the_view.cache_clear()
    with TestClient(Starlette(routes=ROUTES)) as client:
        yield client
    ui.api.the_view.cache_clear()


def known(shop: Shop) -> dict[str, str]:
    """A value for every path parameter and for every query parameter that a route needs."""
    view = CatalogView(shop.settings())
    item = search_items(view, ItemSearch(feed="prices")).rows["feed_id"][0]
    return {"sku": "SKU-002", "run_id": list_runs_json(view)[0]["run_id"], "feed": "prices", "feed_id": item}


@pytest.mark.parametrize("route", TABLE, ids=lambda route: route.path)
def test_every_route_answers_with_what_it_needs_and_refuses_what_it_does_not_know(
    asking: TestClient, held_shop: Shop, route: Any
) -> None:
    values = known(held_shop)
    path = f"/api{route.path.format(**values)}"
    query = {one.name: values[one.name] for one in route.parameters if one.place == "query" and one.required}
    answer = asking.get(path, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    refused = asking.get(path, params={**query, "nonsense": "1"})
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "CS1003"
    for name in query:
        missing = asking.get(path, params={key: value for key, value in query.items() if key != name})
        assert missing.status_code == 400 and name in missing.json()["error"]["message"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("products", {"limit": "0"}),
        ("products", {"limit": "1001"}),
        ("products", {"offset": "-1"}),
        ("products", {"offset": "\u0663"}),
        ("products", {"price_from": "NaN"}),
        ("products", {"price_to": "1e300"}),
        ("products", {"sort": "weight"}),
        ("products", {"state": "lost"}),
        ("products", {"q": "x" * 3_000}),
        ("products", {"destination": "nowhere"}),
        ("runs", {"since": "yesterday"}),
        ("runs", {"sent_something": "maybe"}),
        ("download/items", {"feed": "products", "format": "xls"}),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_with_a_hint(
    asking: TestClient, path: str, query: dict[str, str]
) -> None:
    answer = asking.get(f"/api/{path}", params=query)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["hint"]


@pytest.mark.parametrize(
    "path",
    [
        "products/nobody",
        "runs/r-none",
        "runs/r-none/items",
        "items/prices/none",
        "status?as",
        "products?as_of=99999999",
    ],
)
def test_what_is_not_there_is_not_found_or_refused(asking: TestClient, path: str) -> None:
    assert asking.get(f"/api/{path}").status_code in (400, 404)


def test_products_are_those_that_the_search_finds(asking: TestClient, held_shop: Shop) -> None:
    view = CatalogView(held_shop.settings())
    answer = asking.get("/api/products", params={"side": "catalog", "sort": "sku", "limit": 3, "offset": 1}).json()
    page = search_products(view, ProductQuery(side="catalog", sort="sku", descending=False, limit=3, offset=1))
    assert {name: answer[name] for name in ("total", "items")} == page.as_json()
    assert answer["facets"] == page.facets


def test_where_nothing_matches_the_api_says_what_is_near(asking: TestClient) -> None:
    answer = asking.get("/api/products", params={"q": "SKU-0022"}).json()
    assert answer["total"] == 0 and "SKU-002" in answer["no_match"]["nearest"]


def test_a_sku_in_the_path_and_in_the_query_is_the_same_product(asking: TestClient, held_shop: Shop) -> None:
    expected = product_diff(CatalogView(held_shop.settings()), "SKU-002").as_json()
    assert not expected["equal"]
    assert asking.get("/api/products/SKU-002/diff").json() == expected
    assert asking.get("/api/product/diff", params={"sku": "SKU-002"}).json() == expected


def test_the_discrepant_items_are_as_many_as_the_report_counts(asking: TestClient) -> None:
    report = asking.get("/api/discrepancies").json()
    for feed in report["feeds"]:
        if not feed["is_off"]:
            answer = asking.get(f"/api/discrepancies/{feed['feed']}", params={"limit": 1000}).json()
            assert answer["total"] == len(answer["items"]) == feed["total"] - feed["equal"]
            kept = asking.get(f"/api/discrepancies/{feed['feed']}", params={"waiting": "false"}).json()
            assert kept["total"] == sum(feed[kind] for kind in ("only_catalog", "only_exported", "different"))
    only = asking.get("/api/discrepancies/products", params={"field": "name", "kind": "different"}).json()
    assert [item["sku"] for item in only["items"]] == ["SKU-002"]


@pytest.mark.parametrize(
    "narrowed",
    [
        {}, {"feed": "products"}, {"feed": "products", "field": "name"}, {"kind": "only_exported"}, {"q": "sku-002"},
        {"reason": "delete_guard", "waiting": "false"}, {"age": "older"}, {"scope": "default"},
    ],
    ids=str,
)  # fmt: skip
def test_the_file_of_discrepancies_is_what_is_asked_for(asking: TestClient, narrowed: dict[str, str]) -> None:
    answer = asking.get("/api/download/discrepancies", params={"format": "json", **narrowed})
    feeds = [narrowed["feed"]] if "feed" in narrowed else [one["feed"] for one in asking.get("/api/feeds").json()]
    rest = {name: value for name, value in narrowed.items() if name != "feed"}
    items = [
        item["feed_id"]
        for feed in feeds
        for item in asking.get(f"/api/discrepancies/{feed}", params={"limit": "1000", **rest}).json()["items"]
    ]
    assert sorted(item["feed_id"] for item in answer.json()) == sorted(items)
    assert bool(items) == (narrowed != {"age": "older"})


def test_a_scope_that_is_not_there_is_refused_with_those_that_are(asking: TestClient) -> None:
    for path in ("discrepancies", "download/discrepancies"):
        answer = asking.get(f"/api/{path}", params={"scope": "mars"})
        assert answer.status_code == 400 and "default" in answer.json()["error"]["hint"]


@pytest.mark.parametrize("kind", ["csv", "json", "parquet"])
def test_a_file_is_sent_with_its_name_and_kind(asking: TestClient, kind: str) -> None:
    answer = asking.get("/api/download/products", params={"format": kind})
    assert answer.headers["content-disposition"] == f'attachment; filename="synced-products.{kind}"'
    assert answer.content
    if kind == "json":
        assert len(answer.json()) == asking.get("/api/products").json()["total"]


def test_a_file_that_cannot_be_made_is_an_error_and_no_file(asking: TestClient) -> None:
    answer = asking.get("/api/download/runs/r-none/items")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "CS1005")
