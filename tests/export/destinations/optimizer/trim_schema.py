"""Cuts the copies of the ingestion schema that the project carries out of the published OpenAPI file.

`python -m tests.export.destinations.optimizer.trim_schema …/commerce-ingestion-v1.yaml` (needs PyYAML) writes both:
the sender's and the demo services', which share no code.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parents[4]
COPIES = (
    PROJECT / "syncengine/export/destinations/optimizer/ingestion_schema.json",
    PROJECT / "syncengine/demo/services/optimizer/ingestion_schema.json",
)
ROOTS = (
    *("FeedMetadata", "FeedMetadataUpdate", "FeedMetadataDelete"),
    *("FeedCategory", "FeedCategoryUpdate", "FeedCategoryDelete"),
    *("FeedProduct", "FeedProductUpdate", "FeedProductDelete"),
    *("PriceBookBase", "PriceBookChild", "FeedPricebook", "FeedPriceBookDelete"),
    *("FeedPrices", "FeedPricesUpdate", "FeedPricesDelete"),
)
COMMENT = (
    "Cut from static/rest/data-ingestion-schema-v1.yaml of AdobeDocs/commerce-services at commit "
    "c22fe2976f0cc5148903caf7b025a5f755362c44, Copyright Adobe, licensed under the Apache License, Version 2.0 "
    "(https://www.apache.org/licenses/LICENSE-2.0). Changed: only the schemas of records are kept, without texts and "
    "examples, as JSON Schema (`nullable` became a type)."
)
_PROSE = {"description", "title", "example", "default", "format", "nullable"}
_PREFIX = "#/components/schemas/"


def trimmed(published: dict[str, Any]) -> dict[str, Any]:
    """The schemas of the records sent, and what they refer to, as one JSON Schema document."""
    schemas = published["components"]["schemas"]
    kept: dict[str, Any] = {}
    pending = list(ROOTS)
    while pending:
        name = pending.pop(0)
        if name not in kept:
            kept[name] = _converted(schemas[name], pending)
    return {
        "$comment": COMMENT,
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {name: kept[name] for name in sorted(kept)},
    }


def _converted(schema: dict[str, Any], pending: list[str]) -> dict[str, Any]:
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_PREFIX)
        pending.append(name)
        return {"$ref": f"#/$defs/{name}"}
    converted: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties":
            converted[key] = {name: _converted(inner, pending) for name, inner in value.items()}
        elif key == "items":
            converted[key] = _converted(value, pending)
        elif key in ("oneOf", "anyOf"):
            converted[key] = [_converted(inner, pending) for inner in value]
        elif key not in _PROSE:
            converted[key] = value
    if schema.get("nullable"):
        converted["type"] = [schema["type"], "null"]
    return converted


def as_text(schema: dict[str, Any]) -> str:
    """The bytes of a copy."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    text = as_text(trimmed(yaml.safe_load(Path(sys.argv[1]).read_text("utf-8"))))
    for copy in COPIES:
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text, "utf-8")
