"""Where our items differ from the reference system's, and why. Anything that is not listed here is a bug of ours.

Each difference names the feed and the fields, gives its reason in one sentence (docs/feeds.md repeats it) and a
function that brings an item of either side to what both can agree on. Nothing else is altered before comparing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Item = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One reasoned difference. `kind`: what the source cannot know, or what we do better on purpose."""

    feeds: tuple[str, ...]
    fields: tuple[str, ...]
    kind: Literal["cannot know", "better", "other form"]
    reason: str
    agree: Callable[[Item], None]


def _without(*names: str) -> Callable[[Item], None]:
    def agree(item: Item) -> None:
        for name in names:
            item.pop(name, None)

    return agree


def _in_each_option_value(*names: str) -> Callable[[Item], None]:
    def agree(item: Item) -> None:
        for option in item.get("optionsV2") or ():
            if option["type"] != "configurable":
                continue
            option.pop("swatchType", None)
            for value in option["values"]:
                for name in names:
                    value.pop(name, None)

    return agree


def _sorted_by(field: str, key: Callable[[Any], Any]) -> Callable[[Item], None]:
    def agree(item: Item) -> None:
        if item.get(field):
            item[field] = sorted(item[field], key=key)

    return agree


def _media(item: Item) -> None:
    _sorted_by("media_gallery", lambda entry: (entry["sort_order"], entry["url"]))(item)
    _sorted_by("images", lambda entry: (int(entry["sortOrder"]), entry["resource"]["url"]))(item)


def _attributes(item: Item) -> None:
    """Values as sets, without our ids and our attribute set; JSON texts as what they say."""
    kept = []
    for attribute in item.get("attributes") or ():
        code, values = attribute["attributeCode"], attribute["value"]
        if code == "ac_attribute_set":
            continue
        if code == "ac_downloadable":
            content = json.loads(values[0])
            content["samples"].sort(key=lambda sample: sample["url"])
            kept.append((code, [content]))
        else:
            kept.append((code, sorted(values)))
    item["attributes"] = sorted(kept, key=lambda entry: entry[0]) or None


def _own_rewrite_only(item: Item) -> None:
    rewrites = item.get("urlRewrites") or []
    item["urlRewrites"] = [rewrite for rewrite in rewrites if len(rewrite["parameters"]) == 1] or None


DIFFERENCES = (
    Difference(
        feeds=("products", "productAttributes", "categories", "variants"),
        fields=("modifiedAt",),
        kind="better",
        reason="The reference writes the time of its own indexing run; ours is the time the store says the source "
        "entity was changed (null where it does not say), so that the same catalog gives the same bytes.",
        agree=_without("modifiedAt"),
    ),
    Difference(
        feeds=("products",),
        fields=("productType", "linksExist", "samplesTitle", "categoryIds", "variants", "inventory"),
        kind="better",
        reason="In the contract, but left empty by the reference's public indexers; the source knows them, so we fill "
        "them.",
        agree=_without("productType", "linksExist", "samplesTitle", "categoryIds", "variants", "inventory"),
    ),
    Difference(
        feeds=("products",),
        fields=("attributes",),
        kind="better",
        reason="Attributes are sorted by code, their values as the attribute sorts its options; ours carry the option "
        "ids (`valueId`) and the attribute set (`ac_attribute_set`), and `ac_downloadable` lists its samples in order.",
        agree=_attributes,
    ),
    Difference(
        feeds=("products",),
        fields=("media_gallery", "images"),
        kind="better",
        reason="Sorted by position; the reference's order changes from run to run and resends the item.",
        agree=_media,
    ),
    Difference(
        feeds=("products",),
        fields=("samples",),
        kind="better",
        reason="Samples of one sort order follow their ids; the reference's order is not stable.",
        agree=_sorted_by("samples", lambda entry: (entry["sortOrder"], entry["resource"]["url"])),
    ),
    Difference(
        feeds=("products",),
        fields=("optionsV2[].swatchType", "optionsV2[].values[].colorHex", "optionsV2[].values[].imageUrl"),
        kind="cannot know",
        reason="No REST answer holds swatches or an attribute's swatch settings.",
        agree=_in_each_option_value("colorHex", "imageUrl", "customSwatchValue"),
    ),
    Difference(
        feeds=("products",),
        fields=("urlRewrites",),
        kind="cannot know",
        reason="No REST answer holds the URL rewrites: ours is the product's own (with the default suffix `.html`), "
        "never one below a category, which a store may or may not have generated.",
        agree=_own_rewrite_only,
    ),
    Difference(
        feeds=("productAttributes",),
        fields=("searchWeight",),
        kind="cannot know",
        reason="No REST answer holds an attribute's search weight.",
        agree=_without("searchWeight"),
    ),
    Difference(
        feeds=("productAttributes",),
        fields=("usedForRules",),
        kind="better",
        reason="The reference says false for every attribute, also for those that the store uses in its rules; ours is "
        "the store's `is_used_for_promo_rules`.",
        agree=_without("usedForRules"),
    ),
    Difference(
        feeds=("scopesWebsite", "scopesCustomerGroup"),
        fields=("deleted",),
        kind="better",
        reason="A live item carries `deleted: false` in every feed; the installed reference writes it in these two "
        "only from 103.3.9 on.",
        agree=_without("deleted"),
    ),
)
