from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from syncengine.demo.services.intake import IDENTITIES
from syncengine.demo.services.schemas import find_fault, identity_text
from syncengine.feeds.registry import FEEDS

from .client import live, product, tombstone


@pytest.mark.parametrize("feed", sorted(FEEDS))
def test_a_plain_live_item_of_every_feed_is_taken(feed: str) -> None:
    item = live(feed, **dict.fromkeys(IDENTITIES[feed], "x"))
    assert find_fault(feed, item) is None
    jsonschema.Draft202012Validator(FEEDS[feed].json_schema()).validate(item)


@pytest.mark.parametrize("feed", sorted(FEEDS))
def test_a_tombstone_needs_its_identity_only(feed: str) -> None:
    item: dict[str, Any] = {**dict.fromkeys(IDENTITIES[feed], "x"), "deleted": True}
    assert find_fault(feed, item) is None
    for name in IDENTITIES[feed]:
        short = {key: value for key, value in item.items() if key != name}
        fault = find_fault(feed, short)
        assert fault is not None
        assert name in fault.message


@pytest.mark.parametrize(
    ("item", "path"),
    [
        ("text", "$:"),
        (None, "$:"),
        ({**product("A"), "sku": None}, "$.sku"),
        ({**product("A"), "sku": 7}, "$.sku"),
        ({**product("A"), "deleted": 0}, "$.deleted"),
        ({key: value for key, value in product("A").items() if key != "deleted"}, "$.deleted"),
        ({key: value for key, value in product("A").items() if key != "name"}, "$:"),
        ({**product("A"), "name": 7}, "$.name"),
        ({**product("A"), "productId": "7"}, "$.productId"),
        ({**product("A"), "colour": "red"}, "$:"),
        (
            {**product("A"), "links": [{"sku": "B", "type": "related"}, {"sku": 1, "type": None}]},
            "$.links[1].sku",
        ),
        ({**tombstone("A"), "productId": "seven"}, "$.productId"),
    ],
)
def test_a_fault_is_named_by_its_path(item: Any, path: str) -> None:
    fault = find_fault("products", item)
    assert fault is not None
    assert fault.code == "schema"
    assert fault.message.startswith(path)
    assert len(fault.message) <= 300


def test_identities_do_not_run_together() -> None:
    texts = {
        identity_text(("a", "b"), {"a": "x", "b": "y,z"}),
        identity_text(("a", "b"), {"a": "x,y", "b": "z"}),
        identity_text(("a", "b"), {"a": 'x","y', "b": "z"}),
        identity_text(("a", "b"), {"a": "", "b": "xy"}),
    }
    assert len(texts) == 4
