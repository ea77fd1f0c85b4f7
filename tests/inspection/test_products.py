"""The search over synced products and over the store catalog."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from syncengine.errors import SettingsError
from syncengine.inspection.products import MAX_TEXT, SORTS, ProductFilters, ProductQuery, search_products
from syncengine.inspection.view import CatalogView

from .lake_of import LakeOf, product


def skus(view: CatalogView, text: str = "", **options: object) -> list[str]:
    query = ProductQuery(text=text, **{"sort": "sku", "descending": False, **options})  # type: ignore[arg-type]
    return search_products(view, query).rows["sku"].to_list()


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> CatalogView:
    """Products that are hard to look for."""
    lake = LakeOf(tmp_path_factory.mktemp("shop"))
    lake.synced(
        products=[
            product("24-MB01", name="Joust Duffle Bag", productId=1, price="34.00"),
            product("24-MB011", name="Bag for 24-MB01", productId=2, price="12.50"),
            product("x24-mb01", name="Another", productId=3, price=None),
            product("100%", name="50% off_all", productId=4),
            product("a_b", name="Ärmellos Über", productId=5, type="configurable"),
            product("quo'te\"; DROP", name='it\'s "quoted" \\', productId=6),
            product("-dash", name="*bold* :red[x] [link](x)", productId=7, visibility="Catalog"),
            product("emoji", name="Café 🚲 \u200bzero", productId=789),
        ]
    )
    lake.close()
    return CatalogView(lake.settings)


def test_before_the_first_sync_there_is_nothing_and_no_error(view: CatalogView) -> None:
    page = search_products(view, ProductQuery(text="a"))
    assert page.total == 0
    assert page.rows.columns[:8] == [
        "id", "name", "type", "last_exported", "last_modified", "sku", "price", "visibility",
    ]  # fmt: skip
    assert page.as_json() == {"total": 0, "items": []}


def test_the_two_sides_show_what_was_acknowledged_and_what_the_catalog_says(seen: CatalogView) -> None:
    assert skus(seen) == ["busy", "changed", "new", "parent", "refused-now", "same", "same"]
    assert skus(seen, side="catalog") == [
        "busy", "changed", "lost", "new", "parent", "refused", "refused-now", "same", "same",
    ]  # fmt: skip


def test_a_synced_product_is_shown_as_it_was_acknowledged(seen: CatalogView) -> None:
    assert search_products(seen, ProductQuery(text="busy")).rows["name"][0] == "Name of busy"
    assert search_products(seen, ProductQuery(text="busy", side="catalog")).rows["name"][0] == "Later"


def test_times_are_aware_and_prices_exact(seen: CatalogView) -> None:
    (row,) = search_products(seen, ProductQuery(text="changed")).rows.to_dicts()
    assert row["last_exported"] == datetime(2026, 5, 4, 12, 17, tzinfo=UTC)
    assert row["last_modified"] == datetime(2026, 5, 4, 11, 40, tzinfo=UTC)
    assert row["price"] == Decimal("10.0000")


def test_the_json_has_the_promised_keys(seen: CatalogView) -> None:
    (item,) = search_products(seen, ProductQuery(text="new", side="catalog")).as_json()["items"]
    assert list(item) == [
        "id", "name", "type", "last_exported", "last_modified", "sku", "price", "visibility", "store_view", "state",
    ]  # fmt: skip
    assert item["last_exported"] == "2026-05-04T12:17:00+00:00"
    assert item["price"] is None


def test_an_exact_sku_comes_first_then_skus_that_begin_so(shop: CatalogView) -> None:
    for descending in (True, False):
        assert skus(shop, "24-mb01", descending=descending) == ["24-MB01", "24-MB011", "x24-mb01"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("DUFFLE", ["24-MB01"]),
        ("ÄRMEL", ["a_b"]),
        ("über", ["a_b"]),
        ("789", ["emoji"]),
        ("%", ["100%"]),
        ("_", ["100%", "a_b"]),
        ("a_b", ["a_b"]),
        ("'te\"; DROP", ["quo'te\"; DROP"]),
        ("\\", ["quo'te\"; DROP"]),
        ("-dash", ["-dash"]),
        ("🚲", ["emoji"]),
        (".*", []),
        ("  duffle  ", ["24-MB01"]),
        ("24-MB01\nJoust", []),
        ("duf\0fle", ["24-MB01"]),
        ("\ud800", None),
        ("duffle\udfff", ["24-MB01"]),
        ("\0", None),
        ("z" * 100_000, []),
    ],
)
def test_text_is_taken_literally(shop: CatalogView, text: str, found: list[str] | None) -> None:
    everything = 8
    page = search_products(shop, ProductQuery(text=text, sort="sku", descending=False))
    if found is None:  # nothing is left to look for
        assert page.total == everything
    else:
        assert page.rows["sku"].to_list() == found
        assert page.total == len(found)


def test_long_text_is_cut() -> None:
    assert len(ProductQuery(text="é" * 1000).needle) == MAX_TEXT


def test_filters_narrow_and_facets_say_what_else_there_is(seen: CatalogView) -> None:
    page = search_products(seen, ProductQuery(side="catalog", states=("in_sync",), types=("simple",)))
    assert page.total == len(page.rows) == 4
    assert page.facets["state"] == {"in_sync": 4, "rejected": 2, "retry": 1, "unknown": 1}
    assert page.facets["type"] == {"configurable": 1, "simple": 4}
    assert page.facets["visibility"] == {"Catalog, Search": 4}


def test_a_facet_counts_exactly_the_rows_behind_it(seen: CatalogView) -> None:
    for text in ("", "re"):
        facets = search_products(seen, ProductQuery(text=text, side="catalog")).facets
        for state, count in facets["state"].items():
            page = search_products(seen, ProductQuery(text=text, side="catalog", states=(state,)))
            assert page.total == len(page.rows) == count


def test_a_store_view_narrows_rows_and_facets(seen: CatalogView) -> None:
    page = search_products(seen, ProductQuery(store_view="french"))
    assert (page.total, page.rows["name"].to_list()) == (1, ["Le même"])
    assert page.facets["type"] == {"simple": 1}


def test_values_of_filters_are_values_and_not_sql(seen: CatalogView) -> None:
    page = search_products(seen, ProductQuery(store_view="' OR true --", types=("') OR true --",)))
    assert page.total == 0


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("text", ["", "e"])
def test_pages_of_any_order_are_the_whole_answer_in_order(
    shop: CatalogView, sort: str, descending: bool, text: str
) -> None:
    whole = search_products(shop, ProductQuery(text=text, sort=sort, descending=descending))
    paged = []
    for offset in range(0, whole.total + 3, 3):
        query = ProductQuery(text=text, sort=sort, descending=descending, limit=3, offset=offset)
        paged += search_products(shop, query).rows["sku"].to_list()
    assert paged == whole.rows["sku"].to_list()
    assert len(set(paged)) == whole.total
    column = [value for value in whole.rows[sort].to_list() if value is not None]
    if not text:
        assert column == sorted(column, reverse=descending)
        assert whole.rows[sort].to_list()[: len(column)] == column, "rows without a value come last"


def test_a_page_beyond_the_end_is_empty_and_still_counts(shop: CatalogView) -> None:
    page = search_products(shop, ProductQuery(offset=1_000_000))
    assert (page.total, len(page.rows)) == (8, 0)


@pytest.mark.parametrize(
    "wrong", [{"sort": "payload"}, {"sort": "sku; DROP"}, {"limit": 0}, {"limit": 10**6}, {"offset": -1}, {"side": "x"}]
)
def test_what_cannot_be_asked_is_a_usage_error(wrong: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        ProductQuery(**wrong)  # type: ignore[arg-type]


def test_an_unknown_destination_is_a_usage_error(seen: CatalogView) -> None:
    with pytest.raises(SettingsError):
        search_products(seen, ProductQuery(destination="nowhere"))


@pytest.mark.parametrize("more", [{}, {"more": ProductFilters(json_text="sku")}])
def test_an_exact_id_comes_first_too(lake: LakeOf, more: dict[str, Any]) -> None:
    lake.synced(products=[product("10-a", productId=77), product("z", productId=10), product("b-10", productId=5)])
    view = CatalogView(lake.settings)
    for _ in range(2):  # the second search looks in memory
        page = search_products(view, ProductQuery(text="10", sort="sku", descending=False, **more))
        assert page.rows["sku"].to_list() == ["z", "10-a", "b-10"]
