"""Special prices and tier prices of generated products."""

from __future__ import annotations

import random
from typing import Any

from syncengine.demo.store.content import ProductContent
from syncengine.demo.store.generator.shop import BASE, EUROPE, EUROPE_STORES, GROUPS
from syncengine.demo.store.generator.texts import price_in_euros
from syncengine.demo.store.wire import number

ALL_GROUPS = 32000
# open, over, running, still to come, without a beginning
_PERIODS = (
    ("2025-01-01 00:00:00", None),
    ("2025-01-01 00:00:00", "2025-02-01 00:00:00"),
    ("2025-06-01 00:00:00", "2031-12-31 23:59:59"),
    ("2032-01-01 00:00:00", None),
    (None, None),
)


def add_special_price(dice: random.Random, content: ProductContent) -> None:
    """A special price on 12 of 100: open, over, running or to come; now and then equal to the price itself."""
    if dice.random() >= 0.12:
        return
    record = content.record
    begin, end = dice.choice(_PERIODS)
    price = record["price"] if dice.random() < 0.05 else round(record["price"] * 0.8, 2)
    record["custom_attributes"] += _custom(price, begin, end)
    content.special_prices.append((0, price, begin, end))
    if EUROPE in record["extension_attributes"]["website_ids"] and dice.random() < 0.5:
        euros = round(price_in_euros(record["price"]) * 0.75, 2)
        for store_id in EUROPE_STORES:
            override = content.overrides.setdefault(store_id, {})
            values = {a["attribute_code"]: a["value"] for a in _custom(euros, begin, end)}
            override["custom_attributes"] = {**override.get("custom_attributes", {}), **values}
            content.special_prices.append((store_id, euros, begin, end))


def _custom(price: float, begin: str | None, end: str | None) -> list[dict[str, Any]]:
    values = {"special_price": f"{price:.6f}", "special_from_date": begin, "special_to_date": end}
    return [{"attribute_code": code, "value": value} for code, value in values.items() if value is not None]


def add_tier_prices(dice: random.Random, content: ProductContent) -> None:
    """Tier and group prices on 6 of 100: for all groups, one group, a percentage, one website."""
    if dice.random() >= 0.06:
        return
    record = content.record
    price = record["price"]
    rows: list[tuple[int, int, str, float, float]] = [  # website, group, type, price, quantity
        (0, ALL_GROUPS, "fixed", round(price * 0.95, 2), 10),
        (0, 2, "discount", 15.5, 5),
    ]
    if dice.random() < 0.5:
        rows.append((0, 1, "fixed", round(price * 0.9, 2), 1))
    if dice.random() < 0.5:
        rows.append((BASE, 0, "fixed", round(price * 0.97, 2), 2))
    if dice.random() < 0.3:
        rows.append((0, 4, "fixed", round(price * 0.7, 4), 1))
    websites = record["extension_attributes"]["website_ids"]
    if EUROPE in websites and dice.random() < 0.5:
        rows.append((EUROPE, 3, "fixed", round(price_in_euros(price) * 0.8, 2), 3))
    content.tier_prices = [
        (site, "all groups" if group == ALL_GROUPS else GROUPS[group], kind, value, quantity)
        for site, group, kind, value, quantity in rows
    ]
    record["tier_prices"] = [_tier(row, price, row[0]) for row in sorted(rows, key=lambda r: (r[1], r[4]))]
    for store_id in (1, *EUROPE_STORES):
        website = EUROPE if store_id in EUROPE_STORES else BASE
        if website not in websites:
            continue
        override = content.overrides.setdefault(store_id, {})
        scoped = [_tier(row, override.get("price", price), website) for row in rows if row[0] in (0, website)]
        override["tier_prices"] = sorted(scoped, key=lambda tier: (tier["customer_group_id"], tier["qty"]))


def _tier(row: tuple[int, int, str, float, float], price: float, website: int) -> dict[str, Any]:
    _, group, kind, value, quantity = row
    extension: dict[str, Any] = {"website_id": website}
    amount = value
    if kind == "discount":
        extension = {"percentage_value": number(value), **extension}
        amount = round(price * (1 - value / 100), 6)
    tier = {"customer_group_id": group, "qty": number(quantity), "value": number(amount)}
    return {**tier, "extension_attributes": extension}
