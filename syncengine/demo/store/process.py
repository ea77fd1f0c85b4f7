"""A demo server's process: its socket, its ready line, its end."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

CONNECTION = "catalog_sync.connection"


class _OnConnection:
    """The application, told by its scope which connection a request came on."""

    def __init__(self, app: ASGIApp, connection: asyncio.Transport) -> None:
        self._app = app
        self._connection = connection

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[CONNECTION] = self._connection
        await self._app(scope, receive, send)


class _Protocol(H11Protocol):
    """Lets an answer end its connection by hand, as a broken network would."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(transport)
        self.app = _OnConnection(self.app, transport)


class _ReadyServer(uvicorn.Server):
    """Calls back with the port once it listens."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[int], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts, and says where."""
        await super().startup(sockets)
        if self.started and sockets:
            self._on_ready(sockets[0].getsockname()[1])


def make_server(app: ASGIApp, on_ready: Callable[[int], None]) -> uvicorn.Server:
    """A quiet loopback server for one application, with connections kept alive."""
    config = uvicorn.Config(
        app,
        http=_Protocol,
        log_level="critical",
        access_log=False,
        lifespan="off",
        ws="none",
        timeout_keep_alive=120,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    return _ReadyServer(config, on_ready)


def listen(port: int) -> socket.socket:
    """A loopback socket on `port`; 0 takes a free one. Raises: OSError when the port is taken.

    The protocol is named because asyncio switches Nagle's delay off only for sockets that say TCP; with it, every
    answer on a kept connection would wait 40 ms.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(128)
    except OSError:
        listening.close()
        raise
    return listening


def print_ready(port: int) -> None:
    """The one line that tells where the store listens."""
    sys.stdout.write(f"store ready http://127.0.0.1:{port}\n")
    sys.stdout.flush()


def run_server(server: uvicorn.Server, listening: socket.socket) -> None:
    """Serves until stopped; the socket is closed afterwards."""
    with listening:
        server.run(sockets=[listening])


def end_on_signals() -> None:
    """SIGINT and SIGTERM end the process through its `finally` blocks, with the codes of conventions: 130, 143.

    While it serves, uvicorn takes the signal, finishes the answers and hands it on to these handlers.
    """

    def end(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
