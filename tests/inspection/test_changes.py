"""What changed between two moments."""

from __future__ import annotations

from collections import Counter

import pytest

from syncengine.inspection.as_of import MomentNotKeptError
from syncengine.inspection.changes import FeedChanges, changes_between, changes_table
from syncengine.inspection.download import file_bytes
from syncengine.inspection.view import CatalogView

from .lake_of import Answer, LakeOf, product


def products(view: CatalogView, **asked: object) -> FeedChanges:
    (found,) = changes_between(view, feeds=("products",), **asked).feeds  # type: ignore[arg-type]
    return found


def test_what_changed_between_two_runs_is_counted_and_adds_up(lake: LakeOf, view: CatalogView) -> None:
    first = lake.synced(products=[product("a"), product("b"), product("gone"), product("same")])
    lake.synced(
        products=[product("a", name="A", metaTitle="x"), product("b", name="B"), product("new"), product("same")]
    )
    found = products(view, before=first.run_id, after="last")
    assert (found.before, found.unchanged, found.added, found.changed, found.removed, found.after) == (4, 1, 1, 2, 1, 4)
    assert found.fields == {"name": 2, "metaTitle": 1}
    assert [(item.change, item.item) for item in found.items] == [
        ("changed", "a / default"), ("changed", "b / default"),
        ("removed", "gone / default"), ("added", "new / default"),
    ]  # fmt: skip
    assert Counter(name for item in found.items for name in item.fields) == found.fields


def test_there_and_back_again_is_no_change(lake: LakeOf, view: CatalogView) -> None:
    first = lake.synced(products=[product("a")])
    lake.synced(products=[product("a", name="B")])
    lake.synced(products=[product("a")])
    found = products(view, before=first.run_id, after="last")
    assert (found.unchanged, found.changed) == (1, 0)
    assert products(view, before="previous", after="last").changed == 1


def test_what_was_acknowledged_changes_apart_from_the_catalog(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a"), product("b")])
    lake.synced(products=[product("a", name="A"), product("b", name="B")], answers={"b": Answer("rejected")})
    assert products(view, before="previous", after="last").changed == 2
    told = products(view, before="previous", after="last", side="exported")
    assert [item.item for item in told.items] == ["a / default"]


def test_what_changed_is_taken_away_as_one_table(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a"), product("=gone")])
    lake.synced(products=[product("a", name="A")])
    told = changes_table(changes_between(view, before="previous", after="last"))
    assert told.select("feed", "change", "item", "fields").rows() == [
        ("products", "removed", "=gone / default", []),
        ("products", "changed", "a / default", ["name"]),
    ]
    assert b"'=gone" in file_bytes(told, "csv")


def test_only_so_many_items_are_listed_but_all_are_counted(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("z")])
    lake.synced(products=[product("z"), *(product(str(number)) for number in range(5))])
    found = products(view, before="previous", after="last", limit=2)
    assert (found.added, len(found.items)) == (5, 2)


def test_a_moment_that_is_not_kept_is_refused(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a")])
    with pytest.raises(MomentNotKeptError):
        changes_between(view, before="999", after="last")
