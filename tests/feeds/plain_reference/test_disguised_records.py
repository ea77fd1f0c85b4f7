"""The same catalog in another form has the same content: order of lists and keys, null or missing, other floats."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from syncengine.feeds.registry import FEEDS

from .permissions import permission
from .records import Records
from .staging import compiled_feeds

pytestmark = pytest.mark.shared

NOW = datetime(2026, 11, 22, 13, 12)
SEEDS = [1, 2, 3]


# the options of an attribute have no position of their own: their order is what shoppers see
ORDERED = {"attributes": ("options",)}


def disguised(value: Any, dice: Random, ordered: tuple[str, ...] = ()) -> Any:
    """The same value with keys and lists in another order, and nulls left out; lists named `ordered` stay."""
    if isinstance(value, dict):
        pairs = [
            (key, inner if key in ordered else disguised(inner, dice, ordered))
            for key, inner in value.items()
            if inner is not None
        ]
        dice.shuffle(pairs)
        return dict(pairs)
    if isinstance(value, list):
        inner = [disguised(entry, dice, ordered) for entry in value]
        dice.shuffle(inner)
        return inner
    return value


def as_other_floats(text: str) -> str:
    """The prices of a JSON text as the float nearest to them may be printed: 34 as 34.0000, 29.95 as 29.949999…"""
    return re.sub(
        r'"(price|value|rule_price)": (\d+)(\.\d+)?(?=[,}])',
        lambda m: f'"{m[1]}": {m[2]}{(m[3] or ".").ljust(5, "0")}000000000001',
        text,
    )


@pytest.fixture(scope="module")
def plain(changed: Records) -> Records:
    """Some two hundred products of every type, in three scopes, with tiers, rules and permissions."""
    products = {
        scope: [
            {
                **record,
                "extension_attributes": {
                    **record["extension_attributes"],
                    "stock_item": {"qty": 5, "manage_stock": True, "notify_stock_qty": 1, "backorders": None},
                },
            }
            for record in records
            if int(record["id"]) <= 120 or int(record["id"]) >= 2040
        ]
        for scope, records in changed.by_entity["products"].items()
    }
    rules = [{"sku": "24-MB04", "website_id": 1, "customer_group_id": group, "rule_price": 29.95} for group in (0, 1)]
    permissions = [permission(4, -2, customer_group_id=1), permission(3, -1, -1, -2), permission(0, -1, -1, -1)]
    return Records(
        by_entity={
            **changed.by_entity,
            "products": products,
            "catalog_rule_prices": {"": rules},
            "category_permissions": {"": permissions},
        }
    )


@pytest.fixture(scope="module")
def hashes(plain: Records, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """The content hash of each item of each feed."""
    return hashes_of(plain, tmp_path_factory.mktemp("plain"))


def hashes_of(records: Records, out: Path) -> dict[str, dict[str, str]]:
    """Feed -> feed_id -> feed_hash."""
    feeds = compiled_feeds(records, list(FEEDS), out=out, now=NOW)
    return {feed: {str(r["feed_id"]): str(r["feed_hash"]) for r in rows} for feed, (_, rows) in feeds.items()}


def test_every_feed_has_items_here(hashes: dict[str, dict[str, str]]) -> None:
    assert all(hashes.values())


@pytest.mark.parametrize("seed", SEEDS)
def test_order_and_missing_nulls_change_no_hash(
    seed: int, plain: Records, hashes: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    dice = Random(seed)
    shuffled = {
        entity: {scope: disguised(records, dice, ORDERED.get(entity, ())) for scope, records in scoped.items()}
        for entity, scoped in plain.by_entity.items()
    }
    assert hashes_of(Records(by_entity=shuffled), tmp_path) == hashes


def test_digits_beyond_the_fourth_change_no_hash(
    plain: Records, hashes: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    texts = {
        entity: {
            scope: [as_other_floats(json.dumps(record)) for record in records] for scope, records in scoped.items()
        }
        for entity, scoped in plain.by_entity.items()
    }
    assert '"price": 32.0000000000000001' in texts["products"]["all"][1]
    found = hashes_of(Records(by_entity=texts), tmp_path)
    assert found["prices"] == hashes["prices"]
    assert found["products"] == hashes["products"]
