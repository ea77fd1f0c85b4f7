"""Every request of a whole read is one that the published admin contract knows."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest

from catalog.fake_store import FakeStore, Request
from catalog.reading import read

pytestmark = pytest.mark.shared

OUTSIDE = {  # optional, and outside the cut of the contract that is beside the project
    "/V1/catalogSync/categoryPermissions",
    "/V1/inventory/dump-stock-index-data/website/base",
}


@pytest.fixture(scope="module")
def operations(shared) -> dict[str, dict[str, Any]]:
    """The GET operations by path, and the look-ups, which are POST."""
    contract = yaml.safe_load((shared / "contracts/commerce-admin-2.4.9.yaml").read_text())
    found = {path: methods.get("get") for path, methods in contract["paths"].items()}
    found |= {path: methods["post"] for path, methods in contract["paths"].items() if path.endswith("-information")}
    return {path: operation for path, operation in found.items() if operation}


@pytest.fixture(scope="module")
def openapi(operations) -> OpenAPI:
    """The same operations as OpenAPI 3, which openapi-core validates; the contract itself is Swagger 2."""

    def converted(parameter: dict[str, Any]) -> dict[str, Any]:
        schema = {key: parameter[key] for key in ("type", "format", "items", "enum") if key in parameter}
        return {
            "name": parameter["name"],
            "in": parameter["in"],
            "required": parameter.get("required", False),
            "schema": schema or {"type": "string"},
        }

    paths: dict[str, Any] = {}
    for path, operation in operations.items():
        parameters = operation.get("parameters", [])
        bodies = [p["schema"] for p in parameters if p["in"] == "body"]
        paths[path] = {
            "post" if bodies else "get": {
                "parameters": [converted(p) for p in parameters if p["in"] in ("query", "path")],
                "responses": {"200": {"description": "Success"}},
                **({"requestBody": {"content": {"application/json": {"schema": bodies[0]}}}} if bodies else {}),
            }
        }
    info = {"title": "the admin contract", "version": "2.4.9"}
    return OpenAPI.from_dict({"openapi": "3.0.3", "info": info, "paths": paths})


def template_of(path: str, operations: dict[str, dict[str, Any]]) -> str | None:
    if path in operations:
        return path
    for template in operations:
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            return template
    return None


def problems(request: Request, operation: dict[str, Any]) -> list[str]:
    """What the contract says against the query, indices of lists and the general `fields` aside."""
    declared = {p["name"]: p for p in operation.get("parameters", []) if p["in"] == "query"}
    found = []
    for name, value in request.query.items():
        general = re.sub(r"\[\d+\]", "[0]", name)
        parameter = declared.get(general)
        if general == "fields" or (general == "searchCriteria" and not value):
            continue
        if parameter is None:
            found.append(f"{name} is not declared")
        elif parameter.get("type") == "integer" and not value.isdigit():
            found.append(f"{name} is no integer")
    found += [f"{name} is missing" for name, p in declared.items() if p.get("required") and name not in request.query]
    return found


@pytest.mark.parametrize("options", [{}, {"max_page_size": 2}, {"is_unsorted_stable": False, "max_page_size": 2}])
def test_every_request_is_valid_by_the_contract(open_store, operations, openapi, tmp_path, options) -> None:
    store = FakeStore(**options)

    read(open_store(store), tmp_path)
    open_store(store).read_changes(tmp_path)

    assert len({request.path for request in store.log}) >= 10
    for request in store.log:
        if request.path in OUTSIDE:
            continue
        template = template_of(request.path, operations)
        assert template is not None, request.path
        assert problems(request, operations[template]) == [], request
        body = {"data": json.dumps(request.body).encode()} if request.method == "POST" else {}
        method = request.method.lower()
        openapi.validate_request(MockRequest("http://shop.example", method, request.path, args=request.query, **body))


def test_the_contract_refuses_what_it_should(openapi) -> None:
    look_up = "/V1/products/tier-prices-information"
    with pytest.raises(OpenAPIError):
        openapi.validate_request(MockRequest("http://shop.example", "post", look_up, data=b'{"skus": "a"}'))
    wrong = {"searchCriteria[pageSize]": "many"}
    with pytest.raises(OpenAPIError):
        openapi.validate_request(MockRequest("http://shop.example", "get", "/V1/products", args=wrong))
