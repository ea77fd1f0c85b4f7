"""How prices are formed."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from syncengine.inspection.price_story import price_stories
from syncengine.inspection.story import ProductStory, StoryItem


@pytest.mark.parametrize(
    ("payload", "final", "words"),
    [
        ({"regular": 34}, 34, "nothing lowers it"),
        ({"regular": 34, "discounts": [{"code": "special_price", "price": 20}]}, 20, "special price 20"),
        ({"regular": 12, "discounts": [{"code": "group", "percentage": 10}]}, 10.8, "group price 10 % less, 10.8"),
        ({"regular": 100, "discounts": [{"code": "special_price", "percentage": 20}]}, 20, "special price 20 % of it"),
        ({"regular": 9, "discounts": [{"code": "special_price", "price": 12}]}, 9, "special price 12"),
        ({"regular": 9, "tierPrices": [{"qty": 10, "price": 8.5}]}, 9, "from 10 pieces 8.5 each"),
    ],
)
def test_a_price_is_formed_from_its_parts(payload: dict[str, Any], final: float, words: str) -> None:
    full = {"websiteCode": "base", "customerGroupCode": "0", **payload}
    item = StoryItem(
        feed="prices", feed_id="1", identity={}, scope="base/0", state="in_sync", last_exported_at=None,
        last_modified_at=None, catalog=orjson.dumps(full).decode(), exported=None, catalog_hash=None,
        exported_hash=None, source_entity_id=None, exported_by=None, exported_request=None, refusal=None,
    )  # fmt: skip
    (story,) = price_stories(ProductStory(sku="a", destination="d", items=(item,), set_aside=()))
    assert story.final == final
    assert words in story.sentence
