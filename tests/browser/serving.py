"""The app as a process of its own, as people start it, and the Chromium that looks at it."""

from __future__ import annotations

import contextlib
import http.client
import os
import selectors
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # the public name of docs/deployment.md is found here, and no other example anywhere
    "--host-resolver-rules=MAP sync.example 127.0.0.1, MAP *.example ~NOTFOUND",
]


def chromium() -> str | None:
    """The installed Chromium, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def app_server(environment: Mapping[str, str], *, directory: Path) -> Iterator[str]:
    """Serve the app with these settings (environment form) and yield its address; stopped at the end."""
    port = free_port()
    plain = {key: value for key, value in os.environ.items() if not key.startswith(("CATALOG_SYNC_", "STREAMLIT_"))}
    values = {**plain, **environment, "CATALOG_SYNC_UI__PORT": str(port)}
    log_path = directory / f"app-{port}.log"
    with (
        log_path.open("wb") as log,
        subprocess.Popen(
            [sys.executable, str(PROJECT / "app.py")], cwd=directory, env=values, stdout=log, stderr=log
        ) as process,
    ):
        try:
            _wait_until_ready(port, process, log_path)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_until_ready(port: int, process: subprocess.Popen[bytes], log_path: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    # waits on the process ending or a short time-out, whichever is first, between two questions
    with selectors.DefaultSelector() as pause:
        while time.monotonic() < deadline and process.poll() is None:
            if ask(port, "/healthz")[1].startswith(b'{"status":"ok"'):
                return
            pause.select(0.1)
    raise RuntimeError(f"the app did not start:\n{log_path.read_text()}")


def ask(port: int, path: str, host: str = "127.0.0.1") -> tuple[int, bytes]:
    """The status and body of one GET; (0, b"") when nobody answers."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except OSError:
        return 0, b""
    finally:
        connection.close()
