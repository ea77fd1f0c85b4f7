"""The answers of faults that are the same for every API that the services offer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from syncengine.demo.services.connections import reset_connection
from syncengine.demo.services.faults import Fault

HTML = b"<!doctype html><html><head><title>Please wait</title></head><body><h1>Please wait</h1></body></html>"
SPOILED = frozenset({"lost-answer", "cut-answer", "slow-body"})


def throttled(status: int, seconds: int) -> Response:
    """A page of HTML that asks to wait."""
    return Response(HTML, status, headers={"Retry-After": str(seconds)}, media_type="text/html")


async def answer_instead(request: Request, fault: Fault, *, retry_after_seconds: int) -> Response | None:
    """What comes in place of an answer, with nothing applied; None when the API has a form of its own for it."""
    if fault.name == "reset-after-read":
        return await reset_connection(request)
    if fault.name == "html-200":
        return Response(HTML, media_type="text/html")
    if fault.name == "empty-200":
        return Response(b"", media_type="application/json")
    if fault.name == "redirect":
        return Response(status_code=307, headers={"Location": "http://elsewhere.invalid/feeds"})
    if fault.status is not None and fault.status < 400:
        return Response(status_code=fault.status)
    if fault.status in (429, 503):
        return throttled(fault.status, retry_after_seconds)
    return None


async def spoil(request: Request, fault: Fault, answer: bytes, *, slow_seconds: float) -> Response:
    """What becomes on the way of a true answer, after the batch was applied; one of SPOILED."""
    if fault.name == "lost-answer":
        return await reset_connection(request)
    headers = {"Content-Length": str(len(answer))}
    chunks = _cut(request, answer) if fault.name == "cut-answer" else _trickle(answer, slow_seconds)
    return StreamingResponse(chunks, headers=headers, media_type="application/json")


async def _cut(request: Request, answer: bytes) -> AsyncIterator[bytes]:
    yield answer[: len(answer) // 2]
    await asyncio.sleep(0.05)
    await reset_connection(request)


async def _trickle(answer: bytes, slow_seconds: float) -> AsyncIterator[bytes]:
    for position in range(len(answer)):
        yield answer[position : position + 1]
        await asyncio.sleep(slow_seconds / len(answer))
