"""The answers of requests that a fault strikes before, or while, they are answered."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from email.utils import formatdate

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from syncengine.demo.store.errors import ApiError, internal
from syncengine.demo.store.process import CONNECTION
from syncengine.demo.store.wire import to_json

_JSON = {"Content-Type": "application/json; charset=utf-8"}
_HTML = {"Content-Type": "text/html; charset=UTF-8"}
_PAGE = b"<!doctype html>\n<html><head><title>%s</title></head><body><h1>%s</h1></body></html>\n"
_PAGES: dict[str, tuple[int, bytes, dict[str, str]]] = {
    "status-403": (403, b"403 Forbidden", {}),
    "status-404": (404, b"404 Not Found", {}),
    "status-429": (429, b"429 Too Many Requests", {"Retry-After": "1"}),
    "status-502": (502, b"502 Bad Gateway", {}),
    "status-503": (503, b"503 Service Unavailable", {"Retry-After": "1"}),
    "status-504": (504, b"504 Gateway Time-out", {}),
    "retry-after-hour": (503, b"503 Service Unavailable", {"Retry-After": "3600"}),
    "unacceptable": (500, b"There has been an error processing your request", {}),
    "html": (200, b"There has been an error processing your request", {}),
}
_BODIES: dict[str, tuple[int, str]] = {
    "status-400": (400, to_json(ApiError(400, "Invalid product data: %1", ["Invalid type"]).as_json())),
    "status-500": (500, to_json(internal(0x6B02E6ECED884).as_json())),
    "fatal-error": (500, to_json({"messages": {"error": [{"code": 500, "message": "Server internal error."}]}})),
    "empty-body": (200, ""),
    "wrong-shape": (200, to_json({"message": "all is well"})),
}
OTHER_HOST = "https://elsewhere.invalid/rest/V1/products"
DELAY_SECONDS = 0.5
TRICKLE_BYTES = 64
TRICKLE_SECONDS = 0.1


def _page(title: bytes) -> bytes:
    return _PAGE % (title, title)


def fault_answer(name: str) -> Response | None:
    """The whole answer of a fault that needs no catalog; None for one that spoils the real answer."""
    if name in _PAGES:
        status, title, headers = _PAGES[name]
        return Response(_page(title), status, {**_HTML, **headers})
    if name in _BODIES:
        status, body = _BODIES[name]
        return Response(body, status, _JSON)
    if name == "retry-after-date":
        soon = formatdate(time.time() + 1, usegmt=True)
        return Response(_page(b"503 Service Unavailable"), 503, {**_HTML, "Retry-After": soon})
    if name == "redirect":
        return Response(b"", 302, {"Location": OTHER_HOST})
    return _BREAKS[name]() if name in _BREAKS else None


class ResetResponse(Response):
    """Resets the connection; not a byte is answered."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Returns once the connection is gone."""
        connection = scope[CONNECTION]
        lingering = connection.get_extra_info("socket")
        lingering.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.abort()
        await _until_gone(receive)


class CutHeadersResponse(Response):
    """Sends half of a head and closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Returns once the connection is gone."""
        scope[CONNECTION].write(b"HTTP/1.1 200 OK\r\nContent-Type: appl")
        scope[CONNECTION].close()
        await _until_gone(receive)


class HangingResponse(Response):
    """Answers nothing for as long as the client waits."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Returns once the client has gone."""
        await _until_gone(receive)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


_BREAKS: dict[str, type[Response]] = {
    "reset": ResetResponse,
    "cut-headers": CutHeadersResponse,
    "hang": HangingResponse,
}


class CutResponse(Response):
    """Announces the whole body, sends half of it and closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Returns with the answer unfinished, upon which the server closes the connection."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})


class TrickleResponse(Response):
    """Sends the body in small pieces with pauses."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ends with the body; a client with a total deadline has gone long before."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        body = bytes(self.body)
        for at in range(0, len(body), TRICKLE_BYTES):
            await send({"type": "http.response.body", "body": body[at : at + TRICKLE_BYTES], "more_body": True})
            await asyncio.sleep(TRICKLE_SECONDS)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
