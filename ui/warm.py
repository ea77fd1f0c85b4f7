"""What a server does once before its first page: import what pages need, and set it apart from what is collected.

Streamlit collects garbage after every run of a page, through all objects there are, and nobody else gets to work
meanwhile. Nearly all of them are modules, which stay: they are set apart. And one collection in some seconds is enough,
however many people look: between them Python collects by itself, as it always does.

It also tells the browser the whole theme with every run, out of some hundred options that it looks up each time: that
is made once, until the options are read again. And it listens on a socket of which asyncio does not know that it speaks
TCP: what a page is made of then waits up to 40 ms for the browser to acknowledge what came before. It is sent at once.
"""

from __future__ import annotations

import gc
import socket
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from streamlit import config
from streamlit.runtime import app_session
from streamlit.runtime.scriptrunner import script_runner
from streamlit.web.server.starlette import starlette_server

_DRAWS = "router"  # the one module of this folder that is a page, not a part of one
COLLECT_SECONDS = 10.0


class SparingCollector:
    """Stands where Streamlit's runner of scripts has the module `gc`, of which it uses `collect` only."""

    def __init__(self) -> None:
        self._next = 0.0

    def collect(self, generation: int = 2) -> int:
        """Collect, unless that was done some seconds ago."""
        now = time.monotonic()
        if now < self._next:
            return 0
        self._next = now + COLLECT_SECONDS
        return gc.collect(generation)


class MadeOnce:
    """Stands where Streamlit's session has a function that writes options of its configuration into a message."""

    def __init__(self, write: Callable[..., None]) -> None:
        self._write = write
        self._made: dict[tuple[str, ...], Any] = {}
        config.on_config_parsed(self._made.clear, force_connect=True)

    def __call__(self, message: Any, *section: str) -> None:
        """Write into the message what was written into the first of its kind."""
        made = self._made.get(section)
        if made is None:
            made = type(message)()
            self._write(made, *section)
            self._made[section] = made
        if made.ByteSize():
            message.MergeFrom(made)


def sending_at_once(bind: Callable[..., tuple[socket.socket, str]]) -> Callable[..., tuple[socket.socket, str]]:
    """The same, with a socket whose connections do not wait for small messages to become a larger one."""

    def bound(*given: Any) -> tuple[socket.socket, str]:
        listening, address = bind(*given)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # what it accepts inherits that
        return listening, address

    return bound


def _parts() -> list[str]:
    """With what these import, everything but the pages themselves."""
    modules = iter_modules([str(Path(__file__).parent)])
    return [f"ui.{module.name}" for module in modules if module.name != _DRAWS]


def warm() -> None:
    """Import the parts of the pages; later collections are few, and look only at what was made after this."""
    script_runner.gc = SparingCollector()  # type: ignore[attr-defined]
    app_session._populate_theme_msg = MadeOnce(app_session._populate_theme_msg)
    app_session._populate_config_msg = MadeOnce(app_session._populate_config_msg)
    starlette_server._bind_server_socket = sending_at_once(starlette_server._bind_server_socket)
    for name in ("pandas", *_parts()):  # DuckDB looks for pandas whenever a value is bound
        import_module(name)
    gc.collect()
    gc.freeze()
