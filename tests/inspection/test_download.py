"""Files to take away."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import orjson
import polars as pl
import pytest

from syncengine.errors import SettingsError
from syncengine.inspection.download import FORMATS, file_bytes, file_chunks, json_rows

TABLE = pl.DataFrame(
    {
        "sku": ["=1+1", "-10C", "+a", "@b", "\tx", "plain", None],
        "fields": [["name", "=x"], [], None, None, None, None, None],
        "price": [Decimal("1.5000"), None, None, None, None, None, None],
        "at": [datetime(2026, 5, 4, 11, 17, tzinfo=UTC)] + [None] * 6,
    }
)


def test_no_cell_of_a_csv_is_a_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(file_bytes(TABLE, "csv").decode())))
    assert [row["sku"] for row in rows] == ["'=1+1", "'-10C", "'+a", "'@b", "'\tx", "plain", ""]
    assert rows[0]["fields"] == '["name","=x"]'
    assert rows[0]["at"].startswith("2026-05-04T11:17:00+")


def test_a_parquet_file_holds_the_values_unchanged() -> None:
    assert pl.read_parquet(io.BytesIO(file_bytes(TABLE, "parquet"))).equals(TABLE)


def test_json_rows_hold_plain_values() -> None:
    first, second = json_rows(TABLE)[:2]
    assert first == {"sku": "=1+1", "fields": ["name", "=x"], "price": 1.5, "at": "2026-05-04T11:17:00+00:00"}
    assert second["price"] is None and second["fields"] == []


@pytest.mark.parametrize("kind", FORMATS)
def test_an_empty_table_is_a_file_too(kind: str) -> None:
    content = file_bytes(TABLE.clear(), kind)
    assert content if kind != "json" else orjson.loads(content) == []


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_in_pieces_is_the_file_of_the_whole(kind: str) -> None:
    pieces = list(file_chunks([TABLE.slice(n, 2) for n in range(0, len(TABLE), 2)], TABLE.schema, kind))
    whole = b"".join(pieces)
    assert len(pieces) > 3
    if kind == "parquet":
        assert pl.read_parquet(io.BytesIO(whole)).equals(TABLE)
    elif kind == "json":
        assert orjson.loads(whole) == json_rows(TABLE)
    else:
        assert whole == file_bytes(TABLE, "csv")


def test_rows_are_written_before_the_next_ones_are_read() -> None:
    read: list[int] = []

    def frames() -> Iterator[pl.DataFrame]:
        for number in range(5):
            read.append(number)
            yield TABLE

    chunks = file_chunks(frames(), TABLE.schema, "json")
    next(chunks)
    assert read == [0]


def test_a_heading_is_no_formula_either() -> None:
    assert file_bytes(pl.DataFrame({'=1+1,"x"': [1]}), "csv") == b'"\'=1+1,""x"""\n1\n'


def test_another_kind_of_file_is_refused_with_those_there_are() -> None:
    with pytest.raises(SettingsError) as caught:
        file_bytes(TABLE, "xls")
    assert "parquet" in caught.value.hint
