"""SQL over the published lake: what is answered, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncengine.errors import LakeUnavailableError
from syncengine.inspection.questions import VIEWS, QuestionRefusedError, ask
from syncengine.inspection.view import CatalogView

from .lake_of import LakeOf, product

DOC = Path(__file__).resolve().parents[2] / "docs" / "sql.md"


def test_a_question_is_answered_with_its_rows(seen: CatalogView) -> None:
    found = ask(seen, "SELECT state, count(*) AS items FROM product_states GROUP BY state ORDER BY state;")
    assert found.rows.to_dicts() == [
        {"state": "in_sync", "items": 5}, {"state": "rejected", "items": 2}, {"state": "retry", "items": 1},
        {"state": "unknown", "items": 1},
    ]  # fmt: skip
    assert not found.is_cut


@pytest.mark.parametrize("name", VIEWS)
def test_every_view_can_be_asked_and_is_documented(seen: CatalogView, name: str) -> None:
    columns = ask(seen, f"SELECT * FROM {name}").rows.columns
    text = DOC.read_text("utf-8")
    assert f"`{name}`" in text
    assert not [column for column in columns if column not in text]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM lake.catalog.products",
        "WITH a AS (SELECT 1) DELETE FROM lake.catalog.products",
        "CREATE TABLE x AS SELECT 1",
        "SELECT 1; SELECT 2",
        "COPY (SELECT 1) TO 'x.csv'",
        "ATTACH 'x.db'",
        "SET memory_limit = '9GB'",
        "EXPORT DATABASE 'x'",
        "INSTALL httpfs",
        "CALL ducklake_cleanup_old_files('lake')",
        "PRAGMA disable_checkpoint_on_shutdown",
        "EXPLAIN ANALYZE DELETE FROM lake.catalog.products",
        "",
        "SELEC 1",
        "SELECT * FROM nowhere",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM 'https://example.org/x.parquet'",
        "SELECT 'x'::INTEGER",
        "SELECT * FROM query('DELETE FROM lake.catalog.products')",
    ],
)
def test_what_is_not_one_reading_statement_is_refused(seen: CatalogView, worked: LakeOf, statement: str) -> None:
    before = sorted(path.name for path in worked.directory.published.iterdir())
    with pytest.raises(QuestionRefusedError):
        ask(seen, statement)
    assert sorted(path.name for path in worked.directory.published.iterdir()) == before
    assert ask(seen, "SELECT count(*) AS n FROM lake.catalog.products").rows["n"][0] == 9


def test_more_rows_than_asked_for_are_cut_and_said(seen: CatalogView) -> None:
    found = ask(seen, "SELECT * FROM range(10)", limit=3)
    assert (len(found.rows), found.is_cut) == (3, True)
    assert not ask(seen, "SELECT * FROM range(3)", limit=3).is_cut


def test_an_order_is_kept(seen: CatalogView) -> None:
    assert ask(seen, "SELECT * FROM range(5) t(i) ORDER BY i DESC", limit=2).rows["i"].to_list() == [4, 3]


def test_attributes_and_categories_are_rows(lake: LakeOf, view: CatalogView) -> None:
    values = {"attributes": [{"attributeCode": "color", "value": ["Red", "Blue"]}], "categories": ["men/tops"]}
    lake.synced(products=[product("a", **values), product("b")])
    assert ask(view, "SELECT sku, attribute_code, value FROM attribute_values").rows.rows() == [
        ("a", "color", "Red, Blue")
    ]
    assert ask(view, "SELECT sku, category FROM product_categories").rows.rows() == [("a", "men/tops")]


def test_before_the_first_sync_there_is_nothing_to_ask(view: CatalogView) -> None:
    with pytest.raises(LakeUnavailableError):
        ask(view, "SELECT 1")
