"""Every answer validates against the published schema, but for the mismatches of the real API that its README lists."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from .asking import Api

pytestmark = pytest.mark.shared

# (last key of the path, value or type) that the real API answers and the schema refuses.
KNOWN = {
    "value": "a list for category_ids, where the schema says string",
    "low_stock_date": "null until stock runs low",
    "price_type": "null for a dynamic bundle's link",
    "sample_type": "null for a link without a sample",
    "price_to": "null for an open-ended price",
    "price_from": "null for a special price without a date",
    "qty": "null where stock is not managed (a downloadable)",
}
SEARCHES = (
    "/V1/products",
    "/V1/products/attributes",
    "/V1/products/attribute-sets/sets/list",
    "/V1/eav/attribute-sets/list",
    "/V1/categories/list",
    "/V1/customerGroups/search",
    "/V1/inventory/source-items",
    "/V1/inventory/sources",
    "/V1/inventory/stocks",
    "/V1/inventory/stock-source-links",
)
PLAIN = ("/V1/store/websites", "/V1/store/storeGroups", "/V1/store/storeViews", "/V1/store/storeConfigs")
LOOKUPS = (
    "/V1/products/base-prices-information",
    "/V1/products/special-price-information",
    "/V1/products/tier-prices-information",
)


@cache
def _contract(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return document


class Contract:
    """The schema of each path's answer."""

    def __init__(self, shared: Path) -> None:
        self._document = _contract(shared / "contracts" / "commerce-admin-2.4.9.yaml")

    def problems(self, path: str, method: str, answer: Any, status: str = "200") -> list[str]:
        responses = self._document["paths"][path][method]["responses"]
        schema = (responses.get(status) or responses["default"])["schema"]
        validator = jsonschema.Draft4Validator({**schema, "definitions": self._document["definitions"]})
        return [
            f"{'/'.join(map(str, error.absolute_path))}: {error.message[:120]}"
            for error in validator.iter_errors(answer)
            if not _is_known(error)
        ]


def _is_known(error: jsonschema.ValidationError) -> bool:
    place = list(error.absolute_path)
    if not place or error.validator != "type" or place[-1] not in KNOWN:
        return False
    return error.instance is None or (place[-1] == "value" and isinstance(error.instance, list))


@pytest.fixture
def contract(shared: Path) -> Contract:
    return Contract(shared)


@pytest.fixture(params=["shop", "luma"])
def api(request: pytest.FixtureRequest) -> Api:
    store: Api = request.getfixturevalue(request.param)
    return store


@pytest.mark.parametrize("path", SEARCHES)
@pytest.mark.parametrize("scope", ["all", "default"])
def test_a_search_answers_as_the_schema_says(api: Api, contract: Contract, path: str, scope: str) -> None:
    answer = api.get(f"/rest/{scope}{path}?searchCriteria=")
    assert answer["items"]
    assert contract.problems(path, "get", answer) == []


@pytest.mark.parametrize("path", PLAIN)
def test_a_store_list_answers_as_the_schema_says(api: Api, contract: Contract, path: str) -> None:
    assert contract.problems(path, "get", api.get(f"/rest{path}")) == []


@pytest.mark.parametrize("path", LOOKUPS)
def test_a_price_look_up_answers_as_the_schema_says(api: Api, contract: Contract, path: str) -> None:
    answer = api.post(f"/rest{path}", {"skus": list(api.products())})
    assert contract.problems(path, "post", answer) == []


def test_single_products_of_every_type_answer_as_the_schema_says(api: Api, contract: Contract) -> None:
    first = {record["type_id"]: sku for sku, record in api.products().items() if "/" not in sku}
    for sku in first.values():
        answer = api.get(f"/rest/default/V1/products/{sku}")
        assert contract.problems("/V1/products/{sku}", "get", answer) == []
    children = api.get(f"/rest/V1/configurable-products/{first['configurable']}/children")
    assert children
    assert contract.problems("/V1/configurable-products/{sku}/children", "get", children) == []


def test_trees_attributes_and_stock_answer_as_the_schema_says(api: Api, contract: Contract) -> None:
    sku = next(sku for sku, record in api.products().items() if record["type_id"] == "simple")
    for path, arguments in (
        ("/V1/categories", ""),
        ("/V1/categories/{categoryId}", "3"),
        ("/V1/products/attributes/{attributeCode}", "color"),
        ("/V1/products/attributes/{attributeCode}/options", "color"),
        ("/V1/products/attribute-sets/{attributeSetId}/attributes", "9"),
        ("/V1/stockItems/{productSku}", sku),
    ):
        start, brace, rest = path.partition("{")
        asked = start + arguments + rest.partition("}")[2] if brace else path
        assert contract.problems(path, "get", api.get(f"/rest{asked}")) == [], path


def test_a_view_with_translations_answers_as_the_schema_says(shop: Api, contract: Contract) -> None:
    answer = shop.get("/rest/fr/V1/products?searchCriteria=")
    assert contract.problems("/V1/products", "get", answer) == []


def test_an_error_without_parameters_is_the_schema_s_error(shop: Api, contract: Contract) -> None:
    answer = shop.answer("/rest/V1/products/no-such-sku")
    assert contract.problems("/V1/products/{sku}", "get", answer.json(), "default") == []
    assert answer.status_code == 404
