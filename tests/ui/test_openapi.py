"""The API does what its description says, whatever is asked of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.checks import CHECKS, load_all_checks
from starlette.applications import Starlette
from starlette.testclient import TestClient

import ui.api
from tests.ui.shop import Shop, copy_of
from ui.openapi import description
from ui.routes import ROUTES

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "fuzzing-token-0001"
APP = Starlette(routes=ROUTES)
load_all_checks()
CHECKED = CHECKS.get_by_names(
    ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"]
)
SCHEMA = schemathesis.openapi.from_dict(description())
SCHEMA.app = APP


def test_the_description_is_openapi_31() -> None:
    OpenAPIV31SpecValidator(description()).validate()


def test_the_committed_description_is_the_one_that_is_served() -> None:
    committed = json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))
    assert committed == json.loads(json.dumps(description())), "run `python -m ui.openapi > docs/openapi.json`"
    with TestClient(APP) as client:
        assert client.get("/api/openapi.json").json() == committed


@pytest.fixture(scope="module")
def fuzzed_shop(held_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop whose API anything may be asked of."""
    shop = copy_of(held_shop, tmp_path_factory.mktemp("fuzzed"))
    with pytest.MonkeyPatch.context() as patch:
        for key, value in shop.environment.items():
            patch.setenv(key, value)
        patch.setenv("CATALOG_SYNC_API__TOKENS__FUZZER__TOKEN", TOKEN)
        patch.setenv("CATALOG_SYNC_API__TOKENS__FUZZER__ROLE", "admin")
        patch.setenv("CATALOG_SYNC_API__WRITES_PER_MINUTE", "0")
        ui.api.the_view.cache_clear()
        yield shop
        ui.api.the_view.cache_clear()


@pytest.mark.usefixtures("fuzzed_shop")
@SCHEMA.parametrize()
@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_whatever_is_asked_is_answered_as_described(case: Any) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {TOKEN}"}, checks=CHECKED)
