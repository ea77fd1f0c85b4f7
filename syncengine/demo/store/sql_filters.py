"""Search criteria as SQL over the state; values travel as bound parameters only."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from syncengine.demo.store.criteria import Filter, SearchCriteria

_DATE = re.compile(r"^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?(?:\.\d+)?(?:Z|\+00:00)?$")
_COMPARE = {
    "eq": "=",
    "neq": "<>",
    "gt": ">",
    "gteq": ">=",
    "moreq": ">=",
    "lt": "<",
    "lteq": "<=",
    "from": ">=",
    "to": "<=",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """How a field is compared: its SQL expression and what kind of values it holds."""

    expression: str
    kind: str  # number | text | date
    parameters: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A piece of SQL and its parameters."""

    sql: str
    parameters: tuple[Any, ...] = ()


NEVER = Condition(sql="0")
ALWAYS = Condition(sql="1")


def _bound(column: Column, text: str) -> Any:
    """`text` as the column compares it; None when a date cannot be read."""
    if column.kind == "number":
        match = re.match(r"^\s*-?\d+(?:\.\d+)?", text)
        return float(match.group(0)) if match else 0.0
    if column.kind == "date":
        match = _DATE.match(text.strip())
        if match is None:
            return None
        clock = match.group(2) or "00:00:00"
        return f"{match.group(1)} {clock if len(clock) == 8 else clock + ':00'}"
    return text


def condition(column: Column, asked: Filter) -> Condition:
    """One filter as SQL. An unknown condition or a missing value finds nothing, an unreadable date all."""
    name = asked.condition.lower()
    left = column.expression + (" COLLATE NOCASE" if column.kind == "text" else "")
    if name in ("null", "notnull"):
        word = "IS NULL" if name == "null" else "IS NOT NULL"
        return Condition(sql=f"({column.expression}) {word}", parameters=column.parameters)
    if asked.value is None:
        return NEVER
    if name in _COMPARE:
        value = _bound(column, asked.value)
        if value is None:
            return ALWAYS
        return Condition(sql=f"({left}) {_COMPARE[name]} ?", parameters=(*column.parameters, value))
    if name in ("in", "nin"):
        values = [_bound(column, part) for part in asked.value.split(",")]
        word = "IN" if name == "in" else "NOT IN"
        marks = ",".join("?" * len(values))
        return Condition(sql=f"({left}) {word} ({marks})", parameters=(*column.parameters, *values))
    if name in ("like", "nlike"):
        word = "LIKE" if name == "like" else "NOT LIKE"
        return Condition(sql=f"({column.expression}) {word} ?", parameters=(*column.parameters, asked.value))
    if name in ("finset", "nfinset"):
        word = "LIKE" if name == "finset" else "NOT LIKE"
        sql = f"(',' || ({column.expression}) || ',') {word} ('%,' || ? || ',%')"
        return Condition(sql=sql, parameters=(*column.parameters, asked.value))
    return NEVER


def where(criteria: SearchCriteria, compile_filter: Callable[[Filter], Condition]) -> Condition:
    """All groups joined by AND, the filters of one by OR."""
    groups: list[str] = []
    parameters: list[Any] = []
    for group in criteria.groups:
        parts = [compile_filter(asked) for asked in group]
        groups.append("(" + " OR ".join(part.sql for part in parts) + ")")
        for part in parts:
            parameters.extend(part.parameters)
    return Condition(sql=" AND ".join(groups) or "1", parameters=tuple(parameters))


def order_by(criteria: SearchCriteria, expressions: dict[str, str], fallback: str) -> str:
    """The ORDER BY list; an unknown sort field is ignored without a word, as the real store does."""
    parts = [
        f"{expressions[order.field]} {order.direction}" for order in criteria.sort_orders if order.field in expressions
    ]
    return ", ".join(parts) if parts else fallback


def page(criteria: SearchCriteria) -> str:
    """LIMIT and OFFSET of the page (whole numbers, so no parameters are needed)."""
    if criteria.limit is None:
        return ""
    return f" LIMIT {criteria.limit:d} OFFSET {criteria.offset:d}"
