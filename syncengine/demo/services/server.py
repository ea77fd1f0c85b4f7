"""The process: arguments, the listening socket, the ready line, the end."""

from __future__ import annotations

import argparse
import os
import socket
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import uvicorn

from syncengine.demo.services import faults
from syncengine.demo.services.app import ServicesConfig, build_app
from syncengine.demo.services.connections import BreakableProtocol
from syncengine.demo.services.holdings import Holdings
from syncengine.demo.services.optimizer.tokens import OptimizerConfig
from syncengine.demo.services.receiving import BatchLimits
from syncengine.errors import SettingsError

LOOPBACK = "127.0.0.1"


class ServicesServer(uvicorn.Server):
    """A uvicorn server that tells its address once it listens."""

    def __init__(self, config: uvicorn.Config, *, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self.ended_by: int | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell."""
        await super().startup(sockets)
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, and keep uvicorn from raising the signal again: what is open here is still to be closed."""
        await super().shutdown(sockets)
        self.ended_by = self._captured_signals[0] if self._captured_signals else None
        self._captured_signals.clear()


def listening_socket(port: int) -> socket.socket:
    """A socket on loopback; port 0 takes a free one. Raises: OSError when the port is taken."""
    # with the protocol named, asyncio turns Nagle's algorithm off; without, each answer takes 40 ms more
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def make_server(
    holdings: Holdings, config: ServicesConfig, *, on_ready: Callable[[], None] = lambda: None
) -> ServicesServer:
    """A server that is not running yet; `run(sockets=[…])` serves until `should_exit`."""
    uvicorn_config = uvicorn.Config(
        build_app(holdings, config),
        http=BreakableProtocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
    )
    return ServicesServer(uvicorn_config, on_ready=on_ready)


def serve(config: ServicesConfig, *, port: int, state: Path | None, exit_with_parent: bool = False) -> int:
    """Serve until a signal comes; prints `services ready http://127.0.0.1:PORT` when it listens.

    Without `state` what is held lives in a temporary file and ends with the process.
    With `exit_with_parent` the end of standard input ends the process too: it never outlives its parent.
    Returns the exit code: 130 or 143 after a signal, else 0. Raises: SettingsError for the port and the file.
    """
    with ExitStack() as open_now:
        scratch = open_now.enter_context(tempfile.TemporaryDirectory(prefix="catalog-sync-services-"))
        listener = _own_port(port)
        open_now.callback(listener.close)
        holdings = _own_state(state or Path(scratch) / "services.sqlite")
        open_now.callback(holdings.close)
        address = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        server = make_server(holdings, config, on_ready=lambda: print(f"services ready {address}", flush=True))
        if exit_with_parent:
            threading.Thread(target=_stop_at_end_of_input, args=(server,), daemon=True).start()
        server.run(sockets=[listener])
    return 0 if server.ended_by is None else 128 + server.ended_by


def _own_port(port: int) -> socket.socket:
    try:
        return listening_socket(port)
    except OSError as error:
        message = f"The demo services cannot listen on port {port}: {error.strerror}."
        raise SettingsError(message, hint="Stop what uses it, or choose another with `--port`.") from None


def _own_state(path: Path) -> Holdings:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return Holdings(path)
    except (OSError, sqlite3.Error) as error:
        message = f"The demo services cannot keep their state in `{path}`: {error}."
        raise SettingsError(message, hint="Choose another file with `--state`.") from None


@contextmanager
def running(config: ServicesConfig | None = None, *, state: Path | str = ":memory:") -> Iterator[str]:
    """Serve on a thread of this process, for tests and benchmarks; yields the address."""
    holdings = Holdings(state)
    listener = listening_socket(0)
    ready = threading.Event()
    server = make_server(holdings, config or ServicesConfig(), on_ready=ready.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        ready.wait(30)
        yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
        holdings.close()


def _stop_at_end_of_input(server: uvicorn.Server) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    server.should_exit = True


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The options of the command; exits with 2 and a message when one is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m syncengine.demo.services",
        description="Commerce services on loopback, for demos and tests.",
        epilog="example: python -m syncengine.demo.services --port 0 --fault status-500=0.3 --rate 5",
    )
    parser.add_argument("--port", type=int, default=8602, help="0 takes a free port (default 8602)")
    parser.add_argument("--api-key", default="demo-key", help="the x-api-key that is accepted")
    parser.add_argument("--environment-id", action="append", help="an x-environment-id that is accepted; repeatable")
    parser.add_argument("--state", type=Path, help="a SQLite file that keeps what is held (default: a temporary one)")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME[=RATE]", help="a fault; repeatable")
    parser.add_argument("--rate", type=float, help="requests a second; beyond it 429 with Retry-After")
    parser.add_argument("--seed", type=int, default=7, help="seed of the faults' dice")
    parser.add_argument("--slow-seconds", type=float, default=2.0, help="how slow `slow` and `slow-body` are")
    parser.add_argument("--retry-after", type=int, default=1, help="Retry-After of the faults 429 and 503")
    parser.add_argument("--max-items", type=int, help="a lower limit of items a batch")
    parser.add_argument("--max-bytes", type=int, help="a lower limit of decoded bytes a batch")
    known = OptimizerConfig()
    parser.add_argument("--client-id", default=known.client_id, help="Optimizer API: the client id that is accepted")
    parser.add_argument("--client-secret", default=known.client_secret, help="Optimizer API: and its secret")
    parser.add_argument("--tenant", action="append", help="Optimizer API: a tenant that is held; repeatable")
    parser.add_argument("--token-seconds", type=int, default=known.token_seconds, help="Optimizer API: a token's life")
    parser.add_argument("--exit-with-parent", action="store_true", help="end when standard input ends")
    options = parser.parse_args(arguments)
    try:
        options.faults = [faults.parse_fault(text) for text in options.fault]
    except ValueError as error:
        parser.error(str(error))
    if options.rate is not None and options.rate <= 0:
        parser.error("--rate must be above 0")
    return options


def config_of(options: argparse.Namespace) -> ServicesConfig:
    """The configuration that the options say."""
    return ServicesConfig(
        api_key=options.api_key,
        environment_ids=tuple(options.environment_id or ["demo-env"]),
        plan=faults.FaultPlan(options.faults, options.seed),
        rate=faults.RateLimit(options.rate),
        limits=BatchLimits(max_items=options.max_items, max_bytes=options.max_bytes),
        slow_seconds=options.slow_seconds,
        retry_after_seconds=options.retry_after,
        optimizer=OptimizerConfig(
            client_id=options.client_id,
            client_secret=options.client_secret,
            tenants=tuple(options.tenant or OptimizerConfig().tenants),
            token_seconds=options.token_seconds,
        ),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    options = parse_arguments(arguments)
    state, exit_with_parent = options.state, options.exit_with_parent
    try:
        return serve(config_of(options), port=options.port, state=state, exit_with_parent=exit_with_parent)
    except SettingsError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return error.exit_code
