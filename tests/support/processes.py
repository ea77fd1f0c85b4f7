"""Python processes for tests, without the seconds that each would spend on its imports.

`start("-m", "syncengine.cli", "status")` is what `subprocess.Popen([sys.executable, …])` is: a process with its own
pid, signals, locks, standard streams and exit code. It is forked from one that has loaded the product and done
nothing else; the first call of a test session starts that one.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

PROJECT = Path(__file__).resolve().parents[2]
_lock = threading.Lock()
_zygotes: dict[int, tuple[socket.socket, subprocess.Popen[bytes]]] = {}


@dataclass(slots=True, kw_only=True)
class Forked:
    """A process that runs, or ran; the part of `subprocess.Popen` that tests use."""

    pid: int
    told: int
    returncode: int | None = field(default=None)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, or the signal that ended it as a negative number. Raises: subprocess.TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self.told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(f"pid {self.pid}", timeout or 0)
            self.returncode = int(os.read(self.told, 32))
            os.close(self.told)
        return self.returncode

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        try:
            return self.wait(timeout=0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


def start(
    *arguments: str,
    env: Mapping[str, str] | None = None,
    stdout: IO[Any] | None = None,
    stderr: IO[Any] | None = None,
) -> Forked:
    """A process that does what `python *arguments` does; what it prints goes nowhere unless a file is given."""
    reading, writing = os.pipe()
    message = {
        "arguments": arguments,
        "environment": dict(os.environ if env is None else env),
        "directory": str(Path.cwd()),
    }
    with Path(os.devnull).open("r+b") as null:
        streams = [null.fileno(), (stdout or null).fileno(), (stderr or null).fileno()]
        socket.send_fds(_zygote(), [json.dumps(message).encode()], [*streams, writing])
    os.close(writing)
    return Forked(pid=int(_line(reading)), told=reading)


def run(
    *arguments: str, env: Mapping[str, str] | None = None, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """The same to its end, with what it printed. Raises: subprocess.TimeoutExpired."""
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        process = start(*arguments, env=env, stdout=stdout, stderr=stderr)
        try:
            code = process.wait(timeout)
        except BaseException:
            process.kill()
            process.wait()
            raise
        stdout.seek(0)
        stderr.seek(0)
        return subprocess.CompletedProcess(arguments, code, stdout.read().decode(), stderr.read().decode())


def _line(descriptor: int) -> bytes:
    """One line, and nothing of what comes after it."""
    line = b""
    while not line.endswith(b"\n"):
        more = os.read(descriptor, 1)
        assert more, "the process that forks has ended"
        line += more
    return line


def _zygote() -> socket.socket:
    """The way to ask this process's zygote, which starts with the first question."""
    with _lock:
        if os.getpid() not in _zygotes:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "tests.support.zygote", str(theirs.fileno())],
                    env=os.environ | {"PYTHONPATH": str(PROJECT)}, pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                )  # fmt: skip
            _zygotes[os.getpid()] = ours, process
            atexit.register(_end, ours, process)
        return _zygotes[os.getpid()][0]


def _end(asked: socket.socket, process: subprocess.Popen[bytes]) -> None:
    """Nobody will ask any more."""
    asked.close()
    process.wait()
