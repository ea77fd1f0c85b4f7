"""Every request of a whole read is one that the published admin contract knows."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from catalog.fake_store import FakeStore, Request
from catalog.reading import read

pytestmark = pytest.mark.shared

OUTSIDE = {  # optional, and outside the cut of the contract that is beside the project
    "/V1/catalogSync/categoryPermissions",
    "/V1/inventory/dump-stock-index-data/website/base",
}


@pytest.fixture(scope="module")
def operations(shared) -> dict[str, dict[str, Any]]:
    """The GET operations by path."""
    contract = yaml.safe_load((shared / "contracts/commerce-admin-2.4.9.yaml").read_text())
    return {path: methods["get"] for path, methods in contract["paths"].items() if "get" in methods}


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
def test_every_request_is_valid_by_the_contract(open_store, operations, tmp_path, options) -> None:
    store = FakeStore(**options)

    read(open_store(store), tmp_path)

    assert len({request.path for request in store.log}) >= 10
    for request in store.log:
        if request.path in OUTSIDE:
            continue
        template = template_of(request.path, operations)
        assert template is not None, request.path
        assert problems(request, operations[template]) == [], request
