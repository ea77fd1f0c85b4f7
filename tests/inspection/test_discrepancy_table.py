"""The table of discrepancies: made once for a publication, whoever asks, and for a snapshot only while it is asked."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from syncengine.control.schema import utc_now
from syncengine.inspection import discrepancy_table
from syncengine.inspection.discrepancies import discrepancy_report
from syncengine.inspection.discrepancy_list import discrepancy_page
from syncengine.inspection.discrepancy_table import DiscrepancyQuery
from syncengine.inspection.view import CatalogView

from .lake_of import LakeOf, product


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each feed was compared."""
    counted: Counter[str] = Counter()
    compare = discrepancy_table.compare_feed

    def counting(reader: Any, feed: Any, *given: Any, **more: Any) -> Any:
        counted[feed.name] += 1
        return compare(reader, feed, *given, **more)

    monkeypatch.setattr(discrepancy_table, "compare_feed", counting)
    return counted


def tables(view: CatalogView) -> list[str]:
    """The tables beside the publication."""
    with view.reader().cursor() as cursor:
        found = cursor.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'memory'").fetchall()
    return [name for (name,) in found]


def test_a_publication_is_compared_once_however_many_ask_at_the_same_time(
    lake: LakeOf, view: CatalogView, compared: Counter[str]
) -> None:
    lake.synced(products=[product("a"), product("b")])
    lake.says(run_id="r-2", products=[product("a", name="New"), product("b")])
    lake.publish()
    with ThreadPoolExecutor(4) as pool:
        totals = list(pool.map(lambda _: discrepancy_report(view).total("waiting"), range(4)))
    assert totals == [1, 1, 1, 1]
    assert discrepancy_page(view, DiscrepancyQuery(now=utc_now()), limit=10).total == 1
    assert set(compared.values()) == {1}


def test_the_next_publication_is_compared_anew(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a")])
    assert discrepancy_report(view).total("waiting") == 0
    lake.says(run_id="r-2", products=[product("a", name="New")])
    lake.publish()
    assert discrepancy_report(view).total("waiting") == 1


def test_only_the_feeds_that_are_asked_for_are_compared(
    lake: LakeOf, view: CatalogView, compared: Counter[str]
) -> None:
    lake.synced(products=[product("a")])
    discrepancy_report(view, feeds=("products",))
    assert dict(compared) == {"products": 1}


def test_a_table_of_an_earlier_snapshot_goes_with_its_question(lake: LakeOf, view: CatalogView) -> None:
    run = lake.synced(products=[product("a"), product("b")])
    lake.synced(products=[product("a")])
    assert discrepancy_report(view, snapshot=run.exported_snapshot).total("equal") == 2
    assert tables(view) == []
    discrepancy_report(view)
    assert tables(view) == ["discrepancies"]
