"""Routes beside the pages. `/api` and `/metrics` are to be mounted here, as further entries of ROUTES.

Any path that is not listed answers 200 with the app itself: a probe must read the body.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from syncengine import __version__


async def healthz(_request: Request) -> JSONResponse:
    """The process is up; says nothing of the engine or the lake."""
    return JSONResponse({"status": "ok", "version": __version__}, headers={"Cache-Control": "no-store"})


ROUTES: list[BaseRoute] = [Route("/healthz", healthz, methods=["GET"])]
