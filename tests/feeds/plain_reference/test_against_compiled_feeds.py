"""Every compiled item against the plain reference, over whole catalogs, and against its feed's JSON Schema."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from syncengine.feeds.compile import CompiledFeed
from syncengine.feeds.registry import FEEDS, get_feed

from .categories import expected_activity, expected_url_paths
from .prices import expected_prices
from .records import Records
from .staging import compiled, compiled_feeds
from .status import expected_status
from .variants import expected_variants

pytestmark = pytest.mark.shared

# the day before and the days after the special prices of the samples begin
MOMENTS = [datetime(2025, 1, 1), datetime(2026, 11, 22, 13, 12), datetime(2028, 6, 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A catalog with all its compiled feeds."""

    records: Records
    feeds: dict[str, tuple[CompiledFeed, list[dict[str, Any]]]]

    def rows(self, feed: str) -> list[dict[str, Any]]:
        """The compiled rows of a feed; nothing may be set aside in these catalogs."""
        result, rows = self.feeds[feed]
        assert (result.set_aside, result.items) == (0, len(rows))
        return rows


@pytest.fixture(scope="module", params=["luma", "pristine", "changed"])
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Each of the catalogs, compiled once."""
    records = request.getfixturevalue(request.param)
    out = tmp_path_factory.mktemp(request.param)
    return Case(records=records, feeds=compiled_feeds(records, list(FEEDS), out=out, now=MOMENTS[1]))


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_prices_are_those_of_the_plain_reference(case: Case, now: datetime, tmp_path: Path) -> None:
    rows = compiled(case.records, "prices", out=tmp_path, now=now)[1]
    ours = {(r["sku"], r["customer_group_code"], r["website_code"]): r["item"] for r in rows}
    expected = expected_prices(case.records, now)
    assert set(ours) == set(expected)
    lists = ("discounts", "tierPrices", "parents")
    for key, item in expected.items():
        mine = {name: ours[key][name] or [] if name in lists else ours[key][name] for name in item}
        assert mine == item


def test_variants_are_those_of_the_plain_reference(case: Case) -> None:
    rows = case.rows("variants")
    ours = {(row["parent_sku"], row["product_sku"]): row["item"] for row in rows}
    expected = expected_variants(case.records)
    assert set(ours) == set(expected)
    for key, item in expected.items():
        values = sorted(ours[key]["optionValues"], key=lambda value: (value["attributeCode"], value["label"]))
        assert {**{name: ours[key][name] for name in item}, "optionValues": values} == item


def test_composite_status_is_that_of_the_plain_reference(case: Case) -> None:
    rows = case.rows("products")
    ours: dict[str, dict[str, str]] = {}
    for row in rows:
        ours.setdefault(row["store_view_code"], {})[row["sku"]] = row["item"]["status"]
    assert ours
    for view, statuses in ours.items():
        expected = expected_status(case.records, view)
        assert statuses == {sku: expected[sku] for sku in statuses}


def test_categories_are_those_of_the_plain_reference(case: Case) -> None:
    rows = case.rows("categories")
    ours = {(row["item"]["categoryId"], row["item"]["storeViewCode"]): row["item"] for row in rows}
    paths, active = expected_url_paths(case.records), expected_activity(case.records)
    assert {key: item["urlPath"] or "" for key, item in ours.items()} == paths
    assert {key: item["isActive"] for key, item in ours.items()} == active


@pytest.mark.parametrize("feed", FEEDS)
def test_every_item_fits_the_schema_of_its_feed(feed: str, case: Case) -> None:
    validator = Draft202012Validator(get_feed(feed).json_schema())
    for row in case.rows(feed):
        errors = [error.message for error in validator.iter_errors(row["item"])]
        assert not errors, row["payload"]
