"""What a feed is: its name, its identity and its column contract, defined once.

The fields are the contract of the item's payload, in payload order. The SQL that compiles a feed yields one column
per field; the canonical JSON text, the JSON Schema and the documentation are made from the same definition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Kind = Literal["ID", "String", "Int", "Float", "Boolean", "Record"]

# DuckDB's type of a scalar kind, and the JSON Schema's
_SQL_TYPES = {"ID": "VARCHAR", "String": "VARCHAR", "Int": "BIGINT", "Float": "DOUBLE", "Boolean": "BOOLEAN"}
_JSON_TYPES = {"ID": "string", "String": "string", "Int": "integer", "Float": "number", "Boolean": "boolean"}

ROOM = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a payload, or of a record inside it.

    `repeated`: a list. `required`: never null. `hashed`: part of the content that `feed_hash` covers.
    `skip_null`: the key is left out when there is no value (the reference does so in discounts and tiers).
    """

    name: str
    kind: Kind = "String"
    fields: tuple[Field, ...] = ()
    repeated: bool = False
    required: bool = False
    hashed: bool = True
    skip_null: bool = False

    def __post_init__(self) -> None:
        if (self.kind == "Record") != bool(self.fields):
            raise ValueError(f"field `{self.name}` of kind {self.kind} has {len(self.fields)} inner fields")

    @property
    def sql_type(self) -> str | None:
        """DuckDB's type of a plain scalar; None for records and lists, which arrive as the SQL made them."""
        return None if self.repeated or self.kind == "Record" else _SQL_TYPES[self.kind]

    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema of this field's value."""
        if self.kind == "Record":
            inner: dict[str, Any] = object_schema(self.fields)
        else:
            inner = {"type": _JSON_TYPES[self.kind]}
        if self.repeated:
            inner = {"type": "array", "items": inner}
        if not self.required:
            inner["type"] = [inner["type"], "null"]
        return inner

    def paths(self, prefix: str = "") -> Iterator[str]:
        """Every dotted path of this field, lists written as `name[]`."""
        own = prefix + self.name + ("[]" if self.repeated else "")
        yield own
        for inner in self.fields:
            yield from inner.paths(own + ".")


def object_schema(fields: Sequence[Field]) -> dict[str, Any]:
    """The JSON Schema of an object with exactly `fields`."""
    return {
        "type": "object",
        "properties": {field.name: field.json_schema() for field in fields},
        "required": [field.name for field in fields if not field.skip_null],
        "additionalProperties": False,
    }


def snake_case(name: str) -> str:
    """`storeViewCode` -> `store_view_code`."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One entity stream: the definition that everything about the feed follows from.

    `identity`: payload fields that say which item it is. `minimal`: what a tombstone carries besides `deleted` and the
    modified field. `listing`: extra columns (name, DuckDB type) that people search. `modified_field`: `modifiedAt`,
    `updatedAt` or None; neither it nor `deleted` is ever hashed. `requires`: the entities without which a source does
    not offer the feed. `reads_products`: its source entity is a product. `by_product_range`: its SQL is run once per
    range of product ids. `joins_as_written`: the database joins in the order of that SQL and holds the right sides in
    memory, so that wide rows stream past; it would often guess wrong. `follows_the_day`: an item may change at midnight
    of its website without any edit.
    """

    name: str
    title: str
    identity: tuple[str, ...]
    minimal: tuple[str, ...]
    fields: tuple[Field, ...]
    modified_field: str | None
    order: int
    listing: tuple[tuple[str, str], ...] = ()
    batch_items: int = 100
    requires: tuple[str, ...] = ()
    reads_products: bool = False
    by_product_range: bool = False
    joins_as_written: bool = False
    follows_the_day: bool = False

    def __post_init__(self) -> None:
        names = [field.name for field in self.fields]
        missing = [name for name in (*self.identity, *self.minimal, "deleted") if name not in names]
        if missing or len(set(names)) != len(names):
            raise ValueError(f"feed `{self.name}`: fields {missing} are missing, or a name stands twice in {names}")
        if self.modified_field is not None and names[-1] != self.modified_field:
            raise ValueError(f"feed `{self.name}`: `{self.modified_field}` must be the last field")

    def is_offered_by(self, offered: Mapping[str, bool]) -> bool:
        """Whether a source that can give these entities can give this feed."""
        return all(offered.get(entity, False) for entity in self.requires)

    @property
    def place(self) -> Path:
        """The folder with the feed's SQL: `feeds/<snake_name>/`."""
        return ROOM / snake_case(self.name)

    @property
    def identity_columns(self) -> tuple[str, ...]:
        """The identity's columns in the lake: `sku`, `store_view_code` …"""
        return tuple(snake_case(name) for name in self.identity)

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """The full compiled row, (name, DuckDB type)."""
        return (
            ("feed_id", "UUID"),
            ("feed_hash", "UUID"),
            *((name, "VARCHAR") for name in self.identity_columns),
            ("source_entity_id", "VARCHAR"),
            ("modified_at", "TIMESTAMP"),
            *self.listing,
            ("payload", "VARCHAR"),
        )

    def field(self, name: str) -> Field:
        """The payload field called `name`."""
        return next(field for field in self.fields if field.name == name)

    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema of a live item and of a tombstone of this feed."""
        tombstone_names = tuple(dict.fromkeys((*self.minimal, *self.identity)))
        tombstone = object_schema([self.field(name) for name in tombstone_names])
        tombstone["properties"]["deleted"] = {"const": True}
        tombstone["required"].append("deleted")
        if self.modified_field is not None:
            tombstone["properties"][self.modified_field] = {"type": ["string", "null"]}
        live = object_schema(self.fields)
        live["properties"]["deleted"] = {"const": False}
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.name,
            "description": self.title,
            "oneOf": [{"title": "live item", **live}, {"title": "tombstone", **tombstone}],
        }
