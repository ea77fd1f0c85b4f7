"""categoryPermissions: the records as they stand, and the fallback rows."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

from plain_reference.permissions import permission
from plain_reference.small import small_catalog
from plain_reference.staging import compiled

NOW = datetime(2026, 3, 1, 12)
ALLOW, DENY = -1, -2


def code(group: int) -> str:
    """The customer group code."""
    return hashlib.sha1(str(group).encode()).hexdigest()


def items(permissions: list[Any], tmp_path: Path) -> dict[tuple[str, str, str], tuple[int, int, int]]:
    """The three grants by identity."""
    records = small_catalog([], category_permissions=permissions)
    _, rows, set_aside = compiled(records, "categoryPermissions", out=tmp_path, now=NOW)
    assert set_aside == []
    return {
        (row["category_id"], row["website_code"], row["customer_group_code"]): tuple(
            row["item"]["permissions"][name] for name in ("categoryView", "displayProductPrice", "addToCart")
        )
        for row in rows
    }


def test_each_record_is_one_item(tmp_path: Path) -> None:
    found = items(
        [
            permission(4, DENY, 0, 0, website_id=2, customer_group_id=1),
            permission(4, ALLOW, ALLOW, DENY),
        ],
        tmp_path,
    )
    assert found["4", "france", code(1)] == (DENY, 0, 0)
    assert found["4", "*", "*"] == (ALLOW, ALLOW, DENY)


def test_four_stock_groups_have_four_fallback_rows(tmp_path: Path) -> None:
    found = items([], tmp_path)
    assert found == {("0", "*", code(group)): (ALLOW, ALLOW, ALLOW) for group in range(4)}


def test_global_configuration_is_told_by_the_fallback_rows(tmp_path: Path) -> None:
    found = items(
        [permission(0, ALLOW, DENY, DENY), permission(0, 0, ALLOW, 0, customer_group_id=2)],
        tmp_path,
    )
    assert found["0", "*", code(1)] == (ALLOW, DENY, DENY)
    assert found["0", "*", code(2)] == (ALLOW, ALLOW, DENY)
    assert len(found) == 4


def test_records_that_cannot_be_read_are_set_aside(tmp_path: Path) -> None:
    records = small_catalog(
        [], category_permissions=[permission(4, 7), permission(4, DENY, website_id=9), permission(5, DENY)]
    )
    result, rows, set_aside = compiled(records, "categoryPermissions", out=tmp_path, now=NOW)
    assert result.items == len(rows) == 5
    assert sorted(row["message"] for row in set_aside) == [
        "A grant is none of -1 (allow), -2 (deny) and 0 (inherit).",
        "There is no website 9.",
    ]


def test_source_without_permissions_does_not_offer_the_feed(tmp_path: Path) -> None:
    result, rows, _ = compiled(small_catalog([]), "categoryPermissions", out=tmp_path, now=NOW)
    assert (result.offered, rows) == (False, [])
