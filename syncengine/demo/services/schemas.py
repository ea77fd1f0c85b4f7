"""Is an item what its feed's contract says? Identity and `deleted`, then the feed's JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import jsonschema_rs
import orjson

from syncengine.demo.services.intake import IDENTITIES
from syncengine.feeds.registry import FEEDS

MESSAGE_LENGTH = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why an item is rejected."""

    code: str
    message: str


def identity_of(feed: str) -> tuple[str, ...] | None:
    """The identity fields of `feed`; None for a feed that nobody knows."""
    return IDENTITIES.get(feed)


def schema_for(schema: Mapping[str, Any], identity: tuple[str, ...], *, deleted: bool) -> dict[str, Any]:
    """The half of a feed's schema that an item is held against.

    Taken by `deleted` and not by trying both, so that a fault is told by its path. A tombstone needs its
    identity and no more than that; what else it carries must be of the right type.
    """
    branches = {half["properties"]["deleted"].get("const"): half for half in schema["oneOf"]}
    chosen: dict[str, Any] = branches[deleted]
    if not deleted:
        return chosen
    return {"type": "object", "properties": chosen["properties"], "required": [*identity, "deleted"]}


@cache
def _validator(feed: str, deleted: bool) -> jsonschema_rs.Draft202012Validator:
    half = schema_for(FEEDS[feed].json_schema(), IDENTITIES[feed], deleted=deleted)
    return jsonschema_rs.Draft202012Validator(half)


def identity_text(feed_identity: tuple[str, ...], item: Mapping[str, Any]) -> str:
    """The identity as JSON text: null is not empty text, 1 is not "1", and values cannot run together."""
    return orjson.dumps([item[name] for name in feed_identity]).decode()


def find_fault(feed: str, item: Any) -> Fault | None:
    """What is wrong with `item`, None when it may be held."""
    if not isinstance(item, dict):
        return Fault(code="schema", message="$: an item must be an object")
    for name in IDENTITIES[feed]:
        if name not in item:
            return Fault(code="schema", message=f"$.{name}: an identity field is missing")
        if not isinstance(item[name], str):
            return Fault(code="schema", message=f"$.{name}: an identity field must be text")
    deleted = item.get("deleted")
    if not isinstance(deleted, bool):
        return Fault(code="schema", message="$.deleted: must be true or false")
    return _schema_fault(_validator(feed, deleted), item)


def _schema_fault(validator: jsonschema_rs.Draft202012Validator, item: dict[str, Any]) -> Fault | None:
    if validator.is_valid(item):
        return None
    error = next(iter(validator.iter_errors(item)))
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.instance_path)
    return Fault(code="schema", message=f"${path}: {error.message}"[:MESSAGE_LENGTH])
