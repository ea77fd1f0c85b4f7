"""The read-only JSON API under /api: the same answers as the commands' --json, over the same functions."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from syncengine.errors import CatalogSyncError, Retriable
from syncengine.inspection.products import product_diff, product_story
from syncengine.inspection.runs import list_runs_json, run_json
from syncengine.inspection.status import feed_table, sync_status
from syncengine.inspection.view import CatalogView
from ui.launch import settings_in_force

Question = Callable[[CatalogView, Request], Any]


@cache
def the_view() -> CatalogView:
    """The read side that all routes of this process share. Raises: SettingsError."""
    return CatalogView(settings_in_force())


def _answered(question: Question) -> Callable[[Request], Any]:
    """An endpoint that asks on a worker thread; our errors keep their shape and get a fitting status."""

    async def endpoint(request: Request) -> Response:
        headers = {"Cache-Control": "no-store"}
        try:
            answer = await run_in_threadpool(lambda: question(the_view(), request))
        except CatalogSyncError as error:
            status = 503 if isinstance(error, Retriable) else 404 if error.code in ("CS1004", "CS1005") else 400
            return JSONResponse({"error": error.as_json()}, status, headers=headers)
        return JSONResponse(answer, headers=headers)

    return endpoint


API_ROUTES: list[BaseRoute] = [
    Route("/status", _answered(lambda view, _: sync_status(view).as_json())),
    Route("/feeds", _answered(lambda view, _: [row.as_json() for row in feed_table(view)])),
    Route("/runs", _answered(lambda view, _: list_runs_json(view))),
    Route("/runs/{run_id}", _answered(lambda view, request: run_json(view, request.path_params["run_id"]))),
    Route(
        "/products/{sku:path}/diff", _answered(lambda view, ask: product_diff(view, ask.path_params["sku"]).as_json())
    ),
    Route("/products/{sku:path}", _answered(lambda view, ask: product_story(view, ask.path_params["sku"]).as_json())),
]
