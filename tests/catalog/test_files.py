"""A directory of records as a source: read as it is, or refused with file and line."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import duckdb
import pytest

from catalog.reading import read
from syncengine.catalog import open_source
from syncengine.errors import RecordsInvalidError, SettingsError
from syncengine.settings import SourceSettings

REQUIRED = ("websites", "store_groups", "store_views", "attributes")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    place = tmp_path / "dump"
    place.mkdir()
    for entity in REQUIRED:
        (place / f"{entity}.jsonl").write_text('{"id":0}\n{"id":1}\n')
    with gzip.open(place / "products.jsonl.gz", "wt") as file:
        file.write('{"id":1,"sku":"a"}\n\n{"id":2,"sku":"b"}')
    return place


def files_source(place: Path):
    return open_source(SourceSettings(kind="files", path=place))


def test_records_of_every_view_and_of_one_view_are_told_apart(directory, tmp_path, records) -> None:
    (directory / "products.fr.jsonl").write_text('{"id":1,"sku":"a","name":"Sac"}\n')
    (directory / "notes.txt").write_text("left alone")
    (directory / "category_tree.json").write_text("{}")

    staged = read(files_source(directory), tmp_path / "staging")

    rows = records(staged).execute("SELECT scope, record->>'$.sku' FROM records.products ORDER BY ALL").fetchall()
    assert rows == [("", "a"), ("", "b"), ("fr", "a")]
    assert staged.counts["products"] == 3
    assert (staged.offered["products"], staged.offered["tier_prices"]) == (True, False)
    assert not (tmp_path / "staging").exists()


@pytest.mark.parametrize("select", ["SELECT json AS record FROM lines", "SELECT id, sku FROM rows"])
def test_parquet_holds_records_or_their_fields(directory, tmp_path, records, select) -> None:
    with duckdb.connect() as con:
        con.execute("CREATE TABLE lines (json JSON); CREATE TABLE rows (id BIGINT, sku VARCHAR)")
        con.execute("""INSERT INTO lines VALUES ('{"id":7,"sku":"x"}')""")
        con.execute("INSERT INTO rows VALUES (7, 'x')")
        con.execute(f"COPY ({select}) TO '{directory}/products.fr.parquet' (FORMAT parquet)")

    staged = read(files_source(directory), tmp_path / "staging")

    query = "SELECT record->>'id', record->>'sku' FROM records.products WHERE scope = 'fr'"
    assert records(staged).execute(query).fetchall() == [("7", "x")]
    assert staged.counts["products"] == 3


@pytest.mark.parametrize("content", [b"PAR1 no table", b""])
def test_parquet_that_is_none_is_named(directory, tmp_path, content) -> None:
    (directory / "products.fr.parquet").write_bytes(content)

    with pytest.raises(RecordsInvalidError, match=r"products\.fr\.parquet"):
        read(files_source(directory), tmp_path)


def test_parquet_rows_that_are_no_records_are_refused(directory, tmp_path) -> None:
    with duckdb.connect() as con:
        con.execute(f"COPY (SELECT '[1]'::JSON AS record) TO '{directory}/categories.parquet' (FORMAT parquet)")

    with pytest.raises(RecordsInvalidError, match="1 rows that are no records"):
        read(files_source(directory), tmp_path)


def test_a_probe_says_what_lies_there_without_reading_it(directory) -> None:
    (directory / "products.fr.jsonl").write_text("broken")

    assert files_source(directory).probe().endswith("holds 6 files of records, products of 2 store views.")


def test_reading_changes_of_files_is_reading_them(directory, tmp_path) -> None:
    assert files_source(directory).read_changes(tmp_path).counts["products"] == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"id":1}\n{"id":2,\n{"id":3}\n', "line 2"),
        (b'{"id":1}\n[1]\n', "line 2: not a JSON object"),
        (b'{"id":NaN}\n', "line 1"),
        (b'{"id":1,"name":"\xff"}\n', "line 1"),
        (b'\xef\xbb\xbf{"id":1}\n', "line 1"),
    ],
)
def test_a_broken_line_is_named(directory, tmp_path, content, said) -> None:
    (directory / "categories.jsonl").write_bytes(content)

    with pytest.raises(RecordsInvalidError, match=said) as caught:
        read(files_source(directory), tmp_path)

    assert "categories.jsonl" in str(caught.value)


@pytest.mark.parametrize("damage", [lambda b: b[:-6], lambda b: b[:-8] + b"12345678", lambda b: b"not gzip"])
def test_a_damaged_gzip_file_is_named(directory, tmp_path, damage) -> None:
    file = directory / "products.jsonl.gz"
    file.write_bytes(damage(file.read_bytes()))

    with pytest.raises(RecordsInvalidError, match=r"products\.jsonl\.gz"):
        read(files_source(directory), tmp_path)


def test_a_file_that_is_not_what_the_manifest_says_is_refused(directory, tmp_path) -> None:
    content = (directory / "websites.jsonl").read_bytes()
    manifest = {"websites.jsonl": {"records": 2, "sha256_of_content": hashlib.sha256(content).hexdigest()}}
    (directory / "manifest.json").write_text(json.dumps(manifest))
    assert read(files_source(directory), tmp_path).counts["websites"] == 2

    (directory / "websites.jsonl").write_text('{"id":0}\n{"id":7}\n')
    with pytest.raises(RecordsInvalidError, match="SHA-256"):
        read(files_source(directory), tmp_path)

    (directory / "websites.jsonl").write_text('{"id":0}\n')
    with pytest.raises(RecordsInvalidError, match=r"holds 1 records, manifest\.json says 2"):
        read(files_source(directory), tmp_path)


def test_a_file_of_the_manifest_that_is_missing_is_named(directory, tmp_path) -> None:
    (directory / "manifest.json").write_text('{"categories.jsonl.gz":{"records":40}}')

    with pytest.raises(RecordsInvalidError, match=r"categories\.jsonl\.gz"):
        read(files_source(directory), tmp_path)


def test_a_directory_without_products_is_no_catalog(directory, tmp_path) -> None:
    (directory / "products.jsonl.gz").unlink()

    with pytest.raises(RecordsInvalidError, match="holds no products"):
        read(files_source(directory), tmp_path)


def test_two_files_of_the_same_records_are_refused(directory, tmp_path) -> None:
    (directory / "websites.jsonl.gz").write_bytes(gzip.compress(b'{"id":0}\n'))

    with pytest.raises(RecordsInvalidError, match="same records"):
        read(files_source(directory), tmp_path)


def test_a_path_that_is_not_there_or_not_set_is_told(tmp_path) -> None:
    with pytest.raises(RecordsInvalidError, match="no directory"):
        read(files_source(tmp_path / "nothing"), tmp_path)
    with pytest.raises(SettingsError, match=r"source\.path"):
        open_source(SourceSettings(kind="files"))


@pytest.mark.shared
def test_the_luma_records_are_read_whole(shared, tmp_path, records) -> None:
    staged = read(files_source(shared / "luma"), tmp_path)

    assert staged.counts["products"] == 2046
    assert records(staged).execute("SELECT count(DISTINCT record->>'$.sku') FROM records.products").fetchone() == (
        2046,
    )
