"""An Optimizer destination over real demo services, or over answers that a test makes up."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from pydantic import SecretStr

from syncengine.demo.services.app import ServicesConfig
from syncengine.demo.services.faults import FaultPlan, parse_fault
from syncengine.demo.services.optimizer.tokens import OptimizerConfig
from syncengine.demo.services.server import running
from syncengine.export.destinations import open_destination
from syncengine.export.destinations.base import Receipt
from syncengine.export.destinations.optimizer import OptimizerDestination
from syncengine.settings import DestinationSettings

BASE = "https://na1-sandbox.api.commerce.adobe.com/tenant"
TOKEN_URL = "https://ims.example/ims/token/v3"
SECRET = "canary-secret"
GRANTED = {"access_token": "canary-token", "token_type": "bearer", "expires_in": 86399}


@contextmanager
def opened(**more: Any) -> Iterator[OptimizerDestination]:
    """A destination of the settings given."""
    plain = {"kind": "optimizer", "url": BASE, "token_url": TOKEN_URL, "client_id": "id", "currencies": {"*": "USD"}}
    settings = DestinationSettings(**{**plain, "client_secret": SecretStr(SECRET), **more})
    destination = open_destination("aco", settings)
    assert isinstance(destination, OptimizerDestination)
    try:
        yield destination
    finally:
        destination.close()


def send(destination: OptimizerDestination, feed: str, *items: Mapping[str, Any], key: str = "k") -> Receipt:
    """One attempt at a batch of `items`."""
    return destination.send(feed, json.dumps(items).encode(), items=len(items), key=key, sequence=1)


def sent_records(request: Any) -> list[dict[str, Any]]:
    """What a captured request carried."""
    records: list[dict[str, Any]] = json.loads(gzip.decompress(request.body))
    return records


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """Demo services, and a destination that sends to them."""

    url: str
    destination: OptimizerDestination

    def held(self, resource: str) -> list[dict[str, Any]]:
        """What the demo tenant holds."""
        address = f"{self.url}/demo/optimizer/demo-tenant/items/{resource}"
        items: list[dict[str, Any]] = requests.get(address, timeout=20).json()["items"]
        return items

    def log(self) -> list[dict[str, Any]]:
        """The requests that arrived."""
        rows: list[dict[str, Any]] = self._log()["requests"]
        return rows

    def tokens(self) -> int:
        """How many tokens were given."""
        return int(self._log()["tokens"])

    def set_faults(self, *faults: str) -> None:
        """Other faults from now on."""
        requests.put(
            f"{self.url}/demo/faults", json={"faults": faults}, headers={"x-api-key": "demo-key"}, timeout=20
        ).raise_for_status()

    def _log(self) -> dict[str, Any]:
        answer: dict[str, Any] = requests.get(f"{self.url}/demo/optimizer/demo-tenant/requests", timeout=20).json()
        return answer


@contextmanager
def demo(*faults: str, token_seconds: int = 86_399, **more: Any) -> Iterator[Demo]:
    """Demo services with these faults."""
    optimizer = OptimizerConfig(client_id="id", client_secret=SECRET, token_seconds=token_seconds)
    rest: Sequence[str] = ("slow_seconds", "rate")
    config = ServicesConfig(
        plan=FaultPlan([parse_fault(text) for text in faults]),
        optimizer=optimizer,
        **{name: more.pop(name) for name in rest if name in more},
    )
    with (
        running(config) as url,
        opened(**{"url": f"{url}/demo-tenant", "token_url": f"{url}/ims/token/v3", **more}) as destination,
    ):
        yield Demo(url=url, destination=destination)
