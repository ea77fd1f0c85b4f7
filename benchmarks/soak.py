"""An engine through many windows of a fast clock, edited, asked, looked at and killed all the while.

    python benchmarks/soak.py [--windows 500] [--products 120] [--window-seconds 6] [--kill-every 10]
                              [--writers 3] [--writer-windows 1.2] [--readers 5] [--reader-seconds 0.1]
                              [--keep DIR]

A demo store is edited before each window, which is an hour of the engine's clock. Writers queue requests and note the
ids of those that were confirmed; readers ask for the status, the lake and products, again and again; every so many
windows the engine is killed (SIGKILL) at a random moment and started anew. At the end: is every confirmed request done,
was any error seen, did memory or open files grow, and do the services hold what an undisturbed run into an empty
data directory tells them? Prints one JSON value; ends with 1 when any answer is wrong. Fewer than some ten windows tell
nothing of memory and open files.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from syncengine.changes.plan import Selection
from syncengine.cli.demo import request_change
from syncengine.cli.sync import stop_on_signal
from syncengine.commands import request_sync, touch
from syncengine.control.requests import get_request
from syncengine.control.runs import RunStatus, list_runs
from syncengine.control.store import ControlStore, open_control_store
from syncengine.demo.services.server import running as running_services
from syncengine.demo.store.server import StoreOptions
from syncengine.demo.store.server import running as running_store
from syncengine.engine import Engine, open_workshop
from syncengine.feeds.registry import FEEDS
from syncengine.inspection.products import ProductQuery, search_products
from syncengine.inspection.status import sync_status
from syncengine.inspection.view import CatalogView
from syncengine.pipeline import SyncOptions
from syncengine.progress import SilentObserver
from syncengine.settings import load_settings

HOUR = timedelta(hours=1)
FIRST_WINDOW = datetime(2026, 1, 1, 0, 59, 50, tzinfo=UTC)
STOP_SECONDS = 60.0
VOLATILE = ("modifiedAt", "updatedAt", "deleted")
ROLE_FILE = Path(__file__).resolve()


# -- the parts that are processes of their own ---------------------------------------------------------------------


def run_engine(begun: float, speed: float) -> None:
    """The engine, by a clock that runs `speed` times as fast since `begun`."""

    def now() -> datetime:
        return FIRST_WINDOW + timedelta(seconds=(time.time() - begun) * speed)

    with (
        stop_on_signal() as stop,
        open_workshop(load_settings(), SilentObserver(), kind="engine", should_stop=stop.is_set) as shop,
    ):
        Engine(shop, stop, now=now).run()


def run_writer(place: Path, seed: int, longest_rest: float) -> None:
    """Queues requests until stopped; writes the id of each confirmed one, and each error, as a line."""
    chance, settings = random.Random(seed), load_settings()
    with (
        stop_on_signal() as stop,
        closing(open_control_store(settings.data_dir)) as control,
        (place / f"confirmed-{seed}").open("a") as confirmed,
        (place / f"errors-writer-{seed}").open("a") as errors,
    ):
        while not stop.wait(chance.uniform(0.1, 1) * longest_rest):
            try:
                if chance.random() < 0.2:
                    touch(control, skus=[f"SKU-{chance.randrange(200)}"], actor=f"writer {seed}")
                    continue
                request = request_sync(control, _wish(chance, seed), start_now=chance.random() < 0.5)
            except Exception as error:  # noqa: BLE001  (whatever it is, it is counted)
                print(f"{type(error).__name__}: {error}", file=errors, flush=True)
                continue
            print(request.request_id, file=confirmed, flush=True)


def _wish(chance: random.Random, seed: int) -> SyncOptions:
    selection = Selection(resync=True)
    feeds: tuple[str, ...] = (chance.choice(list(FEEDS)),)
    if chance.random() < 0.4:
        feeds, selection = ("products",), Selection(resync=True, by="sku", values=(f"SKU-{chance.randrange(200)}",))
    elif chance.random() < 0.3:
        feeds, selection = (), Selection()
    return SyncOptions(
        feeds=feeds,
        selection=selection,
        no_reindex=selection.resync and chance.random() < 0.7,
        trigger="resync",
        requested_by=f"writer {seed}",
    )


def run_reader(place: Path, number: int, pause: float) -> None:
    """Looks at everything until stopped; writes each error as a line, and at the end how often it looked."""
    view, looks = CatalogView(load_settings()), 0
    chance = random.Random(number)
    with stop_on_signal() as stop, (place / f"errors-reader-{number}").open("a") as errors:
        while not stop.wait(pause):
            try:
                sync_status(view)
                reader = view.reader_or_none()
                if reader is not None:
                    search_products(view, ProductQuery(text=chance.choice("abcdefgh"), limit=20))
                    held = 'SELECT count(*), count(payload) FROM lake.exported."products" WHERE NOT is_deleted'
                    rows, whole = reader.cursor().execute(held).fetchall()[0]
                    assert rows == whole, f"a torn read: {whole} of {rows}"
                looks += 1
            except Exception as error:  # noqa: BLE001  (whatever it is, it is counted)
                print(f"{type(error).__name__}: {error}", file=errors, flush=True)
    (place / f"looks-{number}").write_text(str(looks))


# -- the stage ------------------------------------------------------------------------------------------------------


@dataclass
class Stage:
    """The running parts, and what was measured of them."""

    options: argparse.Namespace
    place: Path
    environment: dict[str, str]
    begun: float
    speed: float
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    measured: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def start(self, name: str, *arguments: str) -> None:
        """Start a part under a name."""
        with (self.place / f"log-{name}").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, str(ROLE_FILE), *arguments], env=self.environment, stdout=log, stderr=log
            )

    def start_engine(self) -> None:
        self.start("engine", "--role", "engine", "--begun", str(self.begun), "--speed", str(self.speed))

    def stop(self, name: str) -> int:
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        return process.wait(STOP_SECONDS)

    def measure(self, windows_in_life: int) -> None:
        """Memory (KB) and open files of each part; of an engine once it has served a few windows."""
        for name, process in self.processes.items():
            if name == "engine" and windows_in_life < 3:
                continue
            with suppress(OSError, StopIteration):
                status = Path(f"/proc/{process.pid}/status").read_text()
                rss = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
                files = len(os.listdir(f"/proc/{process.pid}/fd"))  # noqa: PTH208
                self.measured.setdefault(name, []).append((rss, files))


@contextmanager
def staged(options: argparse.Namespace, place: Path) -> Iterator[tuple[Stage, str]]:
    """Store, services, and a stage whose parts end with the block; with the store's address."""
    store_options = StoreOptions(port=0, products=options.products, seed=5, state=place / "store.sqlite")
    with running_store(store_options) as store, running_services(state=place / "services.sqlite") as services:
        environment = {
            **os.environ,
            "CATALOG_SYNC_DATA_DIR": str(place / "data"),
            "CATALOG_SYNC_SOURCE__URL": f"{store}/rest",
            "CATALOG_SYNC_SOURCE__TOKEN": "demo-token",
            "CATALOG_SYNC_DESTINATION__URL": services,
            "CATALOG_SYNC_DESTINATION__API_KEY": "demo-key",
            "CATALOG_SYNC_DESTINATION__ENVIRONMENT_ID": "demo-env",
            "CATALOG_SYNC_DESTINATION__DATA_SPACE_ID": "main",
        }
        speed = HOUR.total_seconds() / options.window_seconds
        stage = Stage(options, place, environment, time.time(), speed)
        try:
            yield stage, store
        finally:
            for process in stage.processes.values():
                process.kill()
                process.wait()


def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for `condition`. Raises: TimeoutError."""
    deadline, rest = time.monotonic() + seconds, threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"in vain for {seconds:.0f} s: {what}")
        rest.wait(0.5)


def windows_served(control: ControlStore) -> int:
    """How many whole syncs of the schedule have come to an end."""
    with control.read() as connection:
        ended = frozenset({RunStatus.SUCCESS, RunStatus.HELD, RunStatus.FAILED})
        found = list_runs(connection, limit=1_000_000, statuses=ended)
    return sum(run.trigger == "schedule" and run.error_code != "CS0006" for run in found)


def confirmed_ids(place: Path) -> set[str]:
    return {line for file in place.glob("confirmed-*") for line in file.read_text().split()}


def open_ids(control: ControlStore, ids: set[str]) -> set[str]:
    """Those of the requests that are not done yet, or lost."""
    with control.read() as connection:
        found = {request_id: get_request(connection, request_id) for request_id in ids}
    return {request_id for request_id, request in found.items() if request is None or request.status != "done"}


# -- the soak -------------------------------------------------------------------------------------------------------


def soak(options: argparse.Namespace, place: Path) -> dict[str, Any]:
    """Everything, and what came of it."""
    chance, kills, in_life = random.Random(options.seed), 0, 0
    with staged(options, place) as (stage, store):
        stage.start_engine()
        until((place / "data" / "control.sqlite").exists, 60, "the control store")
        with closing(open_control_store(place / "data")) as control:
            for number in range(options.writers):
                pace = ("--longest-rest", str(options.writer_windows * options.window_seconds))
                stage.start(f"writer-{number}", "--role", "writer", "--place", str(place), "--seed", str(number), *pace)
            for number in range(options.readers):
                pace = ("--reader-seconds", str(options.reader_seconds))
                stage.start(f"reader-{number}", "--role", "reader", "--place", str(place), "--seed", str(number), *pace)
            for window in range(1, options.windows + 1):
                edits = {"price": 2, "rename": 2, "move": 1, "delete": 1, "add": 1, "seed": window}
                request_change(store, "demo-token", edits)
                if window % options.kill_every == 0:
                    threading.Event().wait(chance.uniform(0, options.window_seconds * 1.5))
                    stage.processes["engine"].kill()
                    stage.processes.pop("engine").wait()
                    stage.start_engine()
                    kills, in_life = kills + 1, 0
                target = windows_served(control) + 1
                until(lambda target=target: windows_served(control) >= target, 300, f"window {window}")  # type: ignore[misc]
                in_life += 1
                stage.measure(in_life)
                print(f"window {window}/{options.windows}, {kills} kills", file=sys.stderr)
            codes = {name: stage.stop(name) for name in list(stage.processes) if name.startswith("writer")}
            confirmed = confirmed_ids(place)
            with suppress(TimeoutError):
                until(lambda: not open_ids(control, confirmed), 300, "all requests done")
            served = windows_served(control) + 2
            until(lambda: windows_served(control) >= served, 300, "a last quiet window")
            codes |= {name: stage.stop(name) for name in list(stage.processes)}
            lost = open_ids(control, confirmed)
            with control.read() as connection:
                runs = list_runs(connection, limit=1_000_000)
        undisturbed = sync_elsewhere(stage, place)
        return verdict(stage, place, confirmed, lost, codes, runs, undisturbed, kills)


def sync_elsewhere(stage: Stage, place: Path) -> dict[tuple[str, str], object]:
    """What services of their own hold after one undisturbed sync of the same store into an empty data directory."""
    with running_services(state=place / "undisturbed.sqlite") as services:
        environment = {
            **stage.environment,
            "CATALOG_SYNC_DATA_DIR": str(place / "undisturbed"),
            "CATALOG_SYNC_DESTINATION__URL": services,
        }
        command = [sys.executable, "-m", "syncengine.cli", "sync", "--json"]
        with (place / "log-undisturbed").open("wb") as log:
            subprocess.run(command, env=environment, stdout=log, stderr=log, check=False, timeout=600)
    return held(place / "undisturbed.sqlite")


def held(state: Path) -> dict[tuple[str, str], object]:
    """What services hold: the content of each item, by feed and identity."""
    with closing(sqlite3.connect(f"file:{state}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT feed, identity, payload FROM items WHERE deleted = 0").fetchall()
    return {
        (feed, identity): {name: value for name, value in json.loads(payload).items() if name not in VOLATILE}
        for feed, identity, payload in rows
    }


def verdict(
    stage: Stage,
    place: Path,
    confirmed: set[str],
    lost: set[str],
    codes: dict[str, int],
    runs: list[Any],
    undisturbed: dict[tuple[str, str], object],
    kills: int,
) -> dict[str, Any]:
    """What was asked of the soak, and whether it is so."""
    errors = [line for file in sorted(place.glob("errors-*")) for line in file.read_text().splitlines()]
    logs = "\n".join(file.read_text("utf-8", "replace") for file in place.glob("log-*"))
    got = held(place / "services.sqlite")
    growth = {name: _growth(values) for name, values in stage.measured.items() if len(values) >= 6}
    statuses: dict[str, int] = {}
    for run in runs:
        statuses[run.status.value] = statuses.get(run.status.value, 0) + 1
    passed = {
        "no_request_lost": not lost,
        "no_error_of_a_reader_or_writer": not errors,
        "never_locked": "database is locked" not in logs and not any("locked" in line for line in errors),
        "no_traceback": "Traceback" not in logs,
        "memory_flat": bool(growth) and all(item["memory_ratio"] < 1.25 for item in growth.values()),
        "open_files_flat": bool(growth) and all(item["files_more"] <= 8 for item in growth.values()),
        "ended_clean": all(code == 0 for code in codes.values()),
        "same_as_undisturbed": bool(undisturbed) and got == undisturbed,
    }
    return {
        "windows": stage.options.windows,
        "kills": kills,
        "products": stage.options.products,
        "runs": statuses,
        "triggers": {name: sum(run.trigger == name for run in runs) for name in {run.trigger for run in runs}},
        "requests_confirmed": len(confirmed),
        "requests_lost": sorted(lost),
        "looks": sum(int(file.read_text()) for file in place.glob("looks-*")),
        "errors": errors[:20],
        "exit_codes": codes,
        "growth": growth,
        "items_held": len(got),
        "items_different": sum(got.get(key) != undisturbed.get(key) for key in {*got, *undisturbed}),
        "passed": passed,
        "seconds": round(time.time() - stage.begun, 1),
    }


def _growth(values: list[tuple[int, int]]) -> dict[str, float]:
    """The last third of the measurements against the first, after the warm-up."""
    third = max(1, len(values) // 3)
    first, last = values[len(values) // 6 :][:third], values[-third:]
    memory = [statistics.median(rss for rss, _ in part) for part in (first, last)]
    files = [statistics.median(count for _, count in part) for part in (first, last)]
    return {
        "memory_mb": round(memory[1] / 1024, 1),
        "memory_ratio": round(memory[1] / memory[0], 3),
        "files": files[1],
        "files_more": files[1] - files[0],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--windows", type=int, default=500)
    parser.add_argument("--products", type=int, default=120)
    parser.add_argument("--window-seconds", type=float, default=6.0)
    parser.add_argument("--kill-every", type=int, default=10)
    parser.add_argument("--writers", type=int, default=3)
    parser.add_argument("--writer-windows", type=float, default=1.2, help="windows a writer rests at most")
    parser.add_argument("--readers", type=int, default=5)
    parser.add_argument("--reader-seconds", type=float, default=0.1, help="how long a reader rests between two looks")
    parser.add_argument("--keep", type=Path, help="work here, and leave everything")
    parser.add_argument("--seed", type=int, default=1, help=argparse.SUPPRESS)
    for name, kind in (("role", str), ("place", Path), ("begun", float), ("speed", float), ("longest-rest", float)):
        parser.add_argument(f"--{name}", type=kind, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.role == "engine":
        run_engine(options.begun, options.speed)
    elif options.role == "writer":
        run_writer(options.place, options.seed, options.longest_rest)
    elif options.role == "reader":
        run_reader(options.place, options.seed, options.reader_seconds)
    else:
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # the parts end with it
        with tempfile.TemporaryDirectory(prefix="soak-") as temporary:
            place = options.keep or Path(temporary)
            place.mkdir(parents=True, exist_ok=True)
            found = soak(options, place)
        print(json.dumps(found, indent=2))
        sys.exit(0 if all(found["passed"].values()) else 1)


main()
