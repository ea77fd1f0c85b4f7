"""The categories that a product is in: where its feed items say so, and what the feed `categories` holds of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from syncengine.feeds.registry import get_feed
from syncengine.inspection.story import ProductStory, StoryItem, items_where
from syncengine.inspection.view import CatalogView

FEED = "categories"
_OF_THESE = """(url_path, store_view_code) IN
    (SELECT unnest($paths::VARCHAR[]), unnest($store_views::VARCHAR[]))"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryPlace:
    """A category by its path, in a store view."""

    path: str
    store_view: str


def category_places(story: ProductStory) -> tuple[CategoryPlace, ...]:
    """Where the product is in the catalog, or was exported as being, by path and store view; each once."""
    found: set[tuple[str, str]] = set()
    for item in story.of_feed("products"):
        view = item.identity["storeViewCode"]
        sides = (item.catalog,) if item.kind == "equal" else (item.catalog, item.exported)
        found |= {(path, view) for payload in sides for path in _paths(payload)}
    return tuple(CategoryPlace(path=path, store_view=view) for path, view in sorted(found))


def product_categories(
    view: CatalogView, story: ProductStory, places: Sequence[CategoryPlace]
) -> tuple[StoryItem, ...]:
    """What the feed `categories` holds of these places, at the story's destination; () where it was never compiled.

    Raises: LakeUnavailableError (retriable).      Source: inspection/sql/story_items.sql
    """
    feed, reader = get_feed(FEED), view.reader_or_none()
    if reader is None or not places or feed not in view.feeds(reader):
        return ()
    values = {"paths": [one.path for one in places], "store_views": [one.store_view for one in places]}
    return tuple(items_where(view, reader, feed, _OF_THESE, values, story.destination, None))


def _paths(payload: str | None) -> list[str]:
    found = None if payload is None else orjson.loads(payload).get("categories")
    return [path for path in found if isinstance(path, str)] if isinstance(found, list) else []
