"""The answers of requests that a fault strikes before, or while, they are answered."""

from __future__ import annotations

import asyncio

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from syncengine.demo.store.errors import internal
from syncengine.demo.store.wire import to_json

_JSON = {"Content-Type": "application/json; charset=utf-8"}
_HTML = {"Content-Type": "text/html; charset=UTF-8"}
_PAGE = b"<!doctype html>\n<html><head><title>%s</title></head><body><h1>%s</h1></body></html>\n"
TRICKLE_BYTES = 64
TRICKLE_SECONDS = 0.1


def _page(title: bytes) -> bytes:
    return _PAGE % (title, title)


def fault_answer(name: str) -> Response | None:
    """The whole answer of a fault that needs no catalog; None for one that spoils the real answer."""
    if name == "status-500":
        return Response(to_json(internal(0x6B02E6ECED884).as_json()), 500, _JSON)
    if name == "status-503":
        return Response(_page(b"503 Service Unavailable"), 503, {**_HTML, "Retry-After": "1"})
    if name == "status-429":
        return Response(_page(b"429 Too Many Requests"), 429, {**_HTML, "Retry-After": "1"})
    if name == "unacceptable":
        return Response(_page(b"There has been an error processing your request"), 500, _HTML)
    if name == "html":
        return Response(_page(b"There has been an error processing your request"), 200, _HTML)
    return None


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
