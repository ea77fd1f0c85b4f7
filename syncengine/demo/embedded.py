"""The demo store and services as child processes of whoever needs them, for as long as they are needed.

A child watches its standard input and ends with it. The pipe's other end is held by the parent alone, so the
child goes when the parent does, whatever ended the parent: no orphan, even after SIGKILL.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import runpy
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from syncengine.errors import DestinationUnreachableError, SourceUnreachableError
from syncengine.settings import Settings

HOST = "127.0.0.1"
STORE_TOKEN = "demo-token"  # noqa: S105  (the demo's own, known to everybody)
API_KEY = "demo-key"
ENVIRONMENT_ID = "demo-env"
START_SECONDS = 300.0
STOP_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedDemo:
    """Where the demo answers; `store_url` goes up to /rest, as the setting `source.url` does."""

    store_url: str
    store_token: str
    services_url: str
    api_key: str
    environment_id: str


@contextlib.contextmanager
def embedded_demo(
    settings: Settings, *, needs_store: bool = True, needs_services: bool = True
) -> Iterator[EmbeddedDemo]:
    """The demo store and services: those that answer on the configured ports, else started and stopped again.

    Their state is kept in `data_dir/demo/`. The address of one that is not needed is empty.
    Raises: SourceUnreachableError, DestinationUnreachableError when one cannot be started.
    """
    directory = settings.data_dir / "demo"
    if needs_store or needs_services:
        directory.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as started:
        store = services = ""
        if needs_store:
            store = started.enter_context(_store(settings, directory)) + "/rest"
        if needs_services:
            services = started.enter_context(_services(settings, directory))
        yield EmbeddedDemo(
            store_url=store,
            store_token=STORE_TOKEN,
            services_url=services,
            api_key=API_KEY,
            environment_id=ENVIRONMENT_ID,
        )


@contextlib.contextmanager
def _store(settings: Settings, directory: Path) -> Iterator[str]:
    port = settings.demo.store_port
    token = {"Authorization": f"Bearer {STORE_TOKEN}"}
    if _answers(port, "/rest/V1/store/websites", token):
        yield f"http://{HOST}:{port}"
        return
    arguments = [
        *("--port", str(_free_or_any(port))),
        *("--token", STORE_TOKEN),
        *("--products", str(settings.demo.products)),
        *("--seed", str(settings.demo.seed)),
        *("--state", str(directory / "store.sqlite")),
    ]
    with _child("syncengine.demo.store", "store", arguments, directory) as address:
        if address is None:
            raise SourceUnreachableError(
                "The demo store did not start.", hint=f"See `{directory / 'store.log'}` for its last words."
            )
        yield address


@contextlib.contextmanager
def _services(settings: Settings, directory: Path) -> Iterator[str]:
    port = settings.demo.services_port
    if _answers(port, "/health", {}):
        yield f"http://{HOST}:{port}"
        return
    arguments = [
        *("--port", str(_free_or_any(port))),
        *("--api-key", API_KEY),
        *("--environment-id", ENVIRONMENT_ID),
        *("--state", str(directory / "services.sqlite")),
    ]
    with _child("syncengine.demo.services", "services", arguments, directory) as address:
        if address is None:
            raise DestinationUnreachableError(
                "The demo services did not start.",
                hint=f"See `{directory / 'services.log'}` for their last words.",
            )
        yield address


def _answers(port: int, path: str, headers: Mapping[str, str]) -> bool:
    """Whether a demo server answers there."""
    if port == 0:
        return False
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", path, headers=dict(headers))
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _free_or_any(port: int) -> int:
    """`port`, or 0 (any) when something else listens there."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.connect()
    except OSError:
        return port
    finally:
        connection.close()
    return 0


@contextlib.contextmanager
def _child(module: str, name: str, arguments: list[str], directory: Path) -> Iterator[str | None]:
    """Runs a demo server as a child; its address once it is ready, None when it ended or was too slow."""
    command = [sys.executable, "-m", "syncengine.demo.embedded", module, *arguments]
    with (
        (directory / f"{name}.log").open("wb") as log,
        # a session of its own: Ctrl-C in the terminal is for the parent, which ends its children when it is done
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, start_new_session=True
        ) as process,
    ):
        try:
            yield _ready_address(process, name)
        finally:
            _stop(process)


def _ready_address(process: subprocess.Popen[bytes], name: str) -> str | None:
    assert process.stdout is not None
    prefix = f"{name} ready ".encode()
    received = b""
    deadline = time.monotonic() + START_SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0:
            if not selector.select(left):
                break
            piece = os.read(process.stdout.fileno(), 4096)
            if not piece:
                break
            received += piece
            for line in received.split(b"\n")[:-1]:
                if line.startswith(prefix):
                    return line.removeprefix(prefix).decode("ascii").strip()
    return None


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_with_stdin() -> None:
    """Ends this process, as SIGTERM does, when its standard input ends; by force when that takes too long."""
    while os.read(0, 4096):
        pass
    timer = threading.Timer(STOP_SECONDS, os._exit, (0,))
    timer.daemon = True
    timer.start()
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """`python -m syncengine.demo.embedded MODULE ARGUMENT…`: runs a demo server that ends with its parent."""
    module = sys.argv[1]
    sys.argv = sys.argv[1:]
    threading.Thread(target=_end_with_stdin, name="end-with-stdin", daemon=True).start()
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
