"""Record views over staged files of every form."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncengine.catalog import ENTITIES, StagedCatalog, StagedPart


def staged(root: Path, *parts: StagedPart) -> StagedCatalog:
    offered = {part.entity: True for part in parts}
    now = datetime(2026, 3, 1, tzinfo=UTC)
    return StagedCatalog(root=root, source="test", parts=parts, offered=offered, requests=0, read_at=now)


def part(entity: str, scope: str, *files: Path) -> StagedPart:
    return StagedPart(entity=entity, scope=scope, files=files, records=1)


FORMS = {
    "a.json": b'{"items":[{"sku":"x"},{"sku":"y"}],"total_count":2}',
    "b.json": b'  [{"sku":"x"},{"sku":"y"}]',
    "c.jsonl": b'{"sku":"x"}\n\n{"sku":"y"}',
    "d.jsonl.gz": gzip.compress(b'{"sku":"x"}\n{"sku":"y"}\n'),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_of_file_gives_one_row_a_record(tmp_path, records, name) -> None:
    file = tmp_path / name
    file.write_bytes(FORMS[name])

    con = records(staged(tmp_path, part("products", "fr", file)))

    rows = con.execute("SELECT scope, record->>'$.sku' FROM records.products ORDER BY ALL").fetchall()
    assert rows == [("fr", "x"), ("fr", "y")]


@pytest.mark.parametrize("body", [b'{"items":null,"total_count":0}', b'{"items":[]}', b"[]"])
def test_an_empty_page_gives_no_row(tmp_path, records, body) -> None:
    file = tmp_path / "page.json"
    file.write_bytes(body)

    con = records(staged(tmp_path, part("categories", "", file)))

    assert con.execute("SELECT count(*) FROM records.categories").fetchone() == (0,)


def test_every_entity_has_a_view_and_an_offer(tmp_path, records) -> None:
    con = records(staged(tmp_path))

    for entity in ENTITIES:
        shape = [(name, str(kind)) for name, kind, *_ in con.execute(f"SELECT * FROM records.{entity}").description]
        assert shape == [("scope", "VARCHAR"), ("record", "JSON")]
    assert con.execute("SELECT count(*), count_if(offered) FROM records.offered").fetchone() == (len(ENTITIES), 0)


def test_a_path_is_never_taken_for_a_pattern_or_for_sql(tmp_path, records) -> None:
    place = tmp_path / "it's [odd] *?"
    place.mkdir()
    (place / "page.json").write_text('[{"sku":"x"}]')

    con = records(staged(tmp_path, part("products", "o'brien", place / "page.json")))

    assert con.execute("SELECT scope FROM records.products").fetchall() == [("o'brien",)]


def test_a_page_of_32_mb_is_read(tmp_path, records) -> None:
    file = tmp_path / "page.json"
    file.write_bytes(b'{"items":[{"sku":"x","text":"' + b"t" * (31 * 2**20) + b'"},{"sku":"y"}]}')

    con = records(staged(tmp_path, part("products", "", file)))

    assert con.execute("SELECT count(*) FROM records.products").fetchone() == (2,)


def test_values_keep_their_text_and_precision(tmp_path, records) -> None:
    file = tmp_path / "page.json"
    file.write_bytes(
        b'[{"big":12345678901234567890123,"price":29.949999999999999,"text":"a\\/b\\u00e9\\ud83d\\ude00"}]'
    )

    con = records(staged(tmp_path, part("products", "", file)))

    found = con.execute(
        "SELECT record->>'$.big', CAST(record->>'$.price' AS DECIMAL(12, 4)), record->>'$.text' FROM records.products"
    ).fetchone()
    assert found is not None
    assert (found[0], str(found[1]), found[2]) == ("12345678901234567890123", "29.9500", "a/bé😀")
