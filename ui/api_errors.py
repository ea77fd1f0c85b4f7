"""What the API answers when something is wrong: one shape, and the status that fits."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.responses import Response

from syncengine.access.pace import TooOftenError
from syncengine.errors import CatalogSyncError, Retriable, SettingsError

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_STATUSES = {
    **dict.fromkeys(("CS1002", "CS1004", "CS1005", "CS1006", "CS1010"), 404),
    "CS1008": 401,
    "CS1009": 403,
    "CS1011": 409,
    "CS1012": 429,
}


def json_response(answer: Any, status: int = 200) -> Response:
    """An answer as JSON that nobody keeps."""
    return Response(orjson.dumps(answer, default=str), status, headers=HEADERS, media_type="application/json")


def error_response(error: CatalogSyncError, *, status: int | None = None) -> Response:
    """An error in its documented shape with the fitting status."""
    if status is None:
        status = _STATUSES.get(error.code, 400 if isinstance(error, SettingsError) else 500)
        if isinstance(error, Retriable):
            status = 503
    response = json_response({"error": error.as_json()}, status)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooOftenError):
        response.headers["Retry-After"] = str(error.retry_after)
    return response
