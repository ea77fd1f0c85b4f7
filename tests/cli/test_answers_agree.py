"""The commands' --json, the API and the functions give the same numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from inspection.lake_of import Answer, LakeOf, price, product
from starlette.applications import Starlette
from starlette.testclient import TestClient

import ui.api
from syncengine.inspection.runs import list_runs_json
from syncengine.inspection.status import feed_table, sync_status
from syncengine.inspection.view import CatalogView

from .reading import Commands

PASSING = ("at", "age_minutes", "heartbeat_at")  # what is another at the next moment


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LakeOf]:
    """A lake after two runs, the second with a rejection and an item that is to be tried again."""
    lake = LakeOf(tmp_path_factory.mktemp("filled"))
    lake.synced(products=[product(sku) for sku in ("a", "b", "c")], prices=[price("a", 10), price("b", 12)])
    lake.synced(
        products=[product("a", name="Another"), product("b"), product("d"), product("e")],
        prices=[price("a", 11)],
        answers={"d": Answer("rejected", "BAD", "no"), "e": Answer("retry", None, "busy", 503)},
    )
    yield lake
    lake.close()


@pytest.fixture(scope="module")
def api() -> Iterator[TestClient]:
    """The routes, with the view that the first question opens."""
    ui.api.the_view.cache_clear()
    with TestClient(Starlette(routes=ui.api.API_ROUTES)) as client:
        yield client
    ui.api.the_view.cache_clear()


def steady(answer: Any) -> Any:
    """An answer without what passes."""
    if isinstance(answer, dict):
        return {name: steady(value) for name, value in answer.items() if name not in PASSING}
    return [steady(value) for value in answer] if isinstance(answer, list) else answer


@pytest.mark.parametrize(
    ("words", "path"),
    [
        ("status", "status"),
        ("feeds", "feeds"),
        ("runs list", "runs?limit=20"),
        ("products search e", "products?q=e"),
        ("products search --catalog --state retry", "products?side=catalog&state=retry"),
        ("products show a", "products/a"),
        ("diff e", "products/e/diff"),
        ("why d", "products/d/why"),
        ("history a", "products/a/timeline"),
        ("diff --summary", "discrepancies"),
        ("changes --limit 100", "changes"),
        ("changes --hot-fields", "hot-fields"),
        ("changes --flapping", "flapping"),
        ("items search --feed prices", "items?feed=prices"),
        ("runs timeline", "timeline?limit=50"),
    ],
)
@pytest.mark.usefixtures("filled")
def test_a_command_and_a_route_answer_alike(commands: Commands, api: TestClient, words: str, path: str) -> None:
    told = api.get(f"/{path}")
    assert told.status_code == 200, told.text
    assert steady(commands(*words.split(), "--json").json) == steady(told.json())


def test_the_answers_about_a_run_are_alike_too(commands: Commands, api: TestClient, filled: LakeOf) -> None:
    run_id = list_runs_json(CatalogView(filled.settings))[0]["run_id"]
    for words, path in (("items", "items"), ("errors", "errors")):
        assert commands("runs", words, run_id, "--json").json == api.get(f"/runs/{run_id}/{path}").json()
    shown, told = commands("runs", "show", run_id, "--json").json, api.get(f"/runs/{run_id}").json()
    assert {name: shown[name] for name in told} == told


def test_the_functions_say_what_the_commands_and_the_routes_say(
    commands: Commands, api: TestClient, filled: LakeOf
) -> None:
    view = CatalogView(filled.settings)
    assert steady(api.get("/status").json()) == steady(sync_status(view).as_json())
    assert commands("feeds", "--json").json == [row.as_json() for row in feed_table(view)]
