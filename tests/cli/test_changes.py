"""`catalog-sync changes`."""

from __future__ import annotations

from inspection.lake_of import LakeOf, product

from .reading import Commands


def test_the_last_run_is_compared_with_the_one_before(commands: Commands, lake: LakeOf) -> None:
    first = lake.synced(products=[product("a"), product("b")])
    lake.synced(products=[product("a", name="New"), product("b")])
    found = commands("changes", "--json").json
    (products,) = [feed for feed in found["feeds"] if feed["feed"] == "products"]
    assert (products["changed"], products["fields"]) == (1, [{"field": "name", "items": 1}])
    text = commands("changes", "--from", first.run_id, "--to", "last", "--feed", "products").out
    assert "a / default" in text and "name" in text
    assert commands("changes", "--from", "nonsense").code == 2


def test_hot_and_flapping_fields_are_listed(commands: Commands, lake: LakeOf) -> None:
    for name in ("A", "B", "A", "B"):
        lake.synced(products=[product("a", name=name)])
    (hot,) = commands("changes", "--hot-fields", "--json").json["hot_fields"]
    assert (hot["field"], hot["sends"], hot["alone"]) == ("name", 3, 3)
    assert "A → B → A → B" in commands("changes", "--flapping").out
    assert commands("changes", "--flapping", "--json").json["flapping"][0]["values"] == ["A", "B", "A", "B"]
