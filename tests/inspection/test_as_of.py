"""Moments: times, runs and snapshot numbers lead to the state that held then."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncengine.control.schema import utc_now
from syncengine.errors import UnknownRunError
from syncengine.inspection.as_of import MomentNotKeptError, find_moment
from syncengine.inspection.products import product_diff, product_story
from syncengine.inspection.story import UnknownProductError
from syncengine.inspection.view import CatalogView

from .lake_of import LakeOf, product


def test_a_product_is_shown_as_it_was_after_each_run(lake: LakeOf, view: CatalogView) -> None:
    first = lake.synced(products=[product("a", name="First"), product("gone")])
    lake.synced(products=[product("a", name="Second")])
    then = find_moment(view, first.run_id)
    assert then.run_id == first.run_id
    (item,) = product_story(view, "a", snapshot=then.snapshot_id).items
    assert '"name":"First"' in (item.catalog or "") and item.catalog == item.exported
    (gone,) = product_story(view, "gone", snapshot=then.snapshot_id).items
    assert gone.state == "in_sync"
    assert product_diff(view, "a", snapshot=then.snapshot_id).equal


def test_before_a_product_existed_there_was_none(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a")])
    lake.synced(products=[product("a"), product("new")])
    with pytest.raises(UnknownProductError):
        product_story(view, "new", snapshot=find_moment(view, "previous").snapshot_id)
    with pytest.raises(UnknownProductError):
        product_story(view, "a", snapshot=0)


def test_a_time_means_the_newest_state_up_to_it(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a")])
    between = utc_now()
    lake.synced(products=[product("a", name="B")])
    moment = find_moment(view, between.isoformat())
    assert moment.taken_at <= between
    assert moment.snapshot_id == find_moment(view, "previous").snapshot_id
    assert find_moment(view, (utc_now() + timedelta(days=1)).isoformat()) .snapshot_id == (
        find_moment(view, "last").snapshot_id
    )  # fmt: skip


def test_a_snapshot_is_meant_by_its_number(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a")])
    assert find_moment(view, "2").snapshot_id == 2


def test_what_is_not_kept_is_an_error_that_names_the_oldest(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a")])
    with pytest.raises(MomentNotKeptError, match="999") as raised:
        find_moment(view, "999")
    assert "The oldest kept is of 20" in raised.value.hint
    with pytest.raises(MomentNotKeptError):
        find_moment(view, "2001-01-01")
    with pytest.raises(MomentNotKeptError, match="is no moment"):
        find_moment(view, "last tuesday")
    with pytest.raises(UnknownRunError):
        find_moment(view, "r-nobody")
    with pytest.raises(UnknownRunError):
        find_moment(view, "previous")
