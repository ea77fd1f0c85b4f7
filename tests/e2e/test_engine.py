"""The engine as a process of its own: stopped, killed, asked, told of events, and never alone by accident."""

from __future__ import annotations

import json
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from support import processes

from syncengine.changes.plan import Selection
from syncengine.commands import request_sync
from syncengine.control.engine import engine_state
from syncengine.control.requests import get_request
from syncengine.control.runs import RunStatus, list_runs
from syncengine.control.store import open_control_store
from syncengine.pipeline import SyncOptions
from tests.e2e.stand import Stand, contents, running_stand

TOKEN = "canary-events-token"
QUIET = {"CATALOG_SYNC_SCHEDULE__EVERY_MINUTES": "1440", "CATALOG_SYNC_SCHEDULE__RETRY_MINUTES": "0"}
PATIENCE_SECONDS = 60.0


def until(condition: Callable[[], Any], what: str) -> Any:
    """What `condition` gives once it gives something. Fails when it does not in time."""
    ended = threading.Event()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        ended.wait(0.1)
    raise AssertionError(f"in vain: {what}")


@contextmanager
def engine(stand: Stand, **settings: str) -> Iterator[processes.Forked]:
    """A running engine, which has said in the control store that it runs."""
    with log_of(stand).open("a") as log:
        environment = stand.environment(**QUIET, **settings)
        process = processes.start("-m", "syncengine.cli", "engine", env=environment, stdout=log, stderr=log)
    try:
        with closing(open_control_store(stand.data_dir)) as control:

            def is_up() -> bool:
                assert process.poll() is None, log_of(stand).read_text()
                with control.read() as connection:
                    state = engine_state(connection)
                return state is not None and state.pid == process.pid and state.next_sync_at is not None

            until(is_up, "the engine is up")
        yield process
    finally:
        process.kill()
        process.wait()


def log_of(stand: Stand) -> Path:
    """Where the engine's output goes."""
    stand.data_dir.mkdir(exist_ok=True, parents=True)
    return stand.data_dir.parent / "engine.log"


def ask(stand: Stand, *feeds: str) -> str:
    with closing(open_control_store(stand.data_dir)) as control:
        options = SyncOptions(feeds=feeds, selection=Selection(resync=True), no_reindex=True, requested_by="ann")
        return request_sync(control, options, start_now=True).request_id


def status_of(stand: Stand, request_id: str) -> str:
    with closing(open_control_store(stand.data_dir)) as control, control.read() as connection:
        found = get_request(connection, request_id)
    assert found is not None
    return found.status


def runs(stand: Stand) -> list[tuple[str, RunStatus]]:
    with closing(open_control_store(stand.data_dir)) as control, control.read() as connection:
        return [(run.trigger, run.status) for run in list_runs(connection)]


def free_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as place:
        return f"127.0.0.1:{place.getsockname()[1]}"


def stops_within(process: processes.Forked, seconds: float) -> int:
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=seconds)
    assert time.monotonic() - began < seconds
    return process.returncode


def test_a_command_is_served_by_the_engine_and_a_second_engine_names_it(tmp_path: Path) -> None:
    with running_stand(tmp_path) as stand, engine(stand) as process:
        shape = stand.sync()
        assert shape["status"] == "Success"
        assert contents(stand.held()) == contents(stand.catalog())

        second = stand.command("engine")
        assert second.returncode == 4
        assert str(process.pid) in second.stderr
        assert stand.command("saas:resync", "--feed", "products", "--no-reindex", "--dry-run").returncode == 0
        told = json.loads(stand.command("requests", "list", "--json").stdout)
        assert {row["state"] for row in told} == {"Done"}
        assert stops_within(process, 10) == 0


def test_an_event_brings_a_price_that_moves_no_time_of_change(tmp_path: Path) -> None:
    address = free_address()
    listens = {
        "CATALOG_SYNC_ENGINE__LISTEN": address,
        "CATALOG_SYNC_ENGINE__EVENTS_TOKEN": TOKEN,
        "CATALOG_SYNC_SCHEDULE__DEBOUNCE_SECONDS": "1",
        "CATALOG_SYNC_SOURCE__PRICES_EVERY_MINUTES": "1440",
    }
    with running_stand(tmp_path) as stand:
        stand.sync(**listens)
        held = contents(stand.held())
        with engine(stand, **listens) as process:
            (sku, *_) = stand.change(price=1)["price"]
            stand.sync(**listens)
            assert contents(stand.held()) == held, "without the event the price waits for its cadence"

            url, bearer = f"http://{address}/api/events", {"Authorization": f"Bearer {TOKEN}"}
            assert requests.post(url, json={"skus": [sku]}, timeout=10).status_code == 401
            assert requests.post(url, json={"skus": [1]}, headers=bearer, timeout=10).status_code == 422
            answer = requests.post(url, json={"skus": [sku]}, headers=bearer, timeout=10)
            assert answer.status_code == 202
            until(lambda: ("event", RunStatus.SUCCESS) in runs(stand), "the event's run")

            changed = {key for key, item in contents(stand.held()).items() if held.get(key) != item}
            assert changed
            assert all(sku in json.loads(key[1]) for key in changed)
            assert requests.get(f"http://{address}/healthz", timeout=10).status_code == 200
            assert stops_within(process, 10) == 0
            assert TOKEN not in log_of(stand).read_text()


def test_a_request_outlives_the_engine_that_was_killed_while_it_served_it(tmp_path: Path) -> None:
    with running_stand(tmp_path, products=200) as stand:
        stand.sync()
        with engine(stand) as process:
            request_id = ask(stand, "products")
            until(lambda: status_of(stand, request_id) == "taken", "the request is taken")
            process.kill()
            process.wait()
        assert status_of(stand, request_id) == "taken"

        with engine(stand):
            until(lambda: status_of(stand, request_id) == "done", "the request is served")
        assert contents(stand.held()) == contents(stand.catalog())


def test_a_stop_while_the_store_is_read_ends_within_ten_seconds_and_what_was_asked_waits(tmp_path: Path) -> None:
    with running_stand(tmp_path, products=2000) as stand:
        with engine(stand) as process:
            with closing(open_control_store(stand.data_dir)) as control:
                request = request_sync(control, SyncOptions(requested_by="ann"), start_now=True)
            until(lambda: runs(stand), "a run")
            assert stops_within(process, 10) == 0
        with closing(open_control_store(stand.data_dir)) as control, control.read() as connection:
            state = engine_state(connection)
        assert state is not None
        assert (state.running, state.ended_by) == (False, "SIGTERM")
        assert runs(stand) == [("cli", RunStatus.CANCELLED)]
        assert status_of(stand, request.request_id) == "requested"


@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_an_engine_whose_lock_file_is_gone_stops_before_its_next_run(tmp_path: Path, how: str) -> None:
    with running_stand(tmp_path) as stand, engine(stand) as process:
        lock = stand.data_dir / "engine.lock"
        lock.unlink()
        if how == "replaced":
            lock.touch()
        request_id = ask(stand, "products")

        assert process.wait(timeout=30) == 4
        assert "CS5004" in log_of(stand).read_text()
        assert status_of(stand, request_id) == "requested"
        assert runs(stand) == []
