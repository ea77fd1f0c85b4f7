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
