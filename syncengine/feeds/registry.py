"""The feeds by name, in registry order, and the documented orders as presets.

Adding a feed: one folder with its `FEED` and its `compile.sql`, and one line here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from syncengine.errors import UnknownFeedError
from syncengine.feeds import (
    categories,
    category_permissions,
    inventory_stock_status,
    prices,
    product_attributes,
    product_overrides,
    products,
    scopes_customer_group,
    scopes_website,
    variants,
)
from syncengine.feeds.feed import Feed

_ALL: tuple[Feed, ...] = (
    product_attributes.FEED,
    products.FEED,
    product_overrides.FEED,
    variants.FEED,
    categories.FEED,
    category_permissions.FEED,
    scopes_customer_group.FEED,
    scopes_website.FEED,
    prices.FEED,
    inventory_stock_status.FEED,
)

FEEDS: Mapping[str, Feed] = MappingProxyType({feed.name: feed for feed in sorted(_ALL, key=lambda feed: feed.order)})

# advice on a first run (warn, offer to run the missing ones), never a refusal
PRESETS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "first sync": ("productAttributes", "productOverrides", "products"),
        "catalog service": (
            "productAttributes",
            "products",
            "productOverrides",
            "variants",
            "categories",
            "categoryPermissions",
        ),
        "price indexing": ("scopesCustomerGroup", "scopesWebsite", "prices"),
    }
)

_BY_LOWER_NAME = {name.lower(): feed for name, feed in FEEDS.items()}


def get_feed(name: str) -> Feed:
    """The feed called `name`, whatever its case.

    Raises: UnknownFeedError listing the names.
    """
    feed = _BY_LOWER_NAME.get(name.strip().lower())
    if feed is None:
        raise UnknownFeedError(f"There is no feed `{name}`.", hint=f"The feeds are: {', '.join(FEEDS)}.")
    return feed


def get_feeds(names: Sequence[str]) -> tuple[Feed, ...]:
    """The feeds called `names`, each once, in registry order; all of them when `names` is empty."""
    chosen = {get_feed(name).name for name in names} or set(FEEDS)
    return tuple(feed for feed in FEEDS.values() if feed.name in chosen)
