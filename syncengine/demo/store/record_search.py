"""Searches over small lists of records (attributes, sets, categories, groups), by their own fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from syncengine.demo.store.criteria import Filter, SearchCriteria

Record = dict[str, Any]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)


def _compare(left: Any, right: str) -> int:
    """Below, at or above zero; as numbers when both are."""
    try:
        a, b = float(_text(left)), float(right)
    except ValueError:
        low, high = _text(left).lower(), right.lower()
        return (low > high) - (low < high)
    return (a > b) - (a < b)


def _like(value: Any, pattern: str) -> bool:
    escaped = pattern.replace("[", "[[]").replace("*", "[*]").replace("?", "[?]").replace("%", "*")
    return fnmatchcase(_text(value).lower(), escaped.lower())


_TESTS: dict[str, Callable[[Any, str], bool]] = {
    "eq": lambda value, wanted: _compare(value, wanted) == 0,
    "neq": lambda value, wanted: _compare(value, wanted) != 0,
    "gt": lambda value, wanted: _compare(value, wanted) > 0,
    "gteq": lambda value, wanted: _compare(value, wanted) >= 0,
    "moreq": lambda value, wanted: _compare(value, wanted) >= 0,
    "from": lambda value, wanted: _compare(value, wanted) >= 0,
    "lt": lambda value, wanted: _compare(value, wanted) < 0,
    "lteq": lambda value, wanted: _compare(value, wanted) <= 0,
    "to": lambda value, wanted: _compare(value, wanted) <= 0,
    "in": lambda value, wanted: any(_compare(value, part) == 0 for part in wanted.split(",")),
    "nin": lambda value, wanted: all(_compare(value, part) != 0 for part in wanted.split(",")),
    "like": _like,
    "nlike": lambda value, wanted: not _like(value, wanted),
    "finset": lambda value, wanted: wanted in _text(value).split(","),
    "nfinset": lambda value, wanted: wanted not in _text(value).split(","),
}


def _value(record: Record, field: str | None, aliases: Mapping[str, str]) -> Any:
    name = aliases.get(field or "", field or "")
    if name in record:
        return record[name]
    for attribute in record.get("custom_attributes") or ():
        if attribute["attribute_code"] == name:
            return attribute["value"]
    return None


def _matches(record: Record, asked: Filter, aliases: Mapping[str, str]) -> bool:
    value = _value(record, asked.field, aliases)
    name = asked.condition.lower()
    if name in ("null", "notnull"):
        return (value is None) == (name == "null")
    test = _TESTS.get(name)
    if test is None or asked.value is None or value is None:
        return False
    return test(value, asked.value)


def search_records(
    records: Sequence[Record], criteria: SearchCriteria, aliases: Mapping[str, str]
) -> tuple[list[Record], int]:
    """The page of records that match, and how many match in all."""
    found = [
        record
        for record in records
        if all(any(_matches(record, asked, aliases) for asked in group) for group in criteria.groups)
    ]
    for order in reversed(criteria.sort_orders):
        name = aliases.get(order.field, order.field)
        if any(name in record for record in found):
            found.sort(key=lambda r: (str(type(r.get(name))), r.get(name)), reverse=order.direction == "DESC")
    if criteria.limit is None:
        return found, len(found)
    return found[criteria.offset : criteria.offset + criteria.limit], len(found)
