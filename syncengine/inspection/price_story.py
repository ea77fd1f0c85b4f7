"""How a product's prices are formed, from its items of the feed `prices` (the rules are in docs/prices.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from syncengine.inspection.customer_groups import group_words
from syncengine.inspection.story import ProductStory

_NAMES = {"special_price": "special price", "group": "group price", "catalog_rule": "catalog price rule"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceStory:
    """The price of one website and customer group: where it begins, what takes part, what is left for one piece."""

    website: str
    customer_group: str
    regular: float
    final: float
    parts: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The forming of the price in one sentence."""
        who = (
            "every group without a price of its own" if self.customer_group == "0" else group_words(self.customer_group)
        )
        formed = "; ".join(self.parts) if self.parts else "nothing lowers it"
        costs = f"one piece costs {self.final:g}"
        return f"In website `{self.website}`, for {who}: regular {self.regular:g}; {formed}; {costs}."

    def as_json(self) -> dict[str, Any]:
        """One entry of `prices` in `why --json`."""
        return {
            "website": self.website,
            "customer_group": self.customer_group,
            "regular": self.regular,
            "final": self.final,
            "sentence": self.sentence,
        }


def price_stories(story: ProductStory) -> tuple[PriceStory, ...]:
    """One story per website and customer group that the catalog has a price for, in that order."""
    return tuple(
        _of_payload(orjson.loads(item.catalog)) for item in story.of_feed("prices") if item.catalog is not None
    )


def _of_payload(payload: dict[str, Any]) -> PriceStory:
    regular = float(payload.get("regular") or 0)
    final, parts = regular, []
    for discount in payload.get("discounts") or ():
        name = _NAMES.get(discount["code"], discount["code"])
        if discount.get("percentage") is not None and discount["code"] == "special_price":  # of a bundle
            amount = round(regular * float(discount["percentage"]) / 100, 4)
            parts.append(f"{name} {discount['percentage']:g} % of it, {amount:g}")
        elif discount.get("percentage") is not None:
            amount = round(regular * (1 - float(discount["percentage"]) / 100), 4)
            parts.append(f"{name} {discount['percentage']:g} % less, {amount:g}")
        else:
            amount = float(discount["price"])
            parts.append(f"{name} {amount:g}")
        final = min(final, amount)
    for tier in payload.get("tierPrices") or ():
        worth = f"{tier['percentage']:g} % less" if tier.get("percentage") is not None else f"{tier['price']:g} each"
        parts.append(f"from {tier['qty']:g} pieces {worth}")
    return PriceStory(
        website=str(payload.get("websiteCode")),
        customer_group=str(payload.get("customerGroupCode")),
        regular=regular,
        final=final,
        parts=tuple(parts),
    )
