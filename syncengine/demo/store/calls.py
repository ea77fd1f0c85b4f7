"""A request as the handlers see it, and the two forms of their answers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from syncengine.demo.store.criteria import SearchCriteria, parse_criteria
from syncengine.demo.store.errors import ApiError
from syncengine.demo.store.faults import Faults
from syncengine.demo.store.fields import apply_fields
from syncengine.demo.store.record_search import search_records
from syncengine.demo.store.state import Scope, StoreState
from syncengine.demo.store.wire import to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request below /rest, routed and authorised."""

    state: StoreState
    faults: Faults
    token: str
    scope: Scope
    arguments: Mapping[str, str]
    query: Mapping[str, Any]
    content_type: str
    body: bytes

    @property
    def fields(self) -> str:
        """The `fields=` parameter, or nothing."""
        wanted = self.query.get("fields", "")
        return wanted if isinstance(wanted, str) else ""

    def criteria(self) -> SearchCriteria:
        """The search criteria; ApiError 400 when there are none."""
        return parse_criteria(dict(self.query))

    def with_scope(self, scope: Scope) -> Call:
        """The same request with the values of another store view."""
        return replace(self, scope=scope)

    def json_body(self) -> dict[str, Any]:
        """The request's JSON object; the store's own errors for what is not one."""
        kind = self.content_type.split(";")[0].strip().lower()
        if not kind:
            raise ApiError(400, "Content-Type header is empty.")
        if kind != "application/json":
            message = "Server cannot understand Content-Type HTTP header media type "
            raise ApiError(400, message + kind)
        try:
            value = json.loads(self.body or b"{}")
        except ValueError:
            raise ApiError(400, "Decoding error.") from None
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class RawJson:
    """An answer that is ready to be sent."""

    text: str


Result = Any | RawJson


def render(call: Call, result: Result) -> str:
    """The answer's text, trimmed to the wanted fields."""
    if isinstance(result, RawJson):
        return result.text
    return to_json(apply_fields(result, call.fields))


def search_answer(
    call: Call, records: Sequence[dict[str, Any]], aliases: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """items, search_criteria and total_count of a search over a small list."""
    criteria = call.criteria()
    items, total = search_records(records, criteria, aliases or {})
    return {"items": items, "search_criteria": criteria.as_json(), "total_count": total}
