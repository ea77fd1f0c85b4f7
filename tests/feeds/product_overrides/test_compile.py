"""productOverrides: what the categories of a product together grant."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plain_reference.permissions import expected_overrides, permission
from plain_reference.small import in_categories, product, small_catalog
from plain_reference.staging import compiled

NOW = datetime(2026, 3, 1, 12)
ALLOW, DENY = -1, -2
FIELDS = ("displayable", "priceDisplayable", "buyable")


def overrides(products: list[Any], permissions: list[Any], tmp_path: Path) -> dict[tuple[str, str, str], Any]:
    """The compiled items by SKU, website and group number."""
    records = small_catalog(products, category_permissions=permissions)
    _, rows, set_aside = compiled(records, "productOverrides", out=tmp_path, now=NOW)
    assert set_aside == []
    groups = {hashlib.sha1(str(number).encode()).hexdigest(): str(number) for number in range(4)}
    return {
        (row["sku"], row["website_code"], groups[row["customer_group_code"]]): tuple(
            row["item"][name] for name in FIELDS
        )
        for row in rows
    }


def test_most_permissive_category_wins(tmp_path: Path) -> None:
    found = overrides(
        [product(1, extension=in_categories(3, 5))],
        [permission(3, DENY, customer_group_id=1), permission(5, ALLOW, ALLOW, DENY, customer_group_id=1)],
        tmp_path,
    )
    assert found == {
        ("SKU-1", "base", "1"): (True, True, False),
        ("SKU-1", "france", "1"): (True, True, False),
    }


def test_a_category_without_permissions_keeps_the_product_visible(tmp_path: Path) -> None:
    found = overrides([product(1, extension=in_categories(3, 5))], [permission(3, DENY, website_id=1)], tmp_path)
    assert set(found.values()) == {(True, True, True)}
    assert {website for _, website, _ in found} == {"base"}


def test_permission_is_inherited_down_the_tree(tmp_path: Path) -> None:
    found = overrides(
        [product(1, extension=in_categories(4))], [permission(3, ALLOW, DENY, customer_group_id=0)], tmp_path
    )
    assert found["SKU-1", "base", "0"] == (True, False, False)


def test_own_permission_overrides_the_inherited_one(tmp_path: Path) -> None:
    found = overrides(
        [product(1, extension=in_categories(4))],
        [permission(3, DENY, customer_group_id=2), permission(4, ALLOW, 0, DENY, customer_group_id=2)],
        tmp_path,
    )
    assert found["SKU-1", "base", "2"] == (True, True, False)


def test_denied_view_denies_price_and_cart(tmp_path: Path) -> None:
    found = overrides([product(1, extension=in_categories(4))], [permission(4, DENY, ALLOW, ALLOW)], tmp_path)
    assert set(found.values()) == {(False, False, False)}
    assert len(found) == 8


def test_product_in_no_category_is_not_sent(tmp_path: Path) -> None:
    assert overrides([product(1)], [permission(2, DENY)], tmp_path) == {}


def test_product_outside_a_website_has_no_override_there(tmp_path: Path) -> None:
    unassigned = product(1, extension={**in_categories(4), "website_ids": [2]})
    found = overrides([unassigned], [permission(4, DENY)], tmp_path)
    assert {website for _, website, _ in found} == {"france"}


def test_global_configuration_settles_what_no_category_says(tmp_path: Path) -> None:
    found = overrides(
        [product(1, extension=in_categories(4))],
        [permission(0, ALLOW, ALLOW, DENY), permission(4, ALLOW, customer_group_id=3)],
        tmp_path,
    )
    assert found == {
        ("SKU-1", "base", "3"): (True, True, False),
        ("SKU-1", "france", "3"): (True, True, False),
    }


@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize(("of_group", "of_website"), [(DENY, ALLOW), (ALLOW, DENY)])
def test_rule_for_the_group_comes_before_the_rule_for_the_website(
    of_group: int, of_website: int, step: int, tmp_path: Path
) -> None:
    rules = [permission(4, of_website, website_id=1), permission(4, of_group, customer_group_id=1)]
    found = overrides([product(1, extension=in_categories(4))], rules[::step], tmp_path)
    assert found["SKU-1", "base", "1"][0] is (of_group == ALLOW)
    assert found["SKU-1", "base", "0"][0] is (of_website == ALLOW)


def test_nearer_category_comes_before_the_more_particular_rule(tmp_path: Path) -> None:
    found = overrides(
        [product(1, extension=in_categories(4))],
        [permission(3, DENY, website_id=1, customer_group_id=1), permission(4, ALLOW)],
        tmp_path,
    )
    assert found["SKU-1", "base", "1"] == (True, True, True)


def test_price_denied_by_the_global_configuration_denies_the_cart(tmp_path: Path) -> None:
    found = overrides(
        [product(1, extension=in_categories(3, 5))],
        [permission(0, ALLOW, DENY, ALLOW), permission(3, DENY, customer_group_id=1)],
        tmp_path,
    )
    assert found["SKU-1", "base", "1"] == (True, False, False)


def test_source_without_permissions_does_not_offer_the_feed(tmp_path: Path) -> None:
    result, rows, _ = compiled(small_catalog([product(1)]), "productOverrides", out=tmp_path, now=NOW)
    assert (result.offered, rows) == (False, [])


_permissions = st.lists(
    st.builds(
        permission,
        st.sampled_from([0, 2, 3, 4, 5, 99]),
        st.sampled_from([ALLOW, DENY, 0]),
        st.sampled_from([ALLOW, DENY, 0]),
        st.sampled_from([ALLOW, DENY, 0]),
        website_id=st.sampled_from([None, 1]),
        customer_group_id=st.sampled_from([None, 1]),
    ),
    min_size=2,
    max_size=12,
    unique_by=lambda record: (record["category_id"], record["website_id"], record["customer_group_id"]),
)
_places = st.lists(st.lists(st.sampled_from([2, 3, 4, 5, 77]), max_size=3, unique=True), max_size=4)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(permissions=_permissions, places=_places)
def test_overrides_equal_asking_every_category(permissions: Any, places: Any, tmp_path: Path) -> None:
    products = [product(n, extension=in_categories(*place)) for n, place in enumerate(places, start=1)]
    records = small_catalog(products, category_permissions=permissions)
    _, rows, _ = compiled(records, "productOverrides", out=tmp_path, now=NOW)
    found = {
        (row["sku"], row["website_code"], row["customer_group_code"]): tuple(row["item"][f] for f in FIELDS)
        for row in rows
    }
    assert found == expected_overrides(records)
