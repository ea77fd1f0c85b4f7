"""A small client for the demo store's tests."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import requests

TOKEN = "demo-token"
KEYSET = {
    "searchCriteria[filterGroups][0][filters][0][field]": "entity_id",
    "searchCriteria[filterGroups][0][filters][0][conditionType]": "gt",
    "searchCriteria[sortOrders][0][field]": "entity_id",
    "searchCriteria[sortOrders][0][direction]": "ASC",
    "searchCriteria[pageSize]": "300",
}


class Api:
    """Asks one store; `base` is its address without /rest."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {TOKEN}"

    def close(self) -> None:
        self.session.close()

    def answer(self, path: str, **arguments: Any) -> requests.Response:
        return self.session.get(self.base + path, timeout=20, **arguments)

    def get(self, path: str, **arguments: Any) -> Any:
        answer = self.answer(path, **arguments)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any) -> Any:
        answer = self.session.post(self.base + path, json=body, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def change(self, **asked: int) -> dict[str, list[Any]]:
        touched: dict[str, list[Any]] = self.post("/demo/change", asked)
        return touched

    def products(self, scope: str = "all") -> dict[str, dict[str, Any]]:
        return {record["sku"]: record for record in self.every_product(scope)}

    def every_product(self, scope: str = "all") -> Iterator[dict[str, Any]]:
        last = 0
        while True:
            asked = {**KEYSET, "searchCriteria[filterGroups][0][filters][0][value]": str(last)}
            items = self.get(f"/rest/{scope}/V1/products", params=asked)["items"]
            if not items:
                return
            yield from items
            last = items[-1]["id"]

    def search(self, path: str, **criteria: str) -> Any:
        """A search with one filter: field, value, condition."""
        name = "searchCriteria[filterGroups][0][filters][0]"
        asked: Mapping[str, str] = {
            f"{name}[field]": criteria["field"],
            f"{name}[value]": criteria["value"],
            f"{name}[conditionType]": criteria.get("condition", "eq"),
        }
        return self.get(path, params=asked)


def body_of(text: bytes) -> Any:
    """A recorded body: JSON, or its text."""
    try:
        return json.loads(text)
    except ValueError:
        return text.decode("utf-8")
