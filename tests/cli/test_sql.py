"""`catalog-sync sql`."""

from __future__ import annotations

import io

import pytest
from inspection.lake_of import LakeOf, product

from .reading import Commands


def test_sql_prints_row_objects(commands: Commands, lake: LakeOf, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.synced(products=[product("a", price="1.50"), product("b")])
    question = "SELECT sku, price, modified_at FROM products ORDER BY sku"
    ended = commands("sql", question, "--json")
    assert ended.code == 0
    assert ended.json[0] == {"sku": "a", "price": 1.5, "modified_at": "2026-05-04T09:00:00"}
    assert commands("sql", question).out.splitlines()[0] == "sku\tprice\tmodified_at"
    assert commands("sql", question, "--format", "csv").out.startswith("sku,price,modified_at\na,1.5")
    monkeypatch.setattr("sys.stdin", io.StringIO("SELECT 1 AS one"))
    assert commands("sql", "-", "--json").json == [{"one": 1}]


def test_what_would_write_is_a_usage_error(commands: Commands, lake: LakeOf) -> None:
    lake.synced(products=[product("a")])
    ended = commands("sql", "DROP TABLE lake.catalog.products", "--json")
    assert (ended.code, ended.json["error"]["code"]) == (2, "CS1007")
