"""What a shopper would be shown of a product, put together from the feeds held."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from syncengine.demo.services.holdings import Holdings

FALLBACK_GROUP = "0"
_CENT = Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopperPrice:
    """Amounts in the store view's currency."""

    regular: Decimal
    final: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Shopper:
    """Who looks: the space, the website whose prices hold, and the customer group's code."""

    space_id: int
    website_code: str
    group_code: str


def group_code(text: str | None) -> str:
    """The code of a group given by code or by id: none or "0" is the fallback row, 1 is sha1("1")."""
    if not text or text == FALLBACK_GROUP:
        return FALLBACK_GROUP
    if text.isascii() and text.isdigit() and len(text) < 40:
        return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
    return text.lower()


def shopper_view(
    holdings: Holdings, space_id: int, sku: str, *, store_view: str | None, customer_group: str | None
) -> dict[str, Any] | None:
    """The answer of GET /products/{sku}; None when the product is not held or not displayable there."""
    if store_view is None:
        item = holdings.first_live(space_id, "products", sku)
    else:
        item = holdings.live(space_id, "products", sku, store_view)
    if item is None or not item.get("displayable"):
        return None
    shopper = Shopper(
        space_id=space_id,
        website_code=item.get("websiteCode") or "",
        group_code=group_code(customer_group),
    )
    price = _price_of(holdings, shopper, item)
    return {
        "sku": item["sku"],
        "name": item.get("name"),
        "type": item.get("type"),
        "inStock": bool(item.get("inStock")),
        "price": {
            "regular": None if price is None else float(price.regular),
            "final": None if price is None else float(price.final),
            "currency": item.get("currency"),
        },
        "url": item.get("url"),
        "image": _image_url(item),
    }


def _price_of(holdings: Holdings, shopper: Shopper, item: dict[str, Any]) -> ShopperPrice | None:
    """Its own price; without one (configurable, grouped, dynamic bundle) 'from' what it is made of."""
    kind = str(item.get("type") or "")
    own = None if kind in ("configurable", "grouped", "bundle") else _own_price(holdings, shopper, item["sku"])
    if own is not None:
        return own
    if kind == "bundle":
        return _bundle_price(holdings, shopper, item)
    skus = [entry.get("sku") for entry in item.get("variants") or []]
    for option in item.get("optionsV2") or []:
        if option.get("type") in ("configurable", "grouped"):
            skus += [value.get("sku") for value in option.get("values") or []]
    return _lowest(_own_price(holdings, shopper, sku) for sku in dict.fromkeys(skus) if sku)


def _bundle_price(holdings: Holdings, shopper: Shopper, item: dict[str, Any]) -> ShopperPrice | None:
    """The cheapest choice of each required option; of any option when none is required."""
    options = [o for o in item.get("optionsV2") or [] if o.get("type") == "bundle"]
    lowest = [(bool(o.get("required")), _option_price(holdings, shopper, o)) for o in options]
    required = [price for is_required, price in lowest if is_required and price is not None]
    if not required:
        return _lowest(price for _, price in lowest)
    regular = sum((price.regular for price in required), Decimal(0))
    return ShopperPrice(regular=regular, final=sum((price.final for price in required), Decimal(0)))


def _option_price(holdings: Holdings, shopper: Shopper, option: dict[str, Any]) -> ShopperPrice | None:
    prices = []
    for value in option.get("values") or []:
        price = _own_price(holdings, shopper, value["sku"]) if value.get("sku") else None
        if price is not None:
            quantity = Decimal(str(value.get("qty") or 1))
            prices.append(ShopperPrice(regular=price.regular * quantity, final=price.final * quantity))
    return _lowest(prices)


def _lowest(prices: Iterable[ShopperPrice | None]) -> ShopperPrice | None:
    return min((price for price in prices if price is not None), key=lambda price: price.final, default=None)


def _own_price(holdings: Holdings, shopper: Shopper, sku: str) -> ShopperPrice | None:
    """By the row of the shopper's group, else the fallback row; final is the lowest amount on offer."""
    row = None
    for code in dict.fromkeys((shopper.group_code, FALLBACK_GROUP)):
        row = row or holdings.live(shopper.space_id, "prices", sku, code, shopper.website_code)
    if row is None or row.get("regular") is None:
        return None
    regular = Decimal(str(row["regular"]))
    offers = [regular]
    for discount in row.get("discounts") or []:
        if discount.get("price") is not None:
            offers.append(Decimal(str(discount["price"])))
        elif discount.get("percentage") is not None:
            share = Decimal(100) - Decimal(str(discount["percentage"]))
            offers.append((regular * share / 100).quantize(_CENT, ROUND_HALF_UP))
    return ShopperPrice(regular=regular, final=min(offers))


def _image_url(item: dict[str, Any]) -> str | None:
    for image in item.get("images") or []:
        resource = image.get("resource") or {}
        if "image" in (resource.get("roles") or []):
            return str(resource.get("url"))
    deprecated = item.get("image") or {}
    return deprecated.get("url") if isinstance(deprecated, dict) else None
