from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from syncengine.demo.services.holdings import Holdings
from syncengine.demo.services.optimizer.keeping import Keeper

EN, FR = {"locale": "en"}, {"locale": "fr"}


class Tenant:
    """A keeper and what it keeps."""

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings
        self._space_id = holdings.space_id("commerce-optimizer", "t")
        self.keeper = Keeper(holdings, self._space_id)

    def held(self, resource: str) -> list[dict[str, Any]]:
        rows = self._holdings.page(self._space_id, resource, after=0, limit=100, deleted=False)
        return [orjson.loads(payload) for _, payload in rows]


@pytest.fixture
def tenant() -> Iterator[Tenant]:
    holdings = Holdings()
    yield Tenant(holdings)
    holdings.close()


def book(name: str, parent: str | None = None) -> dict[str, Any]:
    return {"priceBookId": name, "name": name, **({"currency": "USD"} if parent is None else {"parentId": parent})}


def price(sku: str, name: str) -> dict[str, Any]:
    return {"sku": sku, "priceBookId": name, "regular": 1}


def test_a_record_replaces_the_one_of_its_identity(tenant: Tenant) -> None:
    first, other = {"sku": "A", "source": EN, "name": "old", "slug": "a"}, {"sku": "A", "source": FR, "name": "fr"}
    tenant.keeper.replace("products", [first, other, {"sku": "A", "source": EN, "name": "new"}])
    assert tenant.held("products") == [{"sku": "A", "source": EN, "name": "new"}, other]


def test_a_partial_update_merges_objects_and_replaces_lists(tenant: Tenant) -> None:
    tags = {"title": "t", "keywords": ["a", "b"]}
    tenant.keeper.replace("products", [{"sku": "A", "source": EN, "name": "n", "metaTags": tags, "links": [1, 2]}])
    change = {"sku": "A", "source": EN, "metaTags": {"title": "u"}, "links": [3]}
    assert tenant.keeper.merge("products", [change, {"sku": "B", "source": EN}]) == 1
    merged = {"title": "u", "keywords": ["a", "b"]}
    assert tenant.held("products") == [{"sku": "A", "source": EN, "name": "n", "metaTags": merged, "links": [3]}]


def test_a_price_without_its_book_has_no_effect(tenant: Tenant) -> None:
    assert tenant.keeper.replace("products/prices", [price("A", "base")]) == 1
    tenant.keeper.replace("price-books", [book("base")])
    assert tenant.keeper.replace("products/prices", [price("A", "base")]) == 0
    assert tenant.held("products/prices") == [price("A", "base")]


def test_a_price_book_needs_its_parent_and_hangs_three_levels_deep_at_most(tenant: Tenant) -> None:
    chain = [book("0"), *(book(str(level), str(level - 1)) for level in range(1, 5))]
    assert tenant.keeper.replace("price-books", [book("x", "nobody"), *chain]) == 2
    assert [one["priceBookId"] for one in tenant.held("price-books")] == ["0", "1", "2", "3"]


def test_a_deleted_price_book_takes_its_children_and_all_their_prices_along(tenant: Tenant) -> None:
    tenant.keeper.replace("price-books", [book("base"), book("child", "base"), book("other")])
    tenant.keeper.replace("products/prices", [price("A", "base"), price("A", "child"), price("A", "other")])
    assert tenant.keeper.delete("price-books", [{"priceBookId": "base"}]) == 0
    assert tenant.held("price-books") == [book("other")]
    assert tenant.held("products/prices") == [price("A", "other")]


def test_a_deleted_category_takes_what_is_below_along_in_its_locale(tenant: Tenant) -> None:
    slugs = [{"slug": slug, "source": EN, "name": "n"} for slug in ("men", "men/pants", "mentor")]
    tenant.keeper.replace("categories", [*slugs, {"slug": "men/pants", "source": FR, "name": "n"}])
    tenant.keeper.delete("categories", [{"slug": "men", "source": EN}])
    left = [(one["slug"], one["source"]["locale"]) for one in tenant.held("categories")]
    assert left == [("mentor", "en"), ("men/pants", "fr")]


def test_deleting_what_is_not_there_has_no_effect(tenant: Tenant) -> None:
    assert tenant.keeper.delete("products", [{"sku": "A", "source": EN}]) == 1
