"""The commands of upkeep: what they print, what they end with, and what they ask before."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
from inspection.lake_of import LakeOf, product

from .reading import Commands


def synced(lake: LakeOf) -> None:
    """Two products, one of them with a name that a spreadsheet would run; nobody holds the lake afterwards."""
    lake.synced(products=[product("a", name="=1+1"), product("b")])
    lake.close()


def test_maintain_tells_what_it_did(commands: Commands, lake: LakeOf) -> None:
    synced(lake)

    assert "the lake holds" in commands("maintain").out
    assert commands("maintain", "--json").json["expired_snapshots"] == 0


def test_check_of_a_whole_directory_ends_with_0(commands: Commands, lake: LakeOf) -> None:
    synced(lake)

    ended = commands("check", "--json")

    assert ended.code == 0
    assert ended.json["whole"] is True


def test_check_of_a_damaged_one_ends_with_1_and_names_the_file(commands: Commands, lake: LakeOf) -> None:
    synced(lake)
    file = next(iter((lake.directory.lake_files / "catalog" / "products").glob("*.parquet")))
    file.write_bytes(bytes(file.stat().st_size))

    ended = commands("check")
    told = commands("check", "--json").json

    assert ended.code == 1
    assert f"FAIL  lake file: `{file}` of catalog.products" in ended.out
    assert [item["part"] for item in told["found"] if item["problem"]] == ["lake file"]
    assert commands("repair", "--yes", "--json").json["error"]["code"] == "CS5101"


def test_repair_asks_first_and_tells_what_it_did(commands: Commands, lake: LakeOf) -> None:
    synced(lake)
    lake.directory.current.unlink()

    refused, ended = commands("repair"), commands("repair", "--yes")

    assert refused.code == 2
    assert ended.code == 0
    assert "is missing. It was published anew." in ended.out
    assert commands("repair", "--yes").out.strip() == "There was nothing to repair."


def test_export_writes_every_item_of_a_feed(commands: Commands, lake: LakeOf, tmp_path: Path) -> None:
    synced(lake)
    for kind in ("csv", "parquet", "json"):
        assert commands("export", "--format", kind, str(tmp_path / f"items.{kind}")).code == 0

    with (tmp_path / "items.csv").open(newline="") as file:
        assert sorted(row["sku"] for row in csv.DictReader(file)) == ["a", "b"]
    assert sorted(pl.read_parquet(tmp_path / "items.parquet")["sku"]) == ["a", "b"]
    assert sorted(pl.read_json(tmp_path / "items.json")["sku"]) == ["a", "b"]
    assert not list(tmp_path.glob("*.part"))


def test_export_refuses_what_it_does_not_know(commands: Commands, lake: LakeOf, tmp_path: Path) -> None:
    synced(lake)

    ended = [
        commands("export", "--format", "xml", str(tmp_path / "x")),
        commands("export", "--state", "both", str(tmp_path / "x")),
        commands("export", "--feed", "nothing", str(tmp_path / "x")),
    ]

    assert [item.code for item in ended] == [2, 2, 2]
    assert not (tmp_path / "x").exists()


def test_export_to_a_place_that_cannot_be_written_is_told(commands: Commands, lake: LakeOf, tmp_path: Path) -> None:
    synced(lake)

    ended = commands("export", str(tmp_path / "missing" / "items.csv"))

    assert ended.code == 1
    assert "CS5001" in ended.err
