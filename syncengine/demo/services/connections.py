"""Reading a request to its end, and cutting a connection the hard way, which no ASGI message can do."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

from syncengine.demo.services.intake import RefusedError

MAX_WIRE_BYTES = 64 * 2**20
_NO_LINGER = struct.pack("ii", 1, 0)


class BreakableProtocol(H11Protocol):
    """uvicorn's own protocol, which a request can reach through its state."""

    def __init__(self, config: Any, server_state: Any, app_state: dict[str, Any], _loop: Any = None) -> None:
        super().__init__(config, server_state, {**app_state, "connection": self}, _loop)


async def reset_connection(request: Request) -> Response:
    """Send a TCP reset now. The answer returned reaches nobody."""
    transport = request.state.connection.transport
    raw: socket.socket = transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()
    while not request.state.connection.cycle.disconnected:
        await asyncio.sleep(0)
    return Response(status_code=500)


async def read_body(request: Request) -> bytes:
    """All of the body as it came over the wire: a sender cut off while sending reads no answer."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= MAX_WIRE_BYTES:
            chunks.append(chunk)
    if size > MAX_WIRE_BYTES:
        raise RefusedError(413, "too_large", f"the body is larger than {MAX_WIRE_BYTES} bytes")
    return b"".join(chunks)
