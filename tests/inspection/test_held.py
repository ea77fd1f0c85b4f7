"""What a destination tells it holds, beside what it acknowledged."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from syncengine.export.destinations.base import HeldCounts, HeldPage
from syncengine.inspection.held import MOST_HELD, held_of_skus, same_content


class Holding:
    """A destination that holds some products, two to a page; `more` are said to be held besides."""

    def __init__(self, *items: dict[str, Any], more: int = 0) -> None:
        self._items, self._more = [orjson.dumps(item).decode() for item in items], more

    def count(self, feed: str) -> HeldCounts:
        return HeldCounts(live=(len(self._items) if feed == "products" else 0) + self._more, deleted=0)

    def fetch(self, feed: str, *, after: str | None = None, limit: int = 1000) -> HeldPage:
        items = self._items if feed == "products" else []
        at = int(after or 0)
        following = str(at + 2) if at + 2 < len(items) else None
        return HeldPage(items=tuple(items[at : at + 2]), next=following)


def product(sku: str, view: str = "en", **more: Any) -> dict[str, Any]:
    return {"sku": sku, "storeViewCode": view, **more}


def test_only_the_items_of_these_skus_are_taken_from_every_page() -> None:
    found = held_of_skus(Holding(product("a"), product("b"), product("c"), product("a", "fr")), ["a"])
    assert set(found["products"]) == {("a", "en"), ("a", "fr")}
    assert found["prices"] == {}


def test_what_is_deleted_there_is_not_held() -> None:
    assert held_of_skus(Holding(product("a", deleted=True)), ["a"])["products"] == {}


def test_a_feed_of_which_too_much_is_held_is_not_asked_for() -> None:
    assert "products" not in held_of_skus(Holding(product("a"), more=MOST_HELD), ["a"])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ('{"a":1,"b":2}', '{"b":2.0,"a":1}', True),
        ('{"a":1,"modifiedAt":"x"}', '{"a":1,"modifiedAt":"y","deleted":false}', True),
        ('{"a":1}', '{"a":2}', False),
        ('{"a":1}', None, False),
        (None, None, True),
    ],
)
def test_content_is_compared_whatever_its_form(one: str | None, other: str | None, same: bool) -> None:
    assert same_content(one, other) == same
