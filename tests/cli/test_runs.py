"""`catalog-sync runs list|show|errors`."""

from __future__ import annotations

from inspection.lake_of import Answer, LakeOf, product

from syncengine.changes.plan import Selection
from syncengine.commands import request_sync
from syncengine.control.requests import note_run, set_requests
from syncengine.control.runs import set_details
from syncengine.pipeline import SyncOptions

from .reading import Commands


def test_before_the_first_run_the_list_is_empty(commands: Commands) -> None:
    assert commands("runs", "list", "--json").json == []
    assert "No sync has run yet" in commands("runs", "list").out


def test_runs_are_listed_newest_first_and_shown_with_their_counts(commands: Commands, lake: LakeOf) -> None:
    first = lake.synced(products=[product("a")])
    second = lake.synced(products=[product("a"), product("b")])
    listed = commands("runs", "list", "--json").json
    assert [run["run_id"] for run in listed] == [second.run_id, first.run_id]
    shown = commands("runs", "show", second.run_id, "--json").json
    (feed,) = shown["feeds"]
    assert (feed["catalog"], feed["unchanged"], feed["added"], feed["sent"], feed["accepted"]) == (2, 1, 1, 1, 1)
    assert second.run_id in commands("runs", "show", second.run_id).out
    assert len(commands("runs", "list", "--limit", "1", "--json").json) == 1


def test_errors_are_grouped(commands: Commands, lake: LakeOf) -> None:
    run = lake.synced(
        products=[product("a"), product("b"), product("c")],
        answers={"a": Answer("rejected", "BAD", "no"), "b": Answer("rejected", "BAD", "no")},
    )
    (group,) = commands("runs", "errors", run.run_id, "--json").json
    assert (group["items"], group["code"], group["samples"]) == (2, "BAD", ["a / default", "b / default"])
    assert "BAD" in commands("runs", "errors", run.run_id).out


def test_an_unknown_run_is_an_error_as_json(commands: Commands) -> None:
    for word in ("show", "errors"):
        ended = commands("runs", word, "r-nothing", "--json")
        assert ended.code != 0
        assert "r-nothing" in ended.json["error"]["message"]


def test_what_was_asked_for_stands_above_the_runs_until_it_begins(commands: Commands, lake: LakeOf) -> None:
    run = lake.synced(products=[product("a")])
    options = SyncOptions(feeds=("products",), selection=Selection(resync=True), trigger="resync", requested_by="ann")
    request = request_sync(lake.control, options, start_now=False)

    (first, second) = commands("runs", "list").out.splitlines()[1:3]
    assert first.split("\t")[:2] == [request.request_id, "Requested"]
    assert second.split("\t")[0] == run.run_id
    shown = commands("runs", "show", request.request_id).out
    assert "by ann: Resync of products" in shown
    assert "It begins when an engine runs" in shown

    with lake.control.write() as connection:
        set_requests(connection, [request.request_id], "taken")
    assert "\tQueued\t" in commands("runs", "list").out
    with lake.control.write() as connection:
        note_run(connection, [request.request_id], run.run_id)
    assert "Queued" not in commands("runs", "list").out
    assert f"{request.request_id} by ann" in commands("runs", "show", request.request_id).out
    assert [item["request_id"] for item in commands("runs", "show", run.run_id, "--json").json["requests"]] == [
        request.request_id
    ]


def test_a_run_shows_the_settings_it_began_with(commands: Commands, lake: LakeOf) -> None:
    run = lake.begin()
    with lake.control.write() as connection:
        set_details(
            connection, run.run_id, {"settings": [{"key": "source.token", "value": "********", "source": "env"}]}
        )

    assert "source.token\t********\tenv" in commands("runs", "show", run.run_id).out
    assert commands("runs", "show", run.run_id, "--json").json["settings"][0]["key"] == "source.token"
