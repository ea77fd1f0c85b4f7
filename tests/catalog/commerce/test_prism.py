"""The client against Prism, a mock that was made from the admin contract by somebody else.

Its answers are one example each, whatever is asked, so no catalog can be read from it; but it judges every request,
and says in the header `sl-violations` what the contract has against it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from catalog.reading import read
from syncengine.catalog.commerce import lists
from syncengine.catalog.commerce.auth import BearerToken
from syncengine.catalog.commerce.client import CommerceClient
from syncengine.catalog.commerce.page_size import PageSize
from syncengine.catalog.commerce.prices import BASE_PRICES, SPECIAL_PRICES, TIER_PRICES, PriceLookUp, PricesReader
from syncengine.catalog.commerce.product_page import parsed_page
from syncengine.catalog.commerce.products import ProductsReader
from syncengine.catalog.commerce.scopes import STORE_LISTS, scopes_of
from syncengine.catalog.commerce.source import CommerceRestSource
from syncengine.catalog.commerce.staging import StagingArea
from syncengine.errors import CatalogError
from syncengine.transport import Answer, RetryPolicy, Transport

pytestmark = pytest.mark.shared

PACKAGE = "@stoplight/prism-cli@5.14.2"
INSTALL_SECONDS = 240
START_SECONDS = 60
VIOLATIONS = "sl-violations"


def _without(what: str) -> None:
    """Skip, and say why; where nothing may be skipped, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}; CI must have it")
    pytest.skip(what)


@pytest.fixture(scope="session")
def prism_program(pytestconfig: pytest.Config) -> Path:
    """The Prism command, installed once into pytest's cache."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        _without("npm and node are not there, so Prism cannot be installed")
    # one place per test process: two that install into the same one break each other
    place = pytestconfig.cache.mkdir("prism" + os.environ.get("PYTEST_XDIST_WORKER", ""))
    program = place / "node_modules/.bin/prism"
    if not program.exists():
        (place / "package.json").write_text('{"private": true}')
        command = [npm, "install", "--no-audit", "--no-fund", "--no-save", "--loglevel=error", PACKAGE]
        try:
            subprocess.run(command, cwd=place, check=True, capture_output=True, timeout=INSTALL_SECONDS)
        except (subprocess.SubprocessError, OSError) as error:
            shutil.rmtree(place / "node_modules", ignore_errors=True)
            _without(f"npm cannot install Prism ({type(error).__name__})")
    return program


@pytest.fixture(scope="module")
def prism(prism_program: Path, shared: Path) -> Iterator[str]:
    """The mock's address: the paths begin at its root, without /rest."""
    contract = shared / "contracts/commerce-admin-2.4.9.yaml"
    command = [str(prism_program), "mock", "--host", "127.0.0.1", "--port", "0", str(contract)]
    environment = {**os.environ, "NO_COLOR": "1", "FORCE_COLOR": "0"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", env=environment
    )
    address: list[str] = []
    ready = threading.Event()

    def follow() -> None:
        for line in process.stdout or ():
            if "listening on " in line:
                address.append(line.split("listening on ")[1].split()[0])
                ready.set()
        ready.set()

    follower = threading.Thread(target=follow, name="prism")
    follower.start()
    try:
        ready.wait(START_SECONDS)
        assert address, "Prism did not start"
        yield address[0]
    finally:
        process.terminate()
        process.wait(20)
        follower.join()
        if process.stdout:
            process.stdout.close()


class Judged(Transport):
    """Keeps what Prism says to each request."""

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url, auth=BearerToken("canary-token"), timeout_seconds=20)
        self.said: list[tuple[str, str, Answer]] = []

    def request(self, method: str, path: str, **options: Any) -> Answer:
        answer = super().request(method, path, **options)
        self.said.append((method, path, answer))
        return answer

    def accepted(self) -> list[str]:
        """The requests, all of which the contract allows."""
        for method, path, answer in self.said:
            assert answer.status == 200, f"{method} {path}: {answer.status}"
            assert VIOLATIONS not in answer.headers, f"{method} {path}: {answer.headers[VIOLATIONS]}"
        return [f"{method} {path}" for method, path, _ in self.said]


@pytest.fixture
def judged(prism: str) -> Iterator[Judged]:
    transport = Judged(prism)
    yield transport
    transport.close()


@pytest.fixture
def client(judged: Judged) -> CommerceClient:
    return CommerceClient(judged, RetryPolicy(attempts=1))


@pytest.fixture
def area(tmp_path: Path) -> Iterator[StagingArea]:
    staging = StagingArea(tmp_path, source="prism")
    yield staging
    staging.close()


def reader_of(kind: type[Any], client: CommerceClient, area: StagingArea, **options: Any) -> Any:
    quiet: dict[str, Callable[..., Any]] = {"progress": lambda step: None, "should_stop": lambda: False}
    return kind(client, area, connections=1, **quiet, **options)


def test_a_wrong_request_is_told(judged, client) -> None:
    answer = client.ask("/V1/products", [("searchCriteria[pageSize]", "many")])

    assert answer.status == 422
    assert VIOLATIONS in answer.headers
    with pytest.raises(AssertionError):
        judged.accepted()


@pytest.mark.parametrize("path", STORE_LISTS.values(), ids=STORE_LISTS.keys())
def test_store_lists(judged, client, path) -> None:
    body, parsed = client.get(path)

    assert body
    assert len(scopes_of(path, parsed)) == 1
    assert judged.accepted() == [f"GET {path}"]


LISTS = (
    lists.ATTRIBUTE_SETS,
    lists.ATTRIBUTES,
    lists.CATEGORIES,
    lists.CUSTOMER_GROUPS,
    lists.SOURCE_ITEMS,
    lists.STOCKS,
)


@pytest.mark.parametrize("endpoint", LISTS, ids=lambda endpoint: endpoint.entity)
def test_lists_unsorted_sorted_and_in_one_answer(judged, client, endpoint) -> None:
    """The example counts no items and holds one, so every way is tried before the reader gives it up."""
    with pytest.raises(CatalogError, match="the store counts 0"):
        lists.read_list(client, endpoint)

    assert judged.accepted() == [f"GET {endpoint.path}"] * 4


def test_lists_of_one_store_view_go_in_the_header(judged, client) -> None:
    """As with a cloud service, whose address has no /rest either."""
    with pytest.raises(CatalogError, match="the store counts 0"):
        lists.read_list(client, lists.CATEGORIES, store="default")

    assert set(judged.accepted()) == {"GET /V1/categories/list"}


FILTERS = (
    ("searchCriteria[filterGroups][0][filters][0][field]", "entity_id"),
    ("searchCriteria[filterGroups][0][filters][0][conditionType]", "gt"),
    ("searchCriteria[filterGroups][0][filters][0][value]", "7"),
)


@pytest.mark.parametrize("filters", [(), FILTERS], ids=["all", "beyond an id"])
def test_counts_of_products(judged, client, filters) -> None:
    assert client.count("/V1/products", filters, store="default") == 0
    assert judged.accepted() == ["GET /V1/products"]


def test_a_page_of_products_in_keyset_order(judged, client, area) -> None:
    """The page that the reader asks for; the example's product has id 0, so it is refused as a product."""
    with pytest.raises(CatalogError, match="items that have no id"):
        reader_of(ProductsReader, client, area, page_size=100).extend_bound("default")
    area.set_bound(500)
    with pytest.raises(CatalogError):
        reader = reader_of(ProductsReader, client, area, page_size=100)
        reader.read("default", since=area.read_at, stale=[1, 2])

    assert set(judged.accepted()) == {"GET /V1/products"}
    assert len(judged.said) == 2


def test_a_page_of_products_is_taken_apart(judged, client) -> None:
    def params(size: int) -> list[tuple[str, str]]:
        return [*FILTERS, ("searchCriteria[pageSize]", str(size)), ("fields", "items[id,sku],total_count")]

    def take(what: str, body: bytes) -> int:
        with pytest.raises(CatalogError, match="items that have no id"):
            parsed_page(what, body)
        return len(body)

    taken = client.page("/V1/products", params=params, sizes=PageSize(20), take=take)

    assert taken is not None and taken[2] == 20
    assert judged.accepted() == ["GET /V1/products"]


@pytest.mark.parametrize("look_up", [BASE_PRICES, SPECIAL_PRICES, TIER_PRICES], ids=lambda one: one.entity)
def test_price_look_ups(judged, client, area, look_up: PriceLookUp) -> None:
    skus = ["24-MB01", "a/b", "with, comma", "عربي", "😀"]

    pages = reader_of(PricesReader, client, area).read(look_up, skus)

    assert [page.records for page in pages] == [1]
    assert judged.accepted() == [f"POST {look_up.path}"]


def test_what_the_contract_lacks_is_not_offered(client) -> None:
    """The stock index and the permissions are optional: a 404 of a mock that knows no such path is no error."""
    assert client.get("/V1/inventory/dump-stock-index-data/website/base", absent=(400, 401, 404)) is None
    assert client.get("/V1/catalogSync/categoryPermissions", absent=(404,)) is None


def test_probe_and_read_get_as_far_as_the_examples_do(judged, client, tmp_path) -> None:
    """The only store view is the admin's, which has no catalog of its own."""
    source = CommerceRestSource(client, address=judged.base_url, page_size=100, connections=1)
    with pytest.raises(CatalogError, match="no store view"):
        source.probe()
    with pytest.raises(CatalogError, match="no store view"):
        read(source, tmp_path)

    assert judged.accepted() == ["GET /V1/store/storeViews"] + [f"GET {path}" for path in STORE_LISTS.values()]
