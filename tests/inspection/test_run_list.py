"""The table of runs and the timeline."""

from __future__ import annotations

import pytest

from syncengine.control.audit import add_audit
from syncengine.control.run_history import RunFilter
from syncengine.control.runs import RunStatus
from syncengine.errors import SettingsError
from syncengine.inspection.run_list import search_runs, timeline
from syncengine.inspection.runs import list_runs_json
from syncengine.inspection.view import CatalogView

from .lake_of import LakeOf, product


def test_before_the_first_run_both_are_empty(view: CatalogView, lake: LakeOf) -> None:
    assert search_runs(view).total == 0
    assert timeline(view) == ()


def test_the_runs_are_those_that_the_list_of_runs_shows(seen: CatalogView) -> None:
    page = search_runs(seen)
    assert page.as_json(seen)["runs"] == list_runs_json(seen)
    assert page.total == len(page.runs) == 2
    last = next(iter(page.equations().values()))
    assert last.sent == last.accepted + last.rejected + last.waiting == 6


def test_runs_of_a_status_there_is_none_of_are_none(seen: CatalogView) -> None:
    assert search_runs(seen, RunFilter(statuses=(RunStatus.FAILED,))).runs == ()


def test_the_timeline_mixes_runs_and_what_people_asked_for(view: CatalogView, lake: LakeOf) -> None:
    first = lake.synced(products=[product("a")])
    with lake.control.write() as connection:
        add_audit(connection, actor="anna", action="pause schedule", subject="engine", details={"reason": "stock-take"})
    second = lake.synced(products=[product("a", name="b")])
    found = timeline(view)
    assert [(one.kind, one.subject) for one in found] == [
        ("run", second.run_id), ("audit", "engine"), ("run", first.run_id),
    ]  # fmt: skip
    assert found[1].actor == "anna" and found[1].as_json()["details"] == {"reason": "stock-take"}
    assert timeline(view, RunFilter(since=found[1].at)) == found[:2]
    assert timeline(view, limit=1) == found[:1]


def test_the_timeline_narrowed_to_a_kind_of_run_is_runs_only_and_never_tells_what_was_refused(
    view: CatalogView, lake: LakeOf
) -> None:
    run = lake.synced(products=[product("a")])
    with lake.control.write() as connection:
        add_audit(connection, actor="anna", action="cancel request", subject="q-1")
        add_audit(connection, actor="eve", action="refused: request sync", subject="all feeds")
    assert [one.actor for one in timeline(view) if one.kind == "audit"] == ["anna"]
    found = timeline(view, RunFilter(statuses=(RunStatus.SUCCESS,)))
    assert [one.subject for one in found] == [run.run_id]
    assert timeline(view, RunFilter(until=run.started_at)) == ()


def test_a_page_out_of_range_is_refused(seen: CatalogView) -> None:
    for limit, offset in ((0, 0), (10_000, 0), (1, -1)):
        with pytest.raises(SettingsError):
            search_runs(seen, limit=limit, offset=offset)
