"""`catalog-sync why` and `history`."""

from __future__ import annotations

from inspection.lake_of import Answer, LakeOf, product

from .reading import Commands


def test_why_prints_the_promised_json(commands: Commands, lake: LakeOf) -> None:
    lake.synced(products=[product("-b")], answers={"-b": Answer("rejected", "BAD", "no such color")})
    ended = commands("why", "--json", "--", "-b")
    assert ended.code == 0
    reason = ended.json["reasons"][0]
    assert (reason["feed"], reason["scope"], reason["code"]) == ("products", "default", "rejected")
    assert "no such color" in reason["sentence"] and reason["next_step"]
    assert "no such color" in commands("why", "--", "-b").out


def test_history_lists_the_newest_attempt_first(commands: Commands, lake: LakeOf) -> None:
    lake.synced(products=[product("a")])
    lake.synced(products=[product("a", name="New")])
    entries = commands("history", "a", "--json").json["entries"]
    assert [entry["operation"] for entry in entries] == ["update", "insert"]
    assert entries[0]["fields"] == [{"path": "name", "before": "Name of a", "after": "New", "change": "changed"}]
    assert "req-products-0" in commands("history", "a").out
    assert commands("history", "nobody").code == 2
