"""Is a record what the API takes? The published schema, then the limits that only its texts tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson

SCHEMA_FILE = Path(__file__).with_name("ingestion_schema.json")
MAX_PRODUCT_BYTES = 200 * 2**10
MAX_DISCOUNTS = 10
MIN_PERCENTAGE, MAX_PERCENTAGE = 0.01, 99.99
MESSAGE_CHARACTERS = 300
_KEYS = ("sku", "code", "slug", "priceBookId")

Problem = tuple[str, str]


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    document = orjson.loads(SCHEMA_FILE.read_bytes())
    return jsonschema_rs.Draft202012Validator({"$ref": f"#/$defs/{schema}", "$defs": document["$defs"]})


def find_problem(schema: str, record: Mapping[str, Any], *, size_bytes: int) -> Problem | None:
    """(code, message) of what is wrong with `record`, None when it may be sent."""
    validator = _validator(schema)
    if not validator.is_valid(record):
        error = next(iter(validator.iter_errors(record)))
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.instance_path)
        return "schema", f"${path}: {error.message}"[:MESSAGE_CHARACTERS]
    for key in _KEYS:
        if key in record and not record[key]:
            return key, f"$.{key}: is empty"
    check = _CHECKS.get(schema)
    return None if check is None else check(record, size_bytes)


def _product_problem(record: Mapping[str, Any], size_bytes: int) -> Problem | None:
    if size_bytes > MAX_PRODUCT_BYTES:
        return "too_large", f"the product has {size_bytes:,} bytes, {MAX_PRODUCT_BYTES:,} are taken"
    skus = Counter(item["sku"] for bundle in record["bundles"] for item in bundle["items"])
    repeated = [sku for sku, count in skus.items() if count > 1]
    if repeated:
        return "bundles", f"`{repeated[0]}` stands more than once in the bundle; the API takes each SKU once"
    return None


def _price_problem(record: Mapping[str, Any], size_bytes: int) -> Problem | None:
    discounts, tiers = record["discounts"], record["tierPrices"]
    if len(discounts) > MAX_DISCOUNTS:
        return "discounts", f"the price has {len(discounts)} discounts, {MAX_DISCOUNTS} are taken"
    if len({discount["code"] for discount in discounts}) < len(discounts):
        return "discounts", "a discount code stands twice"
    for tier in tiers:
        if not tier["qty"] > 1:
            return "tierPrices", f"a tier price for {tier['qty']:g} is not taken, only for more than 1"
    for entry in (*discounts, *tiers):
        if not MIN_PERCENTAGE <= entry.get("percentage", MIN_PERCENTAGE) <= MAX_PERCENTAGE:
            allowed = f"{MIN_PERCENTAGE:g} to {MAX_PERCENTAGE:g}"
            return "percentage", f"{entry['percentage']:g} % is not taken, only {allowed}"
    if record["regular"] < 0 or any(entry.get("price", 0) < 0 for entry in (*discounts, *tiers)):
        return "price", "a price is below 0"
    return None


_CHECKS: Mapping[str, Callable[[Mapping[str, Any], int], Problem | None]] = {
    "FeedProduct": _product_problem,
    "FeedPrices": _price_problem,
}
