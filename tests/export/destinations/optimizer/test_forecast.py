"""The forecast of requests is what really goes over the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from .conftest import Items
from .wire import demo

FEEDS = ("productAttributes", "products", "categories", "scopesCustomerGroup", "scopesWebsite", "prices")
BATCH_ITEMS = {"prices": 500}


def batches_of(feed: str, items: Sequence[Mapping[str, Any]], *, size: int | None = None) -> list[list[bytes]]:
    step = size or BATCH_ITEMS.get(feed, 100)
    payloads = [json.dumps(item).encode() for item in items]
    return [payloads[first : first + step] for first in range(0, len(payloads), step)]


@pytest.mark.parametrize("size", [None, 7])
def test_a_first_sync_takes_as_many_requests_as_were_foretold(catalog_items: Items, size: int | None) -> None:
    with demo() as shop:
        foretold: dict[str, int] = {}
        taken: dict[str, int] = {}
        for feed in FEEDS:
            batches = batches_of(feed, catalog_items[feed], size=size)
            foretold[feed] = shop.destination.count_requests(feed, batches)
            before = len(shop.log())
            for number, batch in enumerate(batches):
                body = b"[" + b",".join(batch) + b"]"
                shop.destination.send(feed, body, items=len(batch), key=f"{feed} {number}", sequence=1)
            taken[feed] = len(shop.log()) - before
        assert foretold == taken
        assert sum(taken.values()) > 10


def test_deletes_go_by_addresses_of_their_own(catalog_items: Items) -> None:
    items = [{**item, "deleted": True} for item in catalog_items["prices"][:40]]
    with demo() as shop:
        (batch,) = batches_of("prices", items)
        assert shop.destination.count_requests("prices", [batch]) == 1
        shop.destination.send("prices", b"[" + b",".join(batch) + b"]", items=40, key="k", sequence=1)
        assert [row["feed"] for row in shop.log()] == ["DELETE products/prices"]


def test_what_has_no_counterpart_costs_nothing(catalog_items: Items) -> None:
    roots = [item for item in catalog_items["categories"] if not item["urlPath"]]
    with demo() as shop:
        assert shop.destination.count_requests("categories", batches_of("categories", roots)) == 0
