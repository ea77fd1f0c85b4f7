"""The mass-delete guard: when an export stops and asks."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from support.items import PRODUCTS, product
from support.lakes import NOW, memory_lake, put, put_exported

from syncengine.changes.plan import Selection, plan_export
from syncengine.control.feed_runs import FeedRun
from syncengine.export.guards import (
    HeldExport,
    Verdict,
    mass_delete,
    size_warnings,
    verdict_warning,
    withhold_deletes,
)
from syncengine.settings import GuardSettings


@pytest.fixture(scope="module")
def lake() -> Iterator[duckdb.DuckDBPyConnection]:
    """A destination that holds 300 products."""
    connection = memory_lake(PRODUCTS)
    put_exported(connection, [product(f"s-{n:03}") for n in range(300)])
    yield connection
    connection.close()


def hold_of(
    lake: duckdb.DuckDBPyConnection, removed: range, *, percent: float = 20.0, items: int = 50, resync: bool = False
) -> HeldExport | None:
    """What the guard says when the catalog has lost these products."""
    lake.execute("DELETE FROM lake.catalog.products")
    put(lake, "catalog", PRODUCTS, [product(f"s-{n:03}") for n in range(300) if n not in removed])
    plan = plan_export(lake, PRODUCTS, "d", now=NOW, selection=Selection(resync=resync))
    assert plan.removed == len(removed)
    return mass_delete(lake, plan, GuardSettings(delete_percent=percent, delete_items=items))


@pytest.mark.parametrize(
    ("removed", "percent", "items", "held"),
    [
        (0, 20, 50, False),
        (60, 20, 50, False),  # exactly the share
        (61, 20, 50, True),
        (61, 20, 61, False),  # exactly the number
        (61, 20, 60, True),
        (300, 100, 50, False),  # everything, allowed
        (1, 0, 0, True),
        (51, 17, 50, False),
        (52, 17, 50, True),
    ],
)
def test_an_export_is_held_only_above_both_the_share_and_the_number(
    lake: duckdb.DuckDBPyConnection, removed: int, percent: float, items: int, held: bool
) -> None:
    assert (hold_of(lake, range(removed), percent=percent, items=items) is not None) is held


def test_a_hold_says_how_much_would_be_removed(lake: duckdb.DuckDBPyConnection) -> None:
    hold = hold_of(lake, range(150))

    assert hold is not None
    assert (hold.feed, hold.destination, hold.removed, hold.exported) == ("products", "d", 150, 300)
    assert hold.sentence == "`products`: 150 of 300 items (50 %) would be removed."
    assert hold.approval_key == "approved-deletes:d:products"


def test_an_approval_is_for_just_this_set_of_removals(lake: duckdb.DuckDBPyConnection) -> None:
    first, same, other = (hold_of(lake, span) for span in (range(100), range(100), range(1, 101)))

    assert first is not None
    assert same is not None
    assert other is not None
    assert first.fingerprint == same.fingerprint
    assert first.fingerprint != other.fingerprint


def test_a_resync_is_guarded_too(lake: duckdb.DuckDBPyConnection) -> None:
    assert hold_of(lake, range(100), resync=True) is not None


def _sized(items: int, *, status: str = "planned") -> FeedRun:
    return FeedRun(run_id="r", feed="products", destination="d", status=status, catalog=items, unchanged=items)


@pytest.mark.parametrize(
    ("past", "now", "warned"),
    [
        ([], 1000, False),  # the first run
        ([1000], 1000, False),
        ([1000], 699, True),
        ([1000], 700, False),  # exactly the share
        ([1000], 1301, True),
        ([100], 51, False),  # half of it, but few items
        ([1000, 800, 1000, 800], 620, False),  # it always moves like that
        ([1000, 1010, 1000], 620, True),
        ([1000], 0, True),
    ],
)
def test_a_feed_that_moves_out_of_character_is_warned_of(past: list[int], now: int, warned: bool) -> None:
    found = size_warnings([_sized(now)], {("d", "products"): past}, GuardSettings())

    assert [warning.kind for warning in found] == ["feed_size"] * warned
    if warned:
        assert ("shrank" if now < past[0] else "grew") in found[0].sentence


def test_a_feed_that_is_not_offered_has_no_size() -> None:
    assert size_warnings([_sized(0, status="not_offered")], {("d", "products"): [1000]}, GuardSettings()) == []


@pytest.mark.parametrize(
    ("removed", "exported", "share"),
    [
        (52, 100_000, "less than 0.1"),
        (520, 100_000, "0.5"),
        (99, 1_000, "9.9"),
        (150, 300, "50"),
        (999, 1_000, "more than 99"),
        (300, 300, "100"),
    ],
)
def test_no_share_is_told_as_nothing_or_all(removed: int, exported: int, share: str) -> None:
    hold = HeldExport(feed="products", destination="d", removed=removed, exported=exported, fingerprint="f")
    assert f"({share} %)" in hold.sentence


def test_refused_deletes_are_taken_out_of_the_plan_and_nothing_else(lake: duckdb.DuckDBPyConnection) -> None:
    hold_of(lake, range(100))
    put(lake, "catalog", PRODUCTS, [product("s-300")])
    plan = plan_export(lake, PRODUCTS, "d", now=NOW, selection=Selection())
    kept = withhold_deletes(lake, plan)
    assert (plan.removed, plan.added) == (100, 1)
    assert (kept.removed, kept.added, kept.sent) == (0, 1, 1)
    assert lake.execute(f"SELECT operation, count(*) FROM {kept.table} GROUP BY ALL").fetchall() == [("insert", 1)]


def test_what_was_decided_is_told(lake: duckdb.DuckDBPyConnection) -> None:
    hold = hold_of(lake, range(100))
    assert hold is not None
    told = {verdict: verdict_warning(hold, verdict) for verdict in Verdict}
    assert {verdict for verdict, warning in told.items() if warning is None} == {Verdict.unasked, Verdict.approved}
    refused, forced = told[Verdict.refused], told[Verdict.forced]
    assert refused is not None
    assert forced is not None
    assert (refused.kind, forced.kind) == ("refused_deletes", "forced")
