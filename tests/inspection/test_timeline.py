"""The timeline of a product."""

from __future__ import annotations

import pytest

from syncengine.inspection.story import UnknownProductError
from syncengine.inspection.timeline import product_timeline
from syncengine.inspection.view import CatalogView

from .lake_of import LakeOf, product


def test_each_attempt_stands_with_its_fields_and_answer(seen: CatalogView) -> None:
    second, first = product_timeline(seen, "refused-now").entries
    assert (first.operation, first.outcome, first.differences) == ("insert", "accepted", ())
    assert (second.operation, second.outcome, second.error_code) == ("update", "rejected", "BAD_PRICE")
    assert [(edit.path, edit.before, edit.after) for edit in second.differences] == [
        ("name", "Name of refused-now", "Too much")
    ]
    assert second.request_id and second.run_id != first.run_id


def test_an_update_is_compared_with_what_was_acknowledged_not_with_what_was_refused(seen: CatalogView) -> None:
    entries = product_timeline(seen, "refused").entries
    assert [entry.operation for entry in entries] == ["insert"]  # the second run left the same content alone


def test_a_removal_and_a_return_are_both_there(lake: LakeOf, view: CatalogView) -> None:
    for shop in (["a", "b"], ["b"], ["a", "b"]):
        lake.synced(products=[product(sku) for sku in shop])
    found = product_timeline(view, "a")
    assert [entry.operation for entry in found.entries] == ["insert", "delete", "insert"]
    assert [entry["outcome"] for entry in found.as_json()["entries"]] == ["accepted"] * 3


def test_a_product_nothing_was_sent_of_has_no_timeline(seen: CatalogView, view: CatalogView) -> None:
    for asked in (seen, view):
        with pytest.raises(UnknownProductError):
            product_timeline(asked, "nobody")
