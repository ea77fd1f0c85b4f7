"""Is a record what the published schema and the API's documentation say?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson

# By resource and kind of request. The receiver's own copies, kept apart from the sender's.
SCHEMAS: dict[str, tuple[str, str, str]] = {
    "products/metadata": ("FeedMetadata", "FeedMetadataUpdate", "FeedMetadataDelete"),
    "categories": ("FeedCategory", "FeedCategoryUpdate", "FeedCategoryDelete"),
    "products": ("FeedProduct", "FeedProductUpdate", "FeedProductDelete"),
    "price-books": ("FeedPricebook", "FeedPriceBookDelete", "FeedPriceBookDelete"),
    "products/prices": ("FeedPrices", "FeedPricesUpdate", "FeedPricesDelete"),
}
MAX_RECORDS = {"price-books": 500, "products/prices": 500}
_SCHEMA_FILE = Path(__file__).with_name("ingestion_schema.json")
_VALUE_LENGTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a record is refused."""

    code: str
    message: str
    value: str = ""

    def as_json(self, index: int) -> dict[str, Any]:
        """Its form on the wire."""
        return {"itemIndex": index, "code": self.code, "message": self.message, "value": self.value}


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    document = orjson.loads(_SCHEMA_FILE.read_bytes())
    return jsonschema_rs.Draft202012Validator({"$ref": f"#/$defs/{schema}", "$defs": document["$defs"]})


def find_fault(schema: str, record: Any) -> Fault | None:
    """What is wrong with `record`, None when it is taken."""
    validator = _validator(schema)
    if validator.is_valid(record):
        return _undeclared_fault(schema, record)
    error = next(iter(validator.iter_errors(record)))
    path = [str(part) for part in error.instance_path]
    value = record
    for part in error.instance_path:
        value = value[part]
    shown = value if isinstance(value, str) else ""
    code = path[0] if path else "record"
    return Fault(code=code, message=f"{'.'.join(path) or code}: {error.message}"[:300], value=shown[:_VALUE_LENGTH])


def _undeclared_fault(schema: str, record: Mapping[str, Any]) -> Fault | None:
    """The rules that stand in the schema's texts only."""
    if schema in ("FeedProduct", "FeedProductUpdate"):
        skus = Counter(item["sku"] for bundle in record.get("bundles", []) for item in bundle["items"])
        if any(count > 1 for count in skus.values()):
            return Fault(code="bundles", message="Duplicate SKU found in bundle items")
    if schema in ("FeedPrices", "FeedPricesUpdate"):
        discounts, tiers = record.get("discounts", []), record.get("tierPrices", [])
        if len({discount["code"] for discount in discounts}) < len(discounts):
            return Fault(code="discounts", message="discounts: code must be unique")
        if any(tier["qty"] <= 1 for tier in tiers):
            return Fault(code="tierPrices", message="tierPrices: qty must be greater than 1")
        if any(not 0.01 <= entry.get("percentage", 1) <= 99.99 for entry in (*discounts, *tiers)):
            return Fault(code="percentage", message="percentage must be between 0.01 and 99.99")
    return None
