"""One item in two moments."""

from __future__ import annotations

import orjson

from syncengine.inspection.as_of import find_moment
from syncengine.inspection.changes import changes_between
from syncengine.inspection.item_then import ItemThen, item_between
from syncengine.inspection.view import CatalogView

from .lake_of import Answer, LakeOf, product


def between(view: CatalogView, sku: str, **more: str) -> ItemThen:
    found = changes_between(view, before="previous", after="last", feeds=("products",))
    (feed_id,) = [item.feed_id for item in found.feeds[0].items if item.item.startswith(sku)]
    return item_between(view, "products", feed_id, before=found.before, after=found.after, **more)  # type: ignore[arg-type]


def test_an_item_is_told_as_it_was_and_as_it_is(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a"), product("gone")])
    lake.synced(products=[product("a", name="A"), product("new")])
    changed = between(view, "a")
    assert changed.before is not None and changed.after is not None
    assert orjson.loads(changed.after)["name"] == "A"
    assert [(edit.path, edit.after) for edit in changed.differences] == [("name", "A")]
    gone, new = between(view, "gone"), between(view, "new")
    assert gone.before is not None and gone.after is None and gone.differences == ()
    assert new.before is None and new.after is not None


def test_what_was_acknowledged_is_another_side(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a")])
    lake.synced(products=[product("a", name="A")], answers={"a": Answer("rejected")})
    assert between(view, "a").differences
    told = between(view, "a", side="exported")
    assert told.before == told.after and told.before is not None and told.differences == ()


def test_an_id_that_nobody_knows_is_on_neither_side(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a")])
    last = find_moment(view, "last")
    for feed_id in ("0470ec04-e054-17af-6c3c-937d3bc496b5", "' OR true --", ""):
        found = item_between(view, "products", feed_id, before=last, after=last)
        assert (found.before, found.after, found.differences) == (None, None, ())
