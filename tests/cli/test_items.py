"""The commands on items of any feed and on the items of a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from inspection.lake_of import LakeOf, price, product

from syncengine.control.runs import list_runs

from .reading import Commands


def _sync(lake: LakeOf) -> str:
    """Two runs; the id of the second, in which a product got another name and a price went."""
    lake.synced(products=[product("a"), product("b")], prices=[price("a", 10), price("b", 20)])
    return lake.synced(products=[product("a", name="Another"), product("b")], prices=[price("a", 10)]).run_id


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LakeOf]:
    """A lake after those two runs, for the tests that only read."""
    lake = LakeOf(tmp_path_factory.mktemp("filled"))
    _sync(lake)
    yield lake
    lake.close()


@pytest.fixture
def run_id(filled: LakeOf) -> str:
    """The second run of that lake."""
    with filled.control.read() as connection:
        return list_runs(connection)[0].run_id


@pytest.mark.usefixtures("filled")
def test_items_of_a_feed_are_searched(commands: Commands) -> None:
    found = commands("items", "search", "--feed", "prices", "--json").json
    assert [(item["item"], item["state"]) for item in found["items"]] == [
        ("a / 0 / base", "in_sync"), ("b / 0 / base", "removed"),
    ]  # fmt: skip
    assert found["facets"]["state"] == {"in_sync": 1, "removed": 1}
    assert "1-1 of 1" in commands("items", "search", "--feed", "prices", "--state", "in_sync").out
    assert "No item matches" in commands("items", "search", "--feed", "prices", "nothing").out


def test_an_item_is_shown_with_its_reason_and_what_was_sent(commands: Commands, run_id: str) -> None:
    shown = commands("items", "show", "--feed", "products", "a", "default")
    assert "in_sync" in shown.out and run_id in shown.out and '"Another"' in shown.out
    (story,) = commands("items", "show", "--feed", "products", "a", "--json").json
    assert [entry["operation"] for entry in story["timeline"]] == ["update", "insert"]
    assert commands("items", "show", "--feed", "products", "nobody").code == 2


@pytest.mark.usefixtures("filled")
def test_every_item_of_a_feed_is_written_as_a_file(commands: Commands, tmp_path: Path) -> None:
    file = tmp_path / "prices.json"
    assert commands("items", "download", "--feed", "prices", "--format", "json", "--output", str(file)).code == 0
    assert [row["sku"] for row in orjson.loads(file.read_bytes())] == ["a"]
    assert list(tmp_path.glob(".*part")) == []


def test_the_items_of_a_run_are_listed(commands: Commands, run_id: str) -> None:
    found = commands("runs", "items", run_id, "--list", "changed", "--json").json
    assert [(item["item"], item["fields"]) for item in found["items"]] == [("a / default", ["name"])]
    assert found["counts"]["removed"] == 1
    assert "1-2 of 2 sent" in commands("runs", "items", run_id).out
    assert commands("runs", "items", run_id, "--list", "lost").code == 2


def test_the_timeline_shows_the_runs(commands: Commands, lake: LakeOf) -> None:
    assert "Nothing has happened yet" in commands("runs", "timeline").out
    run_id = _sync(lake)
    assert commands("runs", "timeline", "--json").json[0]["subject"] == run_id


@pytest.mark.usefixtures("filled")
def test_a_search_is_written_whole(commands: Commands, tmp_path: Path) -> None:
    file = tmp_path / "all.csv"
    commands("products", "search", "--limit", "1", "--format", "csv", "--output", str(file))
    assert len(file.read_text("utf-8").splitlines()) == 3


@pytest.mark.usefixtures("filled")
def test_a_preview_of_noise_says_what_it_saves_and_how_to_set_it(commands: Commands) -> None:
    said = commands("changes", "--feed", "products", "--without", "name").out
    assert "1 of 3 sends" in said and 'feeds.noise = { products = ["name"] }' in said
    assert commands("changes", "--without", "name").code == 2
    assert commands("changes", "--feed", "products", "--without", "sku").code == 2


def test_a_difference_is_printed_in_every_form(commands: Commands, lake: LakeOf) -> None:
    long = "word " * 100
    lake.synced(products=[product("a", description=f"{long}red {long}")])
    run = lake.begin()
    lake.says(run_id=run.run_id, products=[product("a", description=f"{long}blue {long}")])
    lake.publish()
    assert "[-red-]{+blue+}" in commands("diff", "a").out
    unified = commands("diff", "a", "--form", "unified")
    assert unified.code == 1 and "+++ catalog" in unified.out
    assert sum(line.startswith("-") and "red" in line for line in unified.out.splitlines()) == 1
    assert " ~ " in commands("diff", "a", "--form", "side").out
    assert commands("diff", "a", "--form", "round").code == 2
