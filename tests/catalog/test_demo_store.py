"""The reader against the demo store: awkward products, edits of a merchant, dumps, and what they compile to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from catalog.compiled import compiled
from catalog.reading import read
from syncengine.catalog import CatalogSource, open_source
from syncengine.catalog.dump import write_dump
from syncengine.cli.demo import request_change
from syncengine.cli.main import app
from syncengine.demo.store.generator.awkward import AWKWARD
from syncengine.demo.store.server import StoreOptions, running
from syncengine.errors import RecordsInvalidError, StorageError
from syncengine.settings import SourceSettings

PRODUCTS = 90


@pytest.fixture
def address() -> Iterator[str]:
    with running(StoreOptions(port=0, products=PRODUCTS)) as url:
        yield url


def source_at(address: str, **options: object) -> CatalogSource:
    settings = SourceSettings(url=f"{address}/rest", token=SecretStr("demo-token"), page_size=25, **options)
    return open_source(settings)


def test_every_awkward_product_is_read_as_it_is(address, records, tmp_path) -> None:
    con = records(read(source_at(address), tmp_path))

    query = "SELECT record->>'sku', record->>'name' FROM records.products WHERE scope = 'default'"
    names = dict(con.execute(query).fetchall())
    assert len(names) == PRODUCTS
    assert len(AWKWARD) == 38
    for one in AWKWARD:
        assert names[one.sku] == one.name.rstrip() or names[one.sku] == one.name, one.sku
    query = "SELECT record->>'sku', record->>'quantity' FROM records.source_items"
    stocked = {sku: float(quantity) for sku, quantity in con.execute(query).fetchall()}
    for one in AWKWARD:
        assert (one.sku in stocked) == one.has_source_item, one.sku


def test_every_awkward_product_in_a_website_becomes_an_item_of_the_same_sku(address, tmp_path) -> None:
    feeds = compiled(read(source_at(address), tmp_path / "staging"), tmp_path / "out")

    exported = {json.loads(row[-1])["sku"] for row in feeds["products"]}
    assert {one.sku for one in AWKWARD if one.websites} <= exported
    assert "NO-WEBSITE" not in exported


def test_tier_prices_of_the_look_up_are_those_of_the_records(address, records, tmp_path) -> None:
    con = records(read(source_at(address), tmp_path))

    looked_up = con.execute("SELECT DISTINCT record->>'sku' FROM records.tier_prices ORDER BY 1").fetchall()
    recorded = con.execute(
        "SELECT DISTINCT record->>'sku' FROM records.products "
        "WHERE scope = 'default' AND json_array_length(record->'tier_prices') > 0 ORDER BY 1"
    ).fetchall()
    assert looked_up == recorded
    assert looked_up


@pytest.mark.parametrize("seed", [1, 2])
def test_a_merchants_edits_read_as_changes_compile_to_the_same_feeds_as_a_full_read(address, tmp_path, seed) -> None:
    source = source_at(address)
    source.read(tmp_path / "mirror")
    for round_ in range(2):
        wanted = {"price": 3, "rename": 2, "delete": 2, "add": 2, "sku_rename": 1, "seed": seed * 10 + round_}
        touched = request_change(address, "demo-token", wanted)
        assert touched["price"] and touched["delete"]
        changes = source.read_changes(tmp_path / "mirror")
        assert changes.is_partial
        parts = compiled(changes, tmp_path / f"parts{round_}")
        whole = compiled(source.read(tmp_path / f"full{round_}"), tmp_path / f"whole{round_}")
        assert parts == whole


def test_a_dump_compiles_to_the_same_feeds_as_the_store(address, tmp_path) -> None:
    staged = read(source_at(address), tmp_path / "staging")

    written = write_dump(staged, tmp_path / "dump")

    again = read(open_source(SourceSettings(kind="files", path=tmp_path / "dump")), tmp_path / "unused")
    assert again.counts == staged.counts
    assert again.offered == staged.offered
    assert written.records == sum(staged.counts.values())
    live = compiled(staged, tmp_path / "live")
    assert len(live) == 10 and all(live.values())
    assert compiled(again, tmp_path / "dumped") == live


def test_a_dump_that_was_touched_is_refused(address, tmp_path) -> None:
    write_dump(read(source_at(address), tmp_path / "staging"), tmp_path / "dump")
    (tmp_path / "dump" / "products.fr.jsonl.gz").unlink()

    with pytest.raises(RecordsInvalidError, match=r"products\.fr\.jsonl\.gz"):
        read(open_source(SourceSettings(kind="files", path=tmp_path / "dump")), tmp_path)


def test_a_dump_never_mixes_with_what_is_there(address, tmp_path) -> None:
    staged = read(source_at(address), tmp_path / "staging")
    (tmp_path / "dump").mkdir()
    (tmp_path / "dump" / "mine.txt").write_text("keep")

    with pytest.raises(StorageError, match="is not empty"):
        write_dump(staged, tmp_path / "dump")

    assert [file.name for file in (tmp_path / "dump").iterdir()] == ["mine.txt"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["dump", "staging"]


def test_the_command_writes_a_directory_that_can_be_read(address, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CATALOG_SYNC_SOURCE__URL", f"{address}/rest")
    monkeypatch.setenv("CATALOG_SYNC_SOURCE__TOKEN", "demo-token")

    done = CliRunner().invoke(app, ["dump", "out/dump", "--json"])

    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    again = read(open_source(SourceSettings(kind="files", path=Path(told["directory"]))), tmp_path)
    assert told["records"] == sum(again.counts.values())
    assert [file.name for file in tmp_path.iterdir()] == ["out"]
