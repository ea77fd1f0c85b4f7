from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from syncengine.demo.services.app import ServicesConfig
from syncengine.demo.services.faults import FaultPlan, RateLimit, parse_fault
from syncengine.demo.services.optimizer.tokens import OptimizerConfig
from syncengine.demo.services.server import config_of, parse_arguments, running

FORM = {
    "grant_type": "client_credentials",
    "client_id": "demo-client",
    "client_secret": "demo-secret",
    "scope": "openid,AdobeID,profile,email,commerce.aco.ingestion",
}
EN = {"locale": "en"}
GOOD: dict[str, dict[str, Any]] = {
    "products/metadata": {"code": "color", "source": EN, "label": "Color", "dataType": "TEXT"},
    "categories": {"slug": "men/pants", "source": EN, "name": "Pants"},
    "products": {"sku": "A", "source": EN, "name": "A", "slug": "a", "status": "ENABLED"},
    "price-books": {"priceBookId": "base", "name": "Base", "currency": "USD"},
    "products/prices": {"sku": "A", "priceBookId": "base", "regular": 10},
}


class Optimizer:
    """A client of the API, with a token of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.token = self.session.post(f"{url}/ims/token/v3", data=FORM, timeout=20).json()["access_token"]

    def send(
        self, path: str, body: Any, *, method: str = "POST", tenant: str = "demo-tenant", **headers: str | None
    ) -> requests.Response:
        own = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        own |= {name.replace("_", "-"): value for name, value in headers.items()}  # type: ignore[misc]
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {name: value for name, value in own.items() if value is not None}
        address = f"{self.url}/{tenant}/v1/catalog/{path}"
        return self.session.request(method, address, data=data, headers=sent, timeout=20)

    def held(self, resource: str) -> list[dict[str, Any]]:
        address = f"{self.url}/demo/optimizer/demo-tenant/items/{resource}"
        items: list[dict[str, Any]] = self.session.get(address, timeout=20).json()["items"]
        return items

    def log(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.session.get(
            f"{self.url}/demo/optimizer/demo-tenant/requests", timeout=20
        ).json()["requests"]
        return rows


@pytest.fixture
def start() -> Iterator[Callable[..., Optimizer]]:
    """Starts services with the given faults and configuration."""
    with ExitStack() as stack:

        def _start(*faults: str, state: Path | str = ":memory:", **config: Any) -> Optimizer:
            plan = FaultPlan([parse_fault(text) for text in faults])
            url = stack.enter_context(running(ServicesConfig(plan=plan, **config), state=state))
            client = Optimizer(url)
            stack.callback(client.session.close)
            return client

        yield _start


@pytest.fixture
def judge(shared: Path) -> Callable[[str, requests.Response], None]:
    """Holds an answer against the schema as published."""
    api = OpenAPI.from_file_path(str(shared / "contracts/commerce-ingestion-v1.yaml"))

    def _judge(path: str, answer: requests.Response) -> None:
        request = MockRequest("https://na1-sandbox.api.commerce.adobe.com", "post", f"/t/v1/catalog/{path}", data=b"[]")
        kind = answer.headers["Content-Type"].split(";")[0] + ";charset=UTF-8"
        response = MockResponse(answer.content, status_code=answer.status_code, content_type=kind)
        api.validate_response(request, response)

    return _judge


@pytest.mark.shared
@pytest.mark.parametrize("resource", sorted(GOOD))
def test_answers_are_as_the_schema_says(
    resource: str, start: Callable[..., Optimizer], judge: Callable[[str, requests.Response], None]
) -> None:
    client = start()
    answer = client.send(resource, [GOOD[resource]])
    assert answer.json() == {"status": "ACCEPTED", "acceptedCount": 1}
    judge(resource, answer)
    refused = client.send(resource, [GOOD[resource], {}, 5])
    assert refused.status_code == 400
    assert [error["itemIndex"] for error in refused.json()["errors"]] == [1, 2]
    judge(resource, refused)
    for status, headers in ((401, {"Authorization": "Bearer other"}), (403, {"Authorization": None})):
        turned_away = client.send(resource, [GOOD[resource]], **headers)
        assert turned_away.status_code == status
        judge(resource, turned_away)
    key = {name: value for name, value in GOOD[resource].items() if name != "name"}
    gone = client.send(f"{resource}/delete", [key])
    assert gone.json()["acceptedCount"] == 1
    judge(f"{resource}/delete", gone)


@pytest.mark.shared
def test_too_many_requests_are_a_page_of_html(
    start: Callable[..., Optimizer], judge: Callable[[str, requests.Response], None]
) -> None:
    client = start(rate=RateLimit(1.0, clock=lambda: 0.0))
    assert client.send("products", []).status_code == 200
    answer = client.send("products", [])
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert answer.headers["Content-Type"].startswith("text/html")
    judge("products", answer)


def test_the_error_shapes_of_401_and_403(start: Callable[..., Optimizer]) -> None:
    client = start()
    unknown = client.send("products", [], Authorization="Bearer other").json()
    missing = client.send("products", [], Authorization=None).json()
    assert unknown == {
        "title": "ErrInvalidOauthToken",
        "status": "401",
        "error_code": "401013",
        "message": "Oauth token is not valid",
    }
    assert (missing["title"], missing["error_code"]) == ("ErrMissingOauthToken", "403010")


def test_nothing_of_a_refused_request_is_held(start: Callable[..., Optimizer]) -> None:
    client = start()
    assert client.send("products", [GOOD["products"], {"sku": "B"}]).status_code == 400
    assert client.held("products") == []
    assert [row["outcome"] for row in client.log()] == ["refused"]


def test_gzip_is_understood(start: Callable[..., Optimizer]) -> None:
    client = start()
    packed = gzip.compress(json.dumps([GOOD["products"]]).encode())
    assert client.send("products", packed, Content_Encoding="gzip").status_code == 200
    assert client.held("products") == [GOOD["products"]]


@pytest.mark.parametrize(
    ("body", "headers"),
    [(b"{", {}), (b"{}", {}), (b"5", {}), (b"x", {"Content_Encoding": "gzip"}), (b"[]", {"Content_Encoding": "br"})],
)
def test_a_body_that_is_no_list(body: bytes, headers: dict[str, str], start: Callable[..., Optimizer]) -> None:
    answer = start().send("products", body, **headers)
    assert (answer.status_code, answer.json()["status"], answer.json()["errors"]) == (400, "FAILED", [])


@pytest.mark.parametrize(("resource", "limit"), [("products", 100), ("products/prices", 500), ("price-books", 500)])
def test_a_request_has_a_most_of_records(resource: str, limit: int, start: Callable[..., Optimizer]) -> None:
    client = start()
    assert client.send(resource, [GOOD[resource]] * limit).status_code == 200
    assert client.send(resource, [GOOD[resource]] * (limit + 1)).status_code == 400


@pytest.mark.parametrize(
    ("path", "tenant"), [("products", "other"), ("nothing", "demo-tenant"), ("products/layers", "demo-tenant")]
)
def test_an_address_that_is_none(path: str, tenant: str, start: Callable[..., Optimizer]) -> None:
    assert start().send(path, [], tenant=tenant).status_code == 404


def test_a_token_ends(start: Callable[..., Optimizer]) -> None:
    client = start(optimizer=OptimizerConfig(token_seconds=0))
    assert client.send("products", []).status_code == 401


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "wrong"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"scope": "openid"}, "invalid_scope"),
    ],
)
def test_a_token_is_not_for_everybody(change: dict[str, str], error: str, start: Callable[..., Optimizer]) -> None:
    answer = requests.post(f"{start().url}/ims/token/v3", data={**FORM, **change}, timeout=20)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize(
    ("fault", "status"),
    [("status-500", 500), ("status-403", 403), ("status-429", 429), ("expired-token", 401), ("poison-item", 400)],
)
def test_faults(fault: str, status: int, start: Callable[..., Optimizer]) -> None:
    client = start(fault)
    assert client.send("products", [GOOD["products"]]).status_code == status
    assert client.held("products") == []


def test_what_is_held_survives_a_restart_and_tokens_do_not(start: Callable[..., Optimizer], tmp_path: Path) -> None:
    first = start(state=tmp_path / "state.sqlite")
    first.send("products", [GOOD["products"]])
    second = start(state=tmp_path / "state.sqlite")
    assert second.held("products") == [GOOD["products"]]
    second.token = first.token
    assert second.send("products", []).status_code == 401


def test_the_options_of_the_command() -> None:
    options = ["--client-id", "a", "--client-secret", "b", "--tenant", "t", "--tenant", "u", "--token-seconds", "9"]
    assert config_of(parse_arguments(options)).optimizer == OptimizerConfig(
        client_id="a", client_secret="b", tenants=("t", "u"), token_seconds=9
    )
    assert config_of(parse_arguments([])).optimizer == OptimizerConfig()
