"""What the `prices` feed should hold, product by product, in ordinary Python."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from .records import (
    Record,
    Records,
    custom_attributes,
    extension,
    real_websites,
    scopes_of_website,
    views_of_website,
)

ALL_GROUPS = 32000
NOT_EXPORTED = {"configurable", "giftcard"}
KNOWN_TYPES = {"simple", "downloadable", "grouped"}

Item = dict[str, Any]
Key = tuple[str, str, str]
Tiers = dict[Decimal, dict[str, float]]


def money(value: Any) -> float:
    """A price as it goes out: four decimals."""
    return float(Decimal(str(value)).quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP))


def group_code(group_id: int) -> str:
    """The customer group code: SHA-1 of the id as text."""
    return hashlib.sha1(str(group_id).encode()).hexdigest()


def expected_prices(records: Records, now: datetime) -> dict[Key, Item]:
    """Every price item by sku, customer group code and website code."""
    parents = parents_of_products(records)
    tiers = TierPrices(records)
    rules = catalog_rule_prices(records)
    items: dict[Key, Item] = {}
    for website in real_websites(records):
        today = website_today(records, website, now)
        for product in products_of_website(records, website):
            for item in items_of_product(product, website, today, parents, tiers, rules):
                items[item["sku"], item["customerGroupCode"], item["websiteCode"]] = item
    return items


def items_of_product(
    product: Record,
    website: Record,
    today: date,
    parents: dict[str, list[Record]],
    tiers: TierPrices,
    rules: dict[tuple[str, int], dict[int, float]],
) -> Iterator[Item]:
    """The fallback row of a product in a website, then one row per group that differs from it."""
    website_id = int(website["id"])
    sku = str(product["sku"])
    base = {
        "websiteId": website_id,
        "productId": int(product["id"]),
        "sku": sku,
        "type": price_type(product),
        "websiteCode": website["code"],
        "parents": [
            {"type": str(parent["type_id"]).upper(), "sku": parent["sku"]}
            for parent in parents.get(sku.lower(), [])
            if website_id in website_ids(parent)
        ],
        "regular": money(product.get("price") or 0),
    }
    special = special_discount(product, today)
    shared = tiers.of(product, website, ALL_GROUPS)
    rule = rules.get((sku.lower(), website_id), {})
    fallback = prices_of(special, shared, rule.get(ALL_GROUPS))
    yield {**base, "customerGroupCode": "0", **fallback}
    for group_id in sorted((tiers.groups_of(product, website) | set(rule)) - {ALL_GROUPS}):
        own = tiers.of(product, website, group_id)
        merged = {**shared, **own}
        prices = prices_of(special, merged, rule.get(group_id, rule.get(ALL_GROUPS)))
        if prices != fallback:
            yield {**base, "customerGroupCode": group_code(group_id), **prices}


def prices_of(special: Item | None, tiers: Tiers, rule_price: float | None) -> Item:
    """Discounts and tier prices of one row."""
    discounts = [special] if special else []
    singles = [qty for qty in tiers if qty <= 1]
    if singles:
        discounts.append({"code": "group", **tiers[max(singles)]})
    if rule_price is not None:
        discounts.append({"code": "catalog_rule", "price": rule_price})
    steps = [{"qty": float(qty), **tiers[qty]} for qty in sorted(tiers) if qty > 1]
    return {"discounts": discounts, "tierPrices": steps}


def price_type(product: Record) -> str:
    """The type word of the prices feed."""
    kind = product["type_id"]
    if kind == "bundle":
        fixed = str(custom_attributes(product).get("price_type", "0")) == "1"
        return "BUNDLE_FIXED" if fixed else "BUNDLE_DYNAMIC"
    return kind.upper() if kind in KNOWN_TYPES else "SIMPLE"


def special_discount(product: Record, today: date) -> Item | None:
    """The special price if its days include today; a bundle's is a percentage."""
    values = custom_attributes(product)
    price = values.get("special_price")
    if price in (None, ""):
        return None
    starts, ends = values.get("special_from_date"), values.get("special_to_date")
    if starts and today < date.fromisoformat(starts[:10]):
        return None
    if ends and today > date.fromisoformat(ends[:10]):
        return None
    measure = "percentage" if product["type_id"] == "bundle" else "price"
    return {"code": "special_price", measure: money(price)}


def website_today(records: Records, website: Record, now: datetime) -> date:
    """The day it is in a website, by the time zone of its default store view."""
    zones = {config["code"]: config.get("timezone") for config in records.all_of("store_configs")}
    for view in views_of_website(records, website):
        if zones.get(view["code"]):
            return now.replace(tzinfo=UTC).astimezone(ZoneInfo(zones[view["code"]])).date()
    return now.date()


def website_ids(product: Record) -> list[int]:
    """The websites a product is assigned to."""
    return [int(website_id) for website_id in extension(product, "website_ids") or []]


def products_of_website(records: Records, website: Record) -> list[Record]:
    """Products assigned to a website, as one of its store views sees them, without those never exported."""
    return [
        product
        for product in records.in_scope("products", *scopes_of_website(records, website))
        if int(website["id"]) in website_ids(product) and product["type_id"] not in NOT_EXPORTED
    ]


def parents_of_products(records: Records) -> dict[str, list[Record]]:
    """Parents by the child's SKU in lower case: configurables, bundles and grouped products."""
    products = {int(p["id"]): p for p in records.in_scope("products", "all", *records.by_entity["products"])}
    found: dict[str, dict[int, Record]] = defaultdict(dict)
    for parent in products.values():
        children = [
            products[int(child)]["sku"]
            for child in extension(parent, "configurable_product_links") or []
            if int(child) in products
        ]
        for option in extension(parent, "bundle_product_options") or []:
            children += [link["sku"] for link in option.get("product_links") or []]
        if parent["type_id"] == "grouped":
            children += [
                link["linked_product_sku"]
                for link in parent.get("product_links") or []
                if link["link_type"] == "associated"
            ]
        for child in children:
            found[child.lower()][int(parent["id"])] = parent
    return {child: sorted(parents.values(), key=lambda p: (p["type_id"], p["sku"])) for child, parents in found.items()}


def catalog_rule_prices(records: Records) -> dict[tuple[str, int], dict[int, float]]:
    """Rule prices by SKU in lower case and website, then by group; the lowest when a key comes twice."""
    found: dict[tuple[str, int], dict[int, float]] = defaultdict(dict)
    for row in records.all_of("catalog_rule_prices"):
        prices = found[row["sku"].lower(), int(row["website_id"])]
        group_id, price = int(row["customer_group_id"]), money(row["rule_price"])
        prices[group_id] = min(price, prices.get(group_id, price))
    return found


class TierPrices:
    """Tier prices of products: from the look-up when the source has it, else from the product records."""

    def __init__(self, records: Records) -> None:
        self.looked_up = records.offers("tier_prices")
        self.rows: dict[str, list[tuple[int, int, Decimal, dict[str, float]]]] = defaultdict(list)
        self.admin = {str(p["sku"]).lower(): p for p in records.by_entity["products"].get("all", [])}
        labels = {group["code"].lower(): int(group["id"]) for group in records.all_of("customer_groups")}
        labels["all groups"] = ALL_GROUPS
        for row in records.all_of("tier_prices"):
            measure = "percentage" if row["price_type"] == "discount" else "price"
            self.rows[row["sku"].lower()].append(
                (
                    int(row["website_id"]),
                    labels[row["customer_group"].lower()],
                    Decimal(str(row["quantity"])),
                    {measure: money(row["price"])},
                )
            )

    def of(self, product: Record, website: Record, group_id: int) -> Tiers:
        """The tiers of exactly this group in a website, by quantity; its own rows before global ones."""
        found: Tiers = {}
        for website_id, row_group, qty, measure in sorted(self._rows_of(product), key=lambda row: row[0]):
            if row_group == group_id and website_id in (0, int(website["id"])):
                found[qty] = measure
        return found

    def groups_of(self, product: Record, website: Record) -> set[int]:
        """The groups that have a tier of their own in a website."""
        return {row[1] for row in self._rows_of(product) if row[0] in (0, int(website["id"]))}

    def _rows_of(self, product: Record) -> list[tuple[int, int, Decimal, dict[str, float]]]:
        sku = str(product["sku"]).lower()
        if self.looked_up:
            return self.rows.get(sku, [])
        rows = []
        for row in self.admin.get(sku, product).get("tier_prices") or []:
            percentage = extension(row, "percentage_value")
            measure = "price" if percentage is None else "percentage"
            value = row["value"] if percentage is None else percentage
            website_id = int(extension(row, "website_id") or 0)
            qty = Decimal(str(row["qty"]))
            rows.append((website_id, int(row["customer_group_id"]), qty, {measure: money(value)}))
        return rows
