"""Runs as they are shown."""

from __future__ import annotations

import pytest

from syncengine.control.runs import RunStatus, finish_run
from syncengine.errors import CatalogSyncError, UnknownRunError
from syncengine.inspection.runs import feed_status_word, list_runs_json, run_errors, run_json
from syncengine.inspection.view import CatalogView

from .lake_of import Answer, LakeOf, product

KEYS = {
    "run_id", "status", "trigger", "mode", "dry_run", "requested_by", "started_at", "finished_at", "error", "feeds",
}  # fmt: skip
FEED_KEYS = {
    "feed", "destination", "status", "catalog", "unchanged", "added", "changed", "skipped", "removed", "resent", "sent",
    "accepted", "rejected", "waiting", "requests", "seconds",
}  # fmt: skip


def test_a_run_has_the_promised_shape_and_its_counts_add_up(seen: CatalogView) -> None:
    newest, first = list_runs_json(seen)
    assert newest["started_at"] >= first["started_at"]
    shape = run_json(seen, newest["run_id"])
    assert shape == newest
    assert set(shape) >= KEYS
    assert (shape["status"], shape["error"]) == ("Success", None)
    for feed in shape["feeds"]:
        assert set(feed) >= FEED_KEYS
        assert feed["catalog"] == feed["unchanged"] + feed["added"] + feed["changed"] + feed["skipped"]
        assert feed["sent"] == feed["accepted"] + feed["rejected"] + feed["waiting"]


def test_a_failed_run_carries_its_error(lake: LakeOf, view: CatalogView) -> None:
    run = lake.begin()
    with lake.control.write() as connection:
        finish_run(connection, run.run_id, RunStatus.HELD, error=CatalogSyncError("No.", code="CS4101", hint="Look."))
    shape = run_json(view, run.run_id)
    assert shape["status"] == "Held for review"
    assert shape["error"] == {"code": "CS4101", "message": "No.", "hint": "Look."}


def test_before_the_first_run_the_list_is_empty(view: CatalogView) -> None:
    assert list_runs_json(view) == []


@pytest.mark.parametrize("run_id", ["r-nothing", "' OR 1=1 --", ""])
def test_an_unknown_run_is_an_error(seen: CatalogView, run_id: str) -> None:
    for question in (run_json, run_errors):
        with pytest.raises(UnknownRunError):
            question(seen, run_id)


def test_feeds_in_a_run_have_words_people_know() -> None:
    assert [feed_status_word(word) for word in ("success", "in_progress", "held", "not_offered")] == [
        "Success", "In Progress", "Held for review", "Not offered",
    ]  # fmt: skip


def test_errors_are_grouped_by_outcome_and_cause(seen: CatalogView) -> None:
    newest, first = list_runs_json(seen)
    groups = run_errors(seen, newest["run_id"])
    assert {(group.outcome, group.error_code, group.http_status, group.items, group.samples) for group in groups} == {
        ("rejected", "BAD_PRICE", 200, 1, ("refused-now / default",)),
        ("retry", None, 503, 1, ("busy / default",)),
        ("unknown", None, 0, 1, ("lost / default",)),
        ("set_aside", "malformed_price", None, 1, ('["aside","default"]',)),
    }
    (before,) = run_errors(seen, first["run_id"])
    assert (before.outcome, before.samples) == ("rejected", ("refused / default",))


def test_values_in_a_message_do_not_make_causes_of_their_own(lake: LakeOf, view: CatalogView) -> None:
    names = [f"sku-{number:02}" for number in range(12)]
    answers = {name: Answer("rejected", "BAD", f"price `{name}` of item {position} is bad") for position, name in
               enumerate(names)}  # fmt: skip
    answers["other"] = Answer("rejected", "BAD", "the name is too long")
    run = lake.synced(products=[product(name) for name in [*names, "other"]], answers=answers)
    groups = run_errors(view, run.run_id)
    assert [(group.items, group.message) for group in groups] == [
        (12, "price `sku-00` of item 0 is bad"),
        (1, "the name is too long"),
    ]
    assert groups[0].samples == tuple(f"{name} / default" for name in names[:5])


def test_the_errors_of_a_run_are_as_many_as_its_counts_say(seen: CatalogView) -> None:
    for run in list_runs_json(seen):
        groups = run_errors(seen, run["run_id"])
        products = next(feed for feed in run["feeds"] if feed["feed"] == "products")
        assert sum(g.items for g in groups if g.outcome == "rejected") == products["rejected"]
        assert sum(g.items for g in groups if g.outcome in ("retry", "unknown")) == products["waiting"]
        assert sum(g.items for g in groups if g.outcome == "set_aside") == products["set_aside"]
