"""Noise: fields of a feed that are left out of the content hash, so that they cause no send by themselves.

The payload holds them as before: they travel with whatever else changes. What an item is called (its identity) is never
noise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from syncengine.errors import SettingsError
from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import get_feed

Noise = Mapping[str, frozenset[str]]


def noise_key(feed_name: str) -> str:
    """The key under which the control store keeps what a feed's hashes leave out."""
    return f"noise:{feed_name}"


def checked_noise(settings: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    """The noise of each feed that has some. Raises: SettingsError, UnknownFeedError for what cannot be left out."""
    found: dict[str, frozenset[str]] = {}
    for name, fields in settings.items():
        feed = get_feed(name)
        known = {field.name for field in feed.fields if field.hashed} - set(feed.identity)
        if wrong := sorted(set(fields) - known):
            raise SettingsError(
                f"`{wrong[0]}` cannot be left out of feed `{feed.name}`.",
                hint="Noise names top-level fields that are part of the content and not of the identity; "
                f"docs/feeds/{feed.name}.schema.json lists the fields.",
            )
        if fields:
            found[feed.name] = frozenset(fields)
    return found


def switched_on(feeds: Sequence[Feed], off: Sequence[str], *, named: bool) -> tuple[Feed, ...]:
    """The feeds that are not switched off; one that was `named` must not be.

    Raises: SettingsError for a feed that was named though it is off, or when none is left; UnknownFeedError.
    """
    names = {get_feed(name).name for name in off}
    hint = "Take it out of the setting `feeds.off`, or name another feed."
    if named and (wrong := [feed.name for feed in feeds if feed.name in names]):
        raise SettingsError(f"Feed `{wrong[0]}` is switched off.", hint=hint)
    found = tuple(feed for feed in feeds if feed.name not in names)
    if not found:
        raise SettingsError("Every feed is switched off.", hint=hint)
    return found


def without_noise(feed: Feed, noise: Noise) -> Feed:
    """The feed as its content is compared: fields that are noise are not hashed. Never for compiling or storing."""
    left_out = noise.get(feed.name)
    if not left_out:
        return feed
    fields = tuple(replace(field, hashed=False) if field.name in left_out else field for field in feed.fields)
    return replace(feed, fields=fields)
