"""Reads the table of test vectors in docs/prices.md."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from plain_reference.small import GROUPS, product

PAGE = Path(__file__).resolve().parents[3] / "docs" / "prices.md"
WEBSITES = {"base": 1, "france": 2}
ALL_GROUPS = 32000
DEFAULT_ZONE = "America/Chicago"

Item = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """One entry of the column *Tier prices*."""

    group: str
    qty: float
    amount: float
    is_percentage: bool
    website_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """One line of the table."""

    number: int
    case: str
    zone: str
    now: datetime
    cells: dict[str, str]

    @property
    def sku(self) -> str:
        """The SKU of the product that stands for this line."""
        return f"V{self.number:03}"

    def products(self, *, tiers_inside: bool) -> dict[str, Item]:
        """The product record by scope."""
        kind, _, price_type = self.cells["Type"].partition(" ")
        attributes = {
            "special_price": self.cells["Special"],
            "special_from_date": self.cells["From"],
            "special_to_date": self.cells["To"],
            "price_type": {"fixed": "1", "dynamic": "0"}.get(price_type, ""),
        }
        base, _, france = self.cells["Price"].partition(" @france ")
        record = product(
            self.number,
            self.sku,
            type_id=kind,
            attributes={code: value for code, value in attributes.items() if value},
            tier_prices=[self._inside(tier) for tier in self.tiers()] if tiers_inside else [],
        )
        prices = {"default": base, "old": "77", "fr": france or base, "all": base}
        return {scope: {**record, "price": float(price) if price else None} for scope, price in prices.items()}

    def tiers(self) -> list[Tier]:
        """The tier prices."""
        found = []
        for entry in filter(None, self.cells["Tier prices"].split(", ")):
            match = re.fullmatch(r"(.+) ([\d.]+) = ([\d.]+)(%?)(?: @(\w+))?", entry)
            assert match is not None, f"{self.case}: {entry}"
            group, qty, amount, percent, website = match.groups()
            found.append(
                Tier(
                    group=group,
                    qty=float(qty),
                    amount=float(amount),
                    is_percentage=bool(percent),
                    website_id=WEBSITES[website] if website else 0,
                )
            )
        return found

    def looked_up_tiers(self) -> list[Item]:
        """The tier prices as the look-up answers them."""
        return [
            {
                "sku": self.sku,
                "website_id": tier.website_id,
                "customer_group": "all groups" if tier.group == "all" else tier.group,
                "quantity": tier.qty,
                "price": tier.amount,
                "price_type": "discount" if tier.is_percentage else "fixed",
            }
            for tier in self.tiers()
        ]

    def rules(self) -> list[Item]:
        """The catalog rule prices."""
        found = []
        for entry in filter(None, self.cells["Rule prices"].split(", ")):
            group, _, price = entry.partition(" = ")
            group_id = ALL_GROUPS if group == "all" else GROUPS[group]
            found.append({"sku": self.sku, "website_id": 1, "customer_group_id": group_id, "rule_price": float(price)})
        return found

    def expected(self) -> dict[tuple[str, str], Item]:
        """The items by website and customer group code."""
        items = {}
        for row in filter(None, self.cells["Rows"].split("<br>")):
            place, _, text = row.partition(": ")
            group, _, website = place.partition("@")
            first, *parts = text.split("; ")
            kind, _, regular = first.rpartition(" ")
            code = "0" if group == "0" else hashlib.sha1(str(GROUPS[group]).encode()).hexdigest()
            items[website or "base", code] = {
                "type": kind or "SIMPLE",
                "regular": float(regular),
                "discounts": [_discount(part) for part in parts if "+" not in part] or None,
                "tierPrices": [_step(part) for part in parts if "+" in part] or None,
            }
        return items

    @property
    def websites(self) -> set[str]:
        """The websites whose rows this line speaks of."""
        return {"base", "france"} if "@france:" in self.cells["Rows"] else {"base"}

    @staticmethod
    def _inside(tier: Tier) -> Item:
        extension: Item = {"website_id": tier.website_id}
        if tier.is_percentage:
            extension["percentage_value"] = tier.amount
        return {
            "customer_group_id": ALL_GROUPS if tier.group == "all" else GROUPS[tier.group],
            "qty": tier.qty,
            "value": 0.01 if tier.is_percentage else tier.amount,
            "extension_attributes": extension,
        }


def _measure(text: str) -> Item:
    name = "percentage" if text.endswith("%") else "price"
    return {name: float(text.rstrip("%"))}


def _discount(text: str) -> Item:
    code, _, amount = text.partition(" ")
    return {"code": code, **_measure(amount)}


def _step(text: str) -> Item:
    qty, _, amount = text.partition("+ ")
    return {"qty": float(qty), **_measure(amount)}


def read_vectors() -> list[Vector]:
    """The lines of the table, in order."""
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    start = next(number for number, line in enumerate(lines) if line.startswith("| Case "))
    header = _cells(lines[start])
    vectors = []
    for number, line in enumerate(lines[start + 1 :], start=1):
        cells = dict(zip(header, _cells(line), strict=True))
        vectors.append(
            Vector(
                number=number,
                case=cells["Case"],
                zone=cells["Zone"] or DEFAULT_ZONE,
                now=datetime.strptime(cells["Now (UTC)"], "%Y-%m-%d %H:%M"),
                cells=cells,
            )
        )
    return vectors


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]
