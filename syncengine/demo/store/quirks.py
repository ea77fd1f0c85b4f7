"""Quirks: answers that are right, or look so, and differ from those of a store at its best."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import orjson
from starlette.requests import Request

from syncengine.demo.store.calls import Call, render
from syncengine.demo.store.changes import ChangeRequest, apply_changes
from syncengine.demo.store.errors import ApiError
from syncengine.demo.store.routing import Route
from syncengine.demo.store.wire import to_json

MAX_PAGE_SIZE = 300
MAX_LIST_LENGTH = 20
BIG_PAGE = 20
_PAGE_SIZE = re.compile(r"(?:pageSize|page_size)\]=(\d{1,9})")
_PAGE_KEYS = ("pageSize", "page_size", "currentPage", "current_page")
_STRING_OR_FRACTION = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d+\.\d+(?:[eE][+-]?\d+)?')
_SHUFFLED_PARTS = ("custom_attributes", "product_links", "category_links", "website_ids")
Quirks = Mapping[str, int]


def refused_at_the_edge(quirks: Quirks, request: Request) -> str | None:
    """The fault whose page answers instead of the store, if a quirk lets nothing through."""
    if "encoded-slashes" in quirks and b"%2f" in request.scope["raw_path"].lower():
        return "status-404"
    if "big-page-504" in quirks:
        asked = _PAGE_SIZE.search(unquote(request.scope["query_string"].decode("latin-1")))
        if asked is not None and int(asked.group(1)) > BIG_PAGE:
            return "status-504"
    return None


def quirky_answer(call: Call, route: Route, quirks: Quirks) -> str:
    """The answer's text under these quirks, each with the number of the request. Raises: ApiError."""
    for name, edit in (("add-product", "add"), ("delete-product", "delete")):
        if name in quirks:
            apply_changes(call.state, ChangeRequest(**{edit: 1, "seed": quirks[name]}))
    if "input-limits" in quirks:
        _refuse_too_much(call)
    answer = _searched(call, route, quirks)
    if isinstance(answer, dict) and isinstance(answer.get("items"), list):
        answer["items"] = _spoiled_items(call, route, answer["items"], quirks)
    elif isinstance(answer, list) and route.pattern[0] == "store" and "shuffled-scopes" in quirks:
        answer = _rotated(answer, quirks["shuffled-scopes"])
    if "empty-extension" in quirks or "shuffled-parts" in quirks:
        answer = _reshaped(answer, quirks)
    text = to_json(answer)
    return _STRING_OR_FRACTION.sub(_all_digits, text) if "float-noise" in quirks else text


def _result(call: Call, route: Route) -> Any:
    return orjson.loads(render(call, route.handler(call)))


def _searched(call: Call, route: Route, quirks: Quirks) -> Any:
    """The route's answer, with the rows of a page chosen as the quirks have it."""
    if not {"searchCriteria", "search_criteria"} & set(call.query):
        return _result(call, route)
    criteria = call.criteria()
    if "unsorted" in quirks and not criteria.sort_orders:
        answer = _result(_unpaged(call), route)
        if not isinstance(answer, dict) or not isinstance(answer.get("items"), list):
            return answer
        rows = _rotated(answer["items"], quirks["unsorted"])
        end = None if criteria.limit is None else criteria.offset + criteria.limit
        return {**answer, "items": rows[criteria.offset : end], "search_criteria": criteria.as_json()}
    answer = _result(call, route)
    if "clamped-pages" in quirks and isinstance(answer, dict) and criteria.limit:
        total = answer.get("total_count") or 0
        if total and criteria.offset >= total:
            last = -(-total // criteria.limit)
            return {**_result(_on_page(call, last), route), "search_criteria": criteria.as_json()}
    return answer


def _on_page(call: Call, number: int | None) -> Call:
    query = {key: value for key, value in call.query.items() if key not in ("searchCriteria", "search_criteria")}
    given = call.query.get("searchCriteria", call.query.get("search_criteria"))
    asked = dict(given) if isinstance(given, dict) else {}
    left_out = _PAGE_KEYS if number is None else _PAGE_KEYS[2:]
    kept = {key: value for key, value in asked.items() if key not in left_out}
    if number is not None:
        kept["currentPage"] = str(number)
    return replace(call, query={**query, "searchCriteria": kept})


def _unpaged(call: Call) -> Call:
    return _on_page(call, None)


def _rotated(rows: list[Any], number: int) -> list[Any]:
    """The rows in an order that each request finds different: turned by a third and a bit, backwards."""
    at = number * (len(rows) // 3 + 1) % len(rows) if rows else 0
    return [*rows[at:], *rows[:at]][::-1]


def _refuse_too_much(call: Call) -> None:
    if {"searchCriteria", "search_criteria"} & set(call.query):
        size = call.criteria().page_size
        if size is not None and size > MAX_PAGE_SIZE:
            raise ApiError(400, "Maximum SearchCriteria pageSize is %max", {"max": MAX_PAGE_SIZE})
    if call.body:
        for value in call.json_body().values():
            if isinstance(value, list) and len(value) > MAX_LIST_LENGTH:
                parameters = {"type": "string", "max": MAX_LIST_LENGTH}
                raise ApiError(400, 'Maximum items of type "%type" is %max', parameters)


def _spoiled_items(call: Call, route: Route, items: list[Any], quirks: Quirks) -> list[Any] | None:
    if route.pattern == ("products",):
        items = [item for item in items if not call.faults.strikes_record("unlisted", item.get("id", 0))]
    if "repeated-item" in quirks and len(items) > 1:
        items = [*items[:-1], items[0]]
    if "missing-item" in quirks and items:
        middle = len(items) // 2
        items = [*items[:middle], *items[middle + 1 :]]
    return None if not items and "null-items" in quirks else items


def _reshaped(answer: Any, quirks: Quirks) -> Any:
    """The answer's objects with their parts in another order, or with the empty extension of PHP."""
    if isinstance(answer, dict) and isinstance(answer.get("items"), list):
        return {**answer, "items": [_reshaped_record(item, quirks) for item in answer["items"]]}
    if isinstance(answer, list):
        return [_reshaped_record(item, quirks) for item in answer]
    return answer


def _reshaped_record(record: Any, quirks: Quirks) -> Any:
    if not isinstance(record, dict):
        return record
    record = dict(record)
    if "empty-extension" in quirks and not record.get("extension_attributes"):
        record["extension_attributes"] = []
    if "shuffled-parts" in quirks:
        for holder in (record, record.get("extension_attributes")):
            for name in _SHUFFLED_PARTS:
                if isinstance(holder, dict) and isinstance(holder.get(name), list):
                    holder[name] = _rotated(holder[name], quirks["shuffled-parts"])
    return record


def _all_digits(found: re.Match[str]) -> str:
    """A fraction as PHP writes it with 17 digits; a string stays as it is."""
    token = found.group(0)
    return token if token.startswith('"') else f"{float(token):.17g}"
