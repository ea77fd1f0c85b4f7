"""The three routes that probes and Prometheus ask, the same in the app and in the engine's listener."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from syncengine import __version__
from syncengine.errors import CatalogSyncError
from syncengine.inspection.view import CatalogView
from syncengine.monitoring.health import Readiness, readiness
from syncengine.monitoring.metrics import Metrics

_NOT_STORED = {"Cache-Control": "no-store"}


def monitoring_routes(view: Callable[[], CatalogView]) -> list[BaseRoute]:
    """`/healthz`, `/readyz` and `/metrics` over the view that `view` gives when first asked."""
    metrics = Metrics(view)

    async def healthz(_request: Request) -> Response:
        """The process is up; says nothing of the engine or the lake."""
        return _json({"status": "ok", "version": __version__})

    def look() -> Readiness:
        try:
            return readiness(view())
        except CatalogSyncError as error:  # settings that cannot be used
            return Readiness(ready=False, reasons=(error.message,))

    async def readyz(_request: Request) -> Response:
        """Ready, or 503 with the reasons."""
        found = await run_in_threadpool(look)
        body = {"status": "ready" if found.ready else "not ready", "reasons": list(found.reasons)}
        return _json(body, 200 if found.ready else 503)

    async def numbers(_request: Request) -> Response:
        """Everything that is counted, as Prometheus reads it."""
        text = await run_in_threadpool(metrics.exposition)
        return Response(text, headers=_NOT_STORED | {"Content-Type": CONTENT_TYPE_LATEST})

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", numbers)]


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, headers=_NOT_STORED, media_type="application/json")
