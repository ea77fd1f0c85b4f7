"""The search with filters that the search copy has no columns for, and the search as of an earlier snapshot.

It reads payloads and history where it must, so it takes as long as a scan of these; search without such filters goes
through listing.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

import polars as pl

from syncengine.feeds.registry import get_feed
from syncengine.inspection.listing import SORTS, Listing
from syncengine.inspection.reasons import FeedFacts, Reason, reason_of_state
from syncengine.inspection.states import STATES, feed_tables, state_expression
from syncengine.inspection.view import row_batches, rows, sql_text
from syncengine.lake.reader import LakeReader

_PRODUCTS = get_feed("products")
_FACETS = {"type": "type", "visibility": "visibility", "state": "state"}
_NEAREST, _COMPARED = 5, 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFilters:
    """Further conditions of a search; all that are given must hold.

    `attribute`, `attribute_value`: the attribute is there, with that value (label or id), if one is given.
    `category`: its path, or one below it. `reason`: a code of `reasons.Reason`. `run`: sent in that run.
    `changed_field`: a top-level field that a sent update changed (in `run`, if that is given).
    `json_text`: anywhere in the payload, whatever its case.
    """

    price_from: Decimal | None = None
    price_to: Decimal | None = None
    attribute: str | None = None
    attribute_value: str | None = None
    category: str | None = None
    reason: str | None = None
    run: str | None = None
    changed_field: str | None = None
    json_text: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return all(getattr(self, one.name) is None for one in fields(self))


@dataclass(frozen=True, slots=True)
class _Question:
    """A search as SQL: the rows to look through, the condition, and its values."""

    source: str
    condition: str
    values: dict[str, Any]


class Finder:
    """One filtered search; `groups` counts by what can be narrowed further, `page` gives the rows."""

    def __init__(
        self,
        reader: LakeReader,
        filters: ProductFilters,
        *,
        side: str,
        destination: str,
        needle: str,
        store_views: tuple[str, ...],
        snapshot: int | None,
        facts: FeedFacts,
    ) -> None:
        self._reader = reader
        values: dict[str, Any] = {"destination": destination, "needle": needle, "store_views": list(store_views)}
        conditions = [
            "destination = $destination",
            "(len($store_views) = 0 OR store_view_code IN (SELECT unnest($store_views::VARCHAR[])))",
            "($needle = '' OR contains(search_text, lower($needle)))",
        ]
        tables = feed_tables(_PRODUCTS, snapshot)
        payloads = (
            tables["catalog"]
            if side == "catalog"
            else f"(SELECT * FROM {tables['exported']} WHERE destination = $destination AND NOT is_deleted)"
        )
        for condition, more in _conditions(filters, payloads, tables["history"], facts):
            conditions.append(condition)
            values |= more
        self._question = _Question(_source(side, tables, snapshot), " AND ".join(conditions), values)

    def groups(self) -> pl.DataFrame:
        """How many rows match by destination, store_view, type, visibility and state; column `items`."""
        return self._ask(
            """SELECT destination, store_view_code AS store_view, type, visibility, state, count(*) AS items
               FROM {source} AS listed WHERE {condition} GROUP BY ALL""",
            {},
        )

    def page(
        self, chosen: dict[str, tuple[str, ...]], *, sort: str, descending: bool, limit: int, offset: int
    ) -> pl.DataFrame:
        """One page of the matching rows, narrowed to the chosen facets: nearest SKUs first, then in the order asked."""
        statement, values = self._paged(chosen, sort=sort, descending=descending)
        return self._ask(statement, {**values, "limit": limit, "offset": offset})

    def frames(self, chosen: dict[str, tuple[str, ...]], *, sort: str, descending: bool) -> Iterator[pl.DataFrame]:
        """All of these rows in that order, some thousands at a time."""
        statement, values = self._paged(chosen, sort=sort, descending=descending)
        text, known = self._asked(statement)
        yield from row_batches(self._reader, text, {**known, **values, "limit": None, "offset": 0})

    def _paged(
        self, chosen: dict[str, tuple[str, ...]], *, sort: str, descending: bool
    ) -> tuple[str, dict[str, list[str]]]:
        """The statement of the rows that are narrowed to the chosen facets, and the values of these."""
        narrowed = "".join(
            f" AND (len(${name}s) = 0 OR {column} IN (SELECT unnest(${name}s::VARCHAR[])))"
            for name, column in _FACETS.items()
        )
        direction = "DESC" if descending else "ASC"
        statement = sql_text("found_page.sql").replace("{order}", f"{SORTS[sort]} {direction} NULLS LAST")
        return statement.replace("{narrowed}", narrowed), {f"{name}s": list(values) for name, values in chosen.items()}

    def _asked(self, statement: str) -> tuple[str, dict[str, Any]]:
        question = self._question
        return statement.replace("{source}", question.source).replace(
            "{condition}", question.condition
        ), question.values

    def _ask(self, statement: str, more: dict[str, Any]) -> pl.DataFrame:
        text, values = self._asked(statement)
        return rows(self._reader, text, {**values, **more})


def _conditions(
    filters: ProductFilters, payloads: str, history: str, facts: FeedFacts
) -> list[tuple[str, dict[str, Any]]]:
    """The conditions of the filters that are given, each with its values."""
    found: list[tuple[str, dict[str, Any]]] = []
    if filters.price_from is not None:
        found.append(("price >= $price_from", {"price_from": filters.price_from}))
    if filters.price_to is not None:
        found.append(("price <= $price_to", {"price_to": filters.price_to}))
    if filters.json_text is not None:
        within = f"feed_id IN (SELECT feed_id FROM {payloads} WHERE contains(lower(payload), lower($json_text)))"
        found.append((within, {"json_text": filters.json_text}))
    if filters.category is not None:
        within = sql_text("found_in_category.sql").replace("{payloads}", payloads)
        found.append((f"feed_id IN ({within})", {"category": filters.category.strip("/")}))
    if filters.attribute is not None:
        within = sql_text("found_by_attribute.sql").replace("{payloads}", payloads)
        values = {"attribute": filters.attribute, "attribute_value": filters.attribute_value}
        found.append((f"feed_id IN ({within})", values))
    if filters.run is not None or filters.changed_field is not None:
        within = f"""SELECT feed_id FROM {history} WHERE destination = $destination
            AND ($run IS NULL OR run_id = $run)
            AND ($changed_field IS NULL OR operation = 'update' AND list_contains(changed_paths, $changed_field))"""
        found.append((f"feed_id IN ({within})", {"run": filters.run, "changed_field": filters.changed_field}))
    if filters.reason is not None:
        found.append(_by_reason(filters.reason, facts))
    return found


def _by_reason(reason: str, facts: FeedFacts) -> tuple[str, dict[str, Any]]:
    """Which states a reason has now; a product that is in sync and Disabled has its own."""
    if reason == Reason.DISABLED:
        return "state = 'in_sync' AND status = 'Disabled'", {}
    states = [state for state in STATES if reason_of_state(state, facts).value == reason]
    enabled = " AND status IS DISTINCT FROM 'Disabled'" if reason == Reason.IN_SYNC else ""
    return f"state IN (SELECT unnest($reason_states::VARCHAR[])){enabled}", {"reason_states": states}


def _source(side: str, tables: dict[str, str], snapshot: int | None) -> str:
    """The search copy, or what it would have been in a snapshot."""
    if snapshot is None:
        return f"search.{'catalog' if side == 'catalog' else 'synced'}_products"
    statement = sql_text("found_then.sql")
    own = "catalog" if side == "catalog" else "held"
    listed = "catalog.feed_id IS NOT NULL" if side == "catalog" else "held.feed_id IS NOT NULL AND NOT held.is_deleted"
    for name, value in {**tables, "state": state_expression(), "listed": listed, "side": own}.items():
        statement = statement.replace("{" + name + "}", value)
    return f"({statement})"


def nearest_skus(reader: LakeReader, text: str, catalog: Listing) -> tuple[str, ...]:
    """The SKUs of the catalog that are spelled most like a text; () when none is near.

    Where the catalog's texts are in memory only those are compared that share one end with it: all others are compared
    in vain, and that takes longer than the search itself.
    """
    values: dict[str, Any] = {"text": text, "most": _NEAREST}
    near = catalog.nearly(text, most=_COMPARED)
    if near == []:
        return ()
    if near is not None:
        values["places"] = near
    among = "" if near is None else "WHERE rowid IN (SELECT unnest($places::BIGINT[]))"
    return tuple(rows(reader, sql_text("nearest_skus.sql").format(among=among), values)["sku"].to_list())
