"""A stop while a run stands still, waits to try again, or waits for an answer: soon, clean and gone on with."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pydantic import SecretStr

from syncengine.commands import pause_run, resume_run
from syncengine.control.runs import RunStatus, list_runs
from syncengine.control.store import ControlStore
from syncengine.demo.services.server import running as running_services
from syncengine.engine import open_workshop
from syncengine.errors import SyncInterruptedError
from syncengine.pipeline import SyncOptions, resume_left_behind, run_sync
from syncengine.progress import SilentObserver
from syncengine.settings import DestinationSettings, Settings
from tests.ui.shop import Shop

STOP_SECONDS = 10.0


@dataclass(slots=True)
class Stubborn:
    """A destination that takes nothing: it answers 503 and wants a minute's rest, or does not answer at all."""

    url: str = ""
    asked: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


@contextmanager
def stubborn(*, answers: bool) -> Iterator[Stubborn]:
    it = Stubborn()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            it.asked.set()
            if not answers:
                it.ended.wait(60)
                return
            self.send_response(503)
            self.send_header("Retry-After", "60")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        it.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield it
        finally:
            it.ended.set()
            server.shutdown()
            thread.join()


def settings_for(shop: Shop, url: str) -> Settings:
    destination = DestinationSettings(
        url=url, api_key=SecretStr("demo-key"), environment_id="demo-env", data_space_id="main", connections=1,
        known_as="https://services.example", requests_per_second=10,
    )  # fmt: skip
    return shop.settings().model_copy(update={"destination": destination})


def stopped_sync(settings: Settings, ready: Callable[[ControlStore], bool]) -> float:
    """A sync that is asked to stop once `ready` says so; how many seconds it took from there."""
    stop, at, rest = threading.Event(), [0.0], threading.Event()
    with open_workshop(
        settings, SilentObserver(), kind="engine", should_stop=stop.is_set, stopped_by=lambda: "SIGTERM"
    ) as shop:

        def ask() -> None:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and not ready(shop.control):
                rest.wait(0.1)
            at[0] = time.monotonic()
            stop.set()

        asker = threading.Thread(target=ask)
        asker.start()
        with pytest.raises(SyncInterruptedError):
            run_sync(shop, SyncOptions(feeds=("products",), batch_items=1))
        asker.join()
        return time.monotonic() - at[0]


def resumed(settings: Settings, *, by: Callable[[ControlStore, str], object] | None = None) -> RunStatus:
    """How the run ends that was left behind, with services that take everything."""
    with open_workshop(settings, SilentObserver(), kind="engine", should_stop=lambda: False) as shop:
        assert shop.before is not None
        assert shop.before.ended_by == "SIGTERM"
        with shop.control.read() as connection:
            (left,) = list_runs(connection)
        assert left.status is RunStatus.IN_PROGRESS
        if by is not None:
            by(shop.control, left.run_id)
        (run,) = resume_left_behind(shop)
        return run.status


@pytest.mark.parametrize("answers", [True, False], ids=["rests before the next attempt", "waits for the answer"])
def test_a_stop_does_not_wait_for_a_destination_that_takes_nothing(tmp_path: Path, answers: bool) -> None:
    shop = Shop(tmp_path, products=5)
    shop.write_records()
    with stubborn(answers=answers) as nobody:
        seconds = stopped_sync(settings_for(shop, nobody.url), lambda _: nobody.asked.is_set())

    assert seconds < STOP_SECONDS
    with running_services() as services:
        assert resumed(settings_for(shop, services)) is RunStatus.SUCCESS


def test_a_stop_ends_a_run_that_stands_still_and_it_is_resumed_later(tmp_path: Path) -> None:
    shop = Shop(tmp_path, products=80)
    shop.write_records()

    def stands_still(control: ControlStore) -> bool:
        with control.read() as connection:
            runs = list_runs(connection)
        if not runs or runs[0].step != "export":
            return False
        if not (runs[0].progress or {}).get("paused"):
            pause_run(control, runs[0].run_id, actor="ann")
            return False
        return True

    with running_services() as services:
        settings = settings_for(shop, services)
        assert stopped_sync(settings, stands_still) < STOP_SECONDS
        goes_on = lambda control, run_id: resume_run(control, run_id, actor="bob")  # noqa: E731
        assert resumed(settings, by=goes_on) is RunStatus.SUCCESS
