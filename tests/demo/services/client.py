"""A sender of its own for these tests, and items that the feeds' schemas accept."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from typing import Any

import requests

from syncengine.feeds.feed import Field
from syncengine.feeds.registry import FEEDS

_SCALARS = {"ID": "x", "String": "x", "Int": 1, "Float": 1.5, "Boolean": False, "Record": None}


def _blank(one: Field) -> Any:
    if not one.required:
        return None
    if one.repeated:
        return []
    if one.kind == "Record":
        return {inner.name: _blank(inner) for inner in one.fields if not inner.skip_null}
    return _SCALARS[one.kind]


def live(feed: str, **values: Any) -> dict[str, Any]:
    """A live item with every field of the contract: `values`, and nothing much elsewhere."""
    item = {one.name: _blank(one) for one in FEEDS[feed].fields}
    assert set(values) <= set(item), set(values) - set(item)
    return {**item, "deleted": False, **values}


def product(sku: str, view: str = "default", **values: Any) -> dict[str, Any]:
    """A product that a shopper can see."""
    shown = {"websiteCode": "base", "displayable": True, "inStock": True, "currency": "EUR", "type": "simple"}
    return live("products", sku=sku, storeViewCode=view, **{**shown, **values})


def price(sku: str, regular: float | None, group: str = "0", website: str = "base", **values: Any) -> dict[str, Any]:
    """A price row."""
    return live("prices", sku=sku, customerGroupCode=group, websiteCode=website, regular=regular, **values)


def tombstone(sku: str, view: str = "default") -> dict[str, Any]:
    """A deleted product, with its identity and no more."""
    return {"sku": sku, "storeViewCode": view, "deleted": True}


@dataclass
class Client:
    """Sends batches and asks questions; a new key for every batch unless one is given."""

    url: str
    session: requests.Session = field(default_factory=requests.Session)
    environment_id: str = "demo-env"
    data_space_id: str = "space"
    sent: int = 0

    @property
    def who(self) -> dict[str, str]:
        return {
            "x-api-key": "demo-key",
            "x-environment-id": self.environment_id,
            "x-data-space-id": self.data_space_id,
        }

    def post(
        self,
        feed: str,
        items: Any,
        *,
        key: str | None = None,
        sequence: int = 1,
        headers: dict[str, Any] | None = None,
    ) -> requests.Response:
        """The answer to one batch; `items` as bytes go out as they are."""
        self.sent += 1
        body = items if isinstance(items, bytes) else json.dumps(items).encode()
        own = {
            **self.who,
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
            "Idempotency-Key": key or f"key-{self.sent}",
            "x-run-sequence": str(sequence),
            **(headers or {}),
        }
        wire = gzip.compress(body, mtime=0) if own["Content-Encoding"] == "gzip" else body
        return self.session.post(f"{self.url}/feeds/{feed}", data=wire, headers=own, timeout=20)

    def get(self, path: str, **params: Any) -> Any:
        """The JSON of a 200 answer."""
        answer = self.ask(path, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ask(self, path: str, **params: Any) -> requests.Response:
        """Any answer."""
        return self.session.get(f"{self.url}{path}", headers=self.who, params=params, timeout=20)
