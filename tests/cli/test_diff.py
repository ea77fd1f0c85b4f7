"""`catalog-sync diff`: the summary, the items of a feed, and one product as of a moment."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import polars as pl
from inspection.lake_of import Answer, LakeOf, product

from .reading import Commands


def _refused(lake: LakeOf) -> None:
    lake.synced(products=[product("a"), product("-b")], answers={"-b": Answer("rejected", message="no")})


def test_the_summary_counts_and_exits_with_1(commands: Commands, lake: LakeOf) -> None:
    _refused(lake)
    ended = commands("diff", "--summary", "--json")
    assert ended.code == 1
    assert (ended.json["only_catalog"], ended.json["equal"], ended.json["match_score"]) == (1, 1, 0.5)
    text = commands("diff", "--summary").out
    assert "Match score 50.00%" in text and "Only in your catalog 1" in text


def test_the_summary_of_equal_sides_exits_with_0(commands: Commands, lake: LakeOf) -> None:
    lake.synced(products=[product("a")])
    assert commands("diff", "--summary").code == 0


def test_the_items_of_a_feed_are_written_as_a_file(commands: Commands, lake: LakeOf, tmp_path: Path) -> None:
    _refused(lake)
    ended = commands("diff", "--feed", "products")
    (row,) = csv.DictReader(io.StringIO(ended.out))
    assert ended.code == 1
    assert (row["sku"], row["kind"], row["reason"], row["waiting"]) == ("'-b", "only_catalog", "rejected", "false")
    target = tmp_path / "items.parquet"
    assert commands("diff", "--feed", "products", "--format", "parquet", "--output", str(target)).code == 1
    assert pl.read_parquet(target)["sku"].to_list() == ["-b"]
    (item,) = commands("diff", "--feed", "products", "--format", "json").json
    assert item["state"] == "rejected"


def test_a_product_is_compared_as_of_a_run(commands: Commands, lake: LakeOf) -> None:
    lake.synced(products=[product("a")])
    run = lake.synced(products=[product("a", name="B")], answers={"a": Answer("rejected")})
    lake.synced(products=[product("a", name="C")])
    assert commands("diff", "a").code == 0
    assert commands("diff", "a", "--as-of", "previous").code == 1
    assert commands("diff", "a", "--as-of", run.run_id).code == 1
    assert commands("products", "show", "a", "--as-of", run.run_id, "--json").json["feeds"][0]["state"] == "rejected"


def test_nothing_named_or_nothing_known_is_a_usage_error(commands: Commands, lake: LakeOf) -> None:
    _refused(lake)
    assert commands("diff").code == 2
    assert commands("diff", "--feed", "nofeed").code == 2
    assert commands("diff", "--feed", "products", "--format", "xls").code == 2
    assert commands("diff", "a", "--as-of", "999", "--json").json["error"]["code"] == "CS1006"
