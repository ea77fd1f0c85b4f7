"""Hot fields and flapping fields."""

from __future__ import annotations

from syncengine.inspection.restless import flapping_fields, hot_fields
from syncengine.inspection.view import CatalogView

from .lake_of import LakeOf, product


def test_fields_are_counted_by_the_sends_they_caused(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a"), product("b")])
    lake.synced(products=[product("a", name="1"), product("b", name="1", metaTitle="x")])
    lake.synced(products=[product("a", name="2"), product("b", name="1", metaTitle="x")])
    found = hot_fields(view)
    assert [(one.feed, one.field, one.sends, one.alone, one.items) for one in found] == [
        ("products", "name", 3, 2, 2), ("products", "metaTitle", 1, 0, 1),
    ]  # fmt: skip
    assert [one.field for one in hot_fields(view, runs=1)] == ["name"]


def test_a_field_that_changes_and_comes_back_flaps(lake: LakeOf, view: CatalogView) -> None:
    for name, title in (("A", "1"), ("B", "2"), ("A", "3"), ("B", "4")):
        lake.synced(products=[product("a", name=name, metaTitle=title), product("calm")])
    (found,) = flapping_fields(view)  # not the title: it is another one each time
    assert (found.field, found.values) == ("name", ("A", "B", "A", "B"))
    assert (found.item, found.changes) == ("a / default", 3)
    assert flapping_fields(view, least=4) == ()
    assert flapping_fields(view, runs=2) == ()


def test_before_the_first_sync_nothing_is_restless(view: CatalogView) -> None:
    assert hot_fields(view) == ()
    assert flapping_fields(view) == ()
