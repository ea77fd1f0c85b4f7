"""What may be wished for, and what a run is asked to do by it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from syncengine.access.wish import ResyncWish
from syncengine.errors import UnknownFeedError


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({}, (True, "all", (), False, False)),
        ({"mode": "no-reindex"}, (True, "all", (), True, False)),
        ({"mode": "compare"}, (False, "all", (), False, True)),
        ({"skus": ["B", "A", "A"]}, (True, "sku", ("A", "B"), False, False)),
        ({"product_ids": ["7"]}, (True, "productId", ("7",), False, False)),
        ({"refused": True, "mode": "no-reindex"}, (True, "refused", (), True, False)),
    ],
)
def test_a_wish_becomes_what_a_run_is_asked_for(wish: dict[str, Any], expected: tuple[Any, ...]) -> None:
    options = ResyncWish(**wish).options()
    chosen = options.selection
    assert (chosen.resync, chosen.by, chosen.values, options.no_reindex, options.full) == expected


def test_feeds_are_known_whatever_their_case_and_in_their_order() -> None:
    assert ResyncWish(feeds=("PRICES", "products")).options().feeds == ("products", "prices")
    with pytest.raises(UnknownFeedError):
        ResyncWish(feeds=("nonsense",)).options()


@pytest.mark.parametrize(
    "wish",
    [
        {"skus": ["A"], "product_ids": ["7"]},
        {"skus": ["A"], "refused": True},
        {"skus": ["A"], "mode": "compare"},
        {"skus": [""]},
        {"skus": ["a\x00b"]},
        {"skus": ["x" * 513]},
        {"skus": [f"{n}" for n in range(10_001)]},
        {"mode": "everything"},
        {"unknown": 1},
    ],
)
def test_nonsense_is_refused(wish: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ResyncWish(**wish)
