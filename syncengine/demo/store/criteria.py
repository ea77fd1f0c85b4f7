"""`searchCriteria` of a query string: parsed as PHP does, in either spelling, and echoed in the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from syncengine.demo.store.errors import ApiError, invalid_type, required, unsupported

_KEY = re.compile(r"^([^\[]+)((?:\[[^\]]*\])*)$")
_INTEGER = re.compile(r"^-?\d+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One condition; `value` is None when the request named none."""

    field: str | None
    value: str | None
    condition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SortOrder:
    """One sort order; `asked` is the direction as the request gave it (None: not at all), for the echo."""

    field: str
    direction: str
    asked: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchCriteria:
    """What a search asks for: filters of one group are OR, groups are AND."""

    groups: tuple[tuple[Filter, ...], ...] = ()
    sort_orders: tuple[SortOrder, ...] = ()
    page_size: int | None = None
    current_page: int | None = None

    @property
    def limit(self) -> int | None:
        """Rows a page; None is everything. A negative size is one row, as observed."""
        if not self.page_size:
            return None
        return max(1, self.page_size)

    @property
    def offset(self) -> int:
        """Rows before the page; page 0 and below are page 1."""
        return (max(1, self.current_page or 1) - 1) * (self.limit or 0)

    def as_json(self) -> dict[str, Any]:
        """The echo: only what the request set."""
        echo: dict[str, Any] = {
            "filter_groups": [
                {"filters": [{"field": f.field, "value": f.value, "condition_type": f.condition} for f in group]}
                for group in self.groups
            ]
        }
        if self.sort_orders:
            echo["sort_orders"] = [{"field": s.field, "direction": s.asked} for s in self.sort_orders]
        if self.page_size is not None:
            echo["page_size"] = self.page_size
        if self.current_page is not None:
            echo["current_page"] = self.current_page
        return echo


def nest(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Query pairs as PHP nests them: `a[b][0]=c` becomes {"a": {"b": {"0": "c"}}}."""
    tree: dict[str, Any] = {}
    for key, value in pairs:
        match = _KEY.match(key)
        if match is None:
            tree[key] = value
            continue
        steps = [match.group(1), *re.findall(r"\[([^\]]*)\]", match.group(2))]
        place = tree
        for step in steps[:-1]:
            name = step if step else str(len(place))
            inner = place.get(name)
            if not isinstance(inner, dict):
                inner = place[name] = {}
            place = inner
        last = steps[-1] if steps[-1] or len(steps) == 1 else str(len(place))
        place[last] = value
    return tree


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def _rows(value: Any) -> list[dict[str, Any]]:
    """The members of a list parameter, with keys in camel case."""
    if not isinstance(value, dict):
        return []
    return [{_camel(k): v for k, v in row.items()} for row in value.values() if isinstance(row, dict)]


def _integer(name: str, value: Any) -> int:
    text = value if isinstance(value, str) else ""
    if not _INTEGER.match(text):
        raise invalid_type(name, text, "int")
    return int(text)


def _filter(row: dict[str, Any]) -> Filter:
    return Filter(field=row.get("field"), value=row.get("value"), condition=row.get("conditionType") or "eq")


def _sort_order(row: dict[str, Any]) -> SortOrder:
    asked = row.get("direction")
    direction = str(asked or "DESC").upper()
    if direction not in ("ASC", "DESC"):
        message = "The sort order has to be specified as %1 for ascending order or %2 for descending order."
        raise ApiError(400, message, ["ASC", "DESC"])
    return SortOrder(field=str(row.get("field") or ""), direction=direction, asked=direction if asked else None)


def parse_criteria(query: dict[str, Any]) -> SearchCriteria:
    """The search criteria of a nested query.

    Raises: ApiError 400 when there are none at all, for an unknown key, a wrong type or a wrong direction.
    """
    if "searchCriteria" not in query and "search_criteria" not in query:
        raise required("searchCriteria")
    raw = query.get("searchCriteria", query.get("search_criteria"))
    given = {_camel(key): value for key, value in raw.items()} if isinstance(raw, dict) else {}
    known = ("filterGroups", "sortOrders", "pageSize", "currentPage")
    for key in given:
        if key not in known:
            raise unsupported(key)
    groups = tuple(
        tuple(_filter(row) for row in _rows(group.get("filters"))) for group in _rows(given.get("filterGroups"))
    )
    return SearchCriteria(
        groups=tuple(group for group in groups if group),
        sort_orders=tuple(_sort_order(row) for row in _rows(given.get("sortOrders"))),
        page_size=_integer("pageSize", given["pageSize"]) if "pageSize" in given else None,
        current_page=_integer("currentPage", given["currentPage"]) if "currentPage" in given else None,
    )
