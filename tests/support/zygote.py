"""A Python that has loaded the product once and forks for each command: `support.processes` starts it and asks it.

One message asks for one process: its arguments, environment and directory as JSON, and four descriptors: the three
standard streams and the pipe on which to tell its pid, and later how it ended.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import socket
import sys
import threading
from collections.abc import Mapping, Sequence

import alembic.command  # noqa: F401  (loaded by the first command on a data directory)
import duckdb

import syncengine.cli.main  # noqa: F401  (what is loaded here is loaded in every process)
from syncengine.cli.commands import LISTED
from syncengine.lake.extension import connect_with_ducklake

MAX_MESSAGE = 2**20


def serve(asked: socket.socket) -> tuple[Sequence[str], Mapping[str, str], str]:
    """Answer what is asked until nobody asks any more; returns in the new process only, with what it is to run."""
    children = 0
    while True:
        message, descriptors, _, _ = socket.recv_fds(asked, MAX_MESSAGE, 4)
        while children and os.waitpid(-1, os.WNOHANG if message else 0)[0]:
            children -= 1
        if not message:
            os._exit(0)
        if os.fork():
            children += 1
            for descriptor in descriptors:
                os.close(descriptor)
            continue
        asked.close()
        told = descriptors.pop()
        if pid := os.fork():
            _tell_of(pid, told)
        os.close(told)
        for number, descriptor in enumerate(descriptors):
            os.dup2(descriptor, number)
            os.close(descriptor)
        wanted = json.loads(message)
        return wanted["arguments"], wanted["environment"], wanted["directory"]


def _tell_of(pid: int, told: int) -> None:
    """Say which process it is, and at its end how it ended; that is all this process is for."""
    null = os.open(os.devnull, os.O_RDWR)
    for number in range(3):  # whoever reads its output must see the end of it
        os.dup2(null, number)
    os.write(told, f"{pid}\n".encode())
    _, status = os.waitpid(pid, 0)
    os.write(told, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def run(arguments: Sequence[str], environment: Mapping[str, str], directory: str) -> None:
    """Do what `python *arguments` does, in this process."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(directory)
    sys.path.insert(0, "")
    what, *rest = arguments
    if what == "-m":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif what == "-c":
        sys.argv = ["-c", *rest[1:]]
        exec(compile(rest[0], "<string>", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = [what, *rest]
        runpy.run_path(what, run_name="__main__")


if __name__ == "__main__":
    assert threading.active_count() == 1, "what a thread of its own holds is held for ever after a fork"
    for listed in LISTED.values():
        importlib.import_module(f"syncengine.cli.{listed.place.partition(':')[0]}")
    duckdb.default_connection().close()  # it came with the import, and has a thread that a fork would leave behind
    connect_with_ducklake({"threads": 1}).close()
    gc.collect()
    gc.freeze()
    run(*serve(socket.socket(fileno=int(sys.argv[1]))))
