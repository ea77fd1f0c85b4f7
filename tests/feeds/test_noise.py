"""Noise: what may be left out of the content hash, and what a compile makes of it."""

from __future__ import annotations

import pytest

from syncengine.changes.payload_diff import diff_payloads
from syncengine.errors import SettingsError, UnknownFeedError
from syncengine.feeds.noise import checked_noise, switched_on, without_noise
from syncengine.feeds.registry import FEEDS, get_feed, get_feeds

PRODUCTS = get_feed("products")


def test_only_fields_of_the_content_that_are_not_its_name_can_be_left_out() -> None:
    assert checked_noise({"products": ("metaTitle",), "prices": ()}) == {"products": frozenset({"metaTitle"})}
    for field in ("sku", "modifiedAt", "nothing", "attributes[color]"):
        with pytest.raises(SettingsError, match="cannot be left out"):
            checked_noise({"products": (field,)})
    with pytest.raises(UnknownFeedError):
        checked_noise({"nothing": ("name",)})


def test_the_contract_without_noise_sees_no_difference_in_it() -> None:
    quiet = without_noise(PRODUCTS, {"products": frozenset({"name"})})
    assert diff_payloads({"sku": "a", "name": "x"}, {"sku": "a", "name": "y"}, quiet) == ()
    assert without_noise(get_feed("prices"), {"products": frozenset({"name"})}) is get_feed("prices")


def test_feeds_that_are_switched_off_are_left_out_and_cannot_be_named() -> None:
    assert [feed.name for feed in switched_on(get_feeds(["products", "prices"]), ["prices"], named=False)] == [
        "products"
    ]
    with pytest.raises(SettingsError, match="switched off"):
        switched_on(get_feeds(["prices"]), ["prices"], named=True)
    with pytest.raises(SettingsError, match="Every feed"):
        switched_on(get_feeds([]), list(FEEDS), named=False)
    with pytest.raises(UnknownFeedError):
        switched_on(get_feeds([]), ["nothing"], named=False)
