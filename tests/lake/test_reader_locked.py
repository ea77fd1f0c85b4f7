"""What a reader's connection cannot be made to do, whatever statement reaches it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from syncengine.lake.paths import DataDirectory
from syncengine.lake.reader import LakeReader, open_reader
from tests.ui.shop import Shop


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop's directory, with a file beside its data that nobody should read."""
    shop = Shop(tmp_path_factory.mktemp("shop"), products=3)
    assert shop.sync(feeds=("products",)).error_message is None
    (shop.directory / "secret.csv").write_text("token\ncanary-1f0c\n", "utf-8")
    return shop.directory


@pytest.fixture
def reader(place: Path) -> Iterator[LakeReader]:
    found = open_reader(DataDirectory(place / "data"))
    yield found
    found.connection.close()


def test_questions_are_answered(reader: LakeReader) -> None:
    assert reader.cursor().execute("SELECT count(*) FROM search.synced_products").fetchone() is not None


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('{place}/secret.csv')",
        "SELECT * FROM '{place}/secret.csv'",
        "SELECT content FROM read_text('{place}/secret.csv')",
        "SELECT * FROM glob('{place}/*')",
        "SELECT * FROM read_csv('{place}/data/lake/files/../../../secret.csv')",
        "SELECT * FROM read_csv('https://198.51.100.7/x.csv')",
        "COPY (SELECT 1) TO '{place}/written.csv'",
        "EXPORT DATABASE '{place}/exported'",
        "ATTACH '{place}/data/control.sqlite' AS control (TYPE sqlite)",
        "ATTACH '{place}/new.duckdb' AS new",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "SET memory_limit = '100GB'",
        "RESET lock_configuration",
        "PRAGMA enable_profiling = 'json'",
        "DELETE FROM search.synced_products",
        "CREATE TABLE search.mine AS SELECT 1",
        "DROP TABLE lake.catalog.products",
        "DELETE FROM lake.catalog.products",
    ],
)
def test_nothing_else_can_be_done(reader: LakeReader, place: Path, statement: str) -> None:
    before = sorted(path.relative_to(place) for path in place.rglob("*"))
    with pytest.raises(duckdb.Error) as caught:
        reader.cursor().execute(statement.format(place=place)).fetchall()
    assert "canary" not in str(caught.value)
    assert sorted(path.relative_to(place) for path in place.rglob("*")) == before


def test_the_lock_holds_for_every_cursor(reader: LakeReader) -> None:
    rows = reader.cursor().execute(
        "SELECT name, value FROM duckdb_settings() WHERE name IN ('enable_external_access', 'lock_configuration')"
    )
    assert dict(rows.fetchall()) == {"enable_external_access": "false", "lock_configuration": "true"}
