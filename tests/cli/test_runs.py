"""`catalog-sync runs list|show|errors`."""

from __future__ import annotations

from inspection.lake_of import Answer, LakeOf, product

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
