"""The JSON API under /api: what the commands answer with --json, and what can be asked for."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from functools import cache
from itertools import chain
from typing import TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Match, Mount, Route

from syncengine.access.pace import WritePace
from syncengine.errors import CatalogSyncError
from syncengine.inspection.download import MEDIA_TYPES, Download
from syncengine.inspection.view import CatalogView
from syncengine.settings import Settings
from ui.api_errors import HEADERS, error_response, json_response
from ui.api_guard import Guard
from ui.api_route import ApiRoute, WrongParameterError
from ui.api_write import write_routes
from ui.launch import settings_in_force
from ui.openapi import ROUTES, description


@cache
def the_view() -> CatalogView:
    """The read side that all routes of this process share. Raises: SettingsError."""
    return CatalogView(settings_in_force())


def endpoint_of(route: ApiRoute) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that asks the route's question on a worker thread."""

    def asked(request: Request) -> Response:
        values = route.values(request.path_params, request.query_params)
        answer = route.question(the_view(), values)
        return _file(answer, values["format"]) if route.is_download else json_response(answer)

    async def endpoint(request: Request) -> Response:
        try:
            return await run_in_threadpool(asked, request)
        except CatalogSyncError as error:
            return error_response(error)

    return endpoint


def _file(download: Download, kind: str) -> Response:
    """A file, sent while it is made; an error before its first bytes is still an error."""
    chunks = download.chunks(kind)
    first = next(chunks, b"")
    sent: Iterator[bytes] = chain([first], chunks)
    name = "".join(mark if (mark.isalnum() and mark.isascii()) or mark in "-_" else "_" for mark in download.name)
    return StreamingResponse(
        sent,
        media_type=MEDIA_TYPES[kind],
        headers={**HEADERS, "Content-Disposition": f'attachment; filename="{name}.{kind}"'},
    )


async def _openapi(_request: Request) -> Response:
    """The description of all of this."""
    return json_response(description())


async def _nothing_here(request: Request) -> Response:
    """No route of the API: said as an error, for else the app's own page would answer."""
    path = f"/api/{request.path_params['path'][:60]}"
    for route in API_ROUTES:
        if route.matches(request.scope)[0] is Match.PARTIAL:
            methods = ", ".join(sorted(route.methods or ()))
            answer = error_response(WrongParameterError(f"`{path}` takes {methods} only.", hint=""), status=405)
            answer.headers["Allow"] = methods
            return answer
    return error_response(WrongParameterError(f"There is no `{path}`.", hint="See /api/openapi.json."), status=404)


def guarded_settings() -> Settings:
    """The settings that the guard goes by: those of the routes. Raises: SettingsError."""
    return the_view().settings


@cache
def write_pace() -> WritePace:
    """What was written through this process within the last minute."""
    return WritePace()


Placed = TypeVar("Placed", Route, Mount)


def any_text(route: Placed) -> Placed:
    """The route, matching line ends as well: a SKU may hold one, and else the app's own page would answer."""
    route.path_regex = re.compile(route.path_regex.pattern, re.DOTALL)
    return route


API_ROUTES: list[Route] = [
    Route("/openapi.json", _openapi, methods=["GET"]),
    *(Route(route.starlette_path, endpoint_of(route), methods=["GET"]) for route in ROUTES),
    *write_routes(the_view),
    Route("/{path:path}", _nothing_here, methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]),
]
for _route in API_ROUTES:
    any_text(_route)
API_GUARD = Middleware(Guard, settings=guarded_settings, pace=write_pace)
