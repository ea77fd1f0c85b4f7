"""Routes beside the pages: health and the read-only API.

Any path that is not listed answers 200 with the app itself: a probe must read the body.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount, Route

from syncengine import __version__
from ui.api import API_ROUTES


async def healthz(_request: Request) -> JSONResponse:
    """The process is up; says nothing of the engine or the lake."""
    return JSONResponse({"status": "ok", "version": __version__}, headers={"Cache-Control": "no-store"})


ROUTES: list[BaseRoute] = [Route("/healthz", healthz, methods=["GET"]), Mount("/api", routes=API_ROUTES)]
