"""What a destination tells it holds of some products, beside what it acknowledged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from syncengine.export.destinations.base import AskableDestination
from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import FEEDS
from syncengine.inspection.story import SKU_COLUMNS, belongs_to_sku

MOST_HELD = 100_000  # of one feed: a destination tells all it holds, page by page, and no part of it
_PAGE_ITEMS = 1_000

# feed -> identity values -> the item's JSON text, without tombstones; a feed that was not asked is missing
HeldItems = Mapping[str, Mapping[tuple[str, ...], str]]


def held_of_skus(destination: AskableDestination, skus: Sequence[str]) -> HeldItems:
    """The items of these SKUs that the destination holds, of every feed of products that it holds few enough of.

    Raises: DestinationRefusedError, DestinationUnreachableError.
    """
    wanted = set(skus)
    found: dict[str, Mapping[tuple[str, ...], str]] = {}
    for feed in FEEDS.values():
        if belongs_to_sku(feed) is None:
            continue
        counts = destination.count(feed.name)
        if counts.live + counts.deleted <= MOST_HELD:
            found[feed.name] = _of_feed(destination, feed, wanted)
    return found


def _of_feed(destination: AskableDestination, feed: Feed, skus: set[str]) -> Mapping[tuple[str, ...], str]:
    names = [
        name for name, column in zip(feed.identity, feed.identity_columns, strict=True) if column in SKU_COLUMNS
    ]  # fmt: skip
    found: dict[tuple[str, ...], str] = {}
    after = None
    while True:
        page = destination.fetch(feed.name, after=after, limit=_PAGE_ITEMS)
        for text in page.items:
            item = orjson.loads(text)
            if any(item.get(name) in skus for name in names):
                key = tuple(str(item.get(name)) for name in feed.identity)
                found.pop(key, None)
                if not item.get("deleted"):
                    found[key] = text
        after = page.next
        if after is None:
            return found


def same_content(one: str | None, other: str | None) -> bool:
    """Whether two payloads are the same content in whatever form: order of keys, numbers, dates of change."""
    return _content(one) == _content(other)


def _content(text: str | None) -> Any:
    """The content, without what no feed hashes."""
    if text is None:
        return None
    return {
        name: value
        for name, value in orjson.loads(text).items()
        if name not in ("deleted", "modifiedAt", "updatedAt")
    }  # fmt: skip
