"""How quick the pages are over N synced products: server work, first useful paint, many at once, memory per session.

    python benchmarks/app.py [--products 1000000] [--rounds 20] [--people 20] [--keep DIR]

The app is served as a process of its own, over the lake of benchmarks/discrepancies.py (a hundredth differs). Visitors
speak Streamlit's own websocket protocol: a page's time is from asking for it to its last element, that is every
question, the drawing, and the bytes. Paint is measured in the installed Chromium, each time with an empty cache, in a
window that is open already. A lake that is kept in DIR is used again.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.discrepancies import make_lake  # noqa: E402  (the project's folder comes first)
from syncengine.control.feed_runs import FeedRun, save_feed_run  # noqa: E402
from syncengine.control.runs import RunStatus, Step, begin_run, finish_run, set_step  # noqa: E402
from syncengine.control.store import open_control_store  # noqa: E402
from syncengine.inspection.view import CatalogView  # noqa: E402
from tests.browser.serving import CHROMIUM_FLAGS, app_server, chromium  # noqa: E402

PAGE_BAR, PAINT_BAR, CROWD_BAR = 0.3, 2.0, 1.0
RUNS = 200
WINDOW_SECONDS = 2.0
Ask = Callable[[int], tuple[str, str]]  # the number of a round -> a page's name and its query


class Visitor:
    """One browser session, without the browser."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._open = ExitStack()
        stream = address.replace("http", "ws", 1) + "/_stcore/stream"
        self._socket = self._open.enter_context(connect(stream, subprotocols=["streamlit"], max_size=None))

    def look(self, page: str, query: str = "") -> float:
        """Seconds from asking for a page to its last element. Raises: RuntimeError when the page tells a failure."""
        asked = BackMsg()
        asked.rerun_script.page_name = page
        asked.rerun_script.query_string = query
        asked.rerun_script.context_info.url = f"{self.address}/{page}"
        asked.rerun_script.context_info.timezone = "UTC"
        begun = time.perf_counter()
        self._socket.send(asked.SerializeToString())
        while True:
            data = self._socket.recv()
            assert isinstance(data, bytes)
            if b"Could not read" in data:
                raise RuntimeError(f"/{page}?{query} could not be drawn")
            told = ForwardMsg.FromString(data)
            if told.WhichOneof("type") == "script_finished" and told.script_finished in (
                ForwardMsg.FINISHED_SUCCESSFULLY,
                ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
            ):
                return time.perf_counter() - begun

    def leave(self) -> None:
        """Close the session."""
        self._open.close()


def with_runs(view: CatalogView) -> str:
    """Finished runs for the pages of runs; returns the newest one's id."""
    destination = view.default_destination
    with view.control.write() as connection:
        for number in range(RUNS):
            run = begin_run(connection, trigger="schedule", mode="delta", dry_run=False, requested_by="benchmark",
                            feeds=("products",))  # fmt: skip
            set_step(connection, run.run_id, Step.READ)
            failed = number % 9 == 5
            if not failed:
                save_feed_run(
                    connection,
                    FeedRun(run_id=run.run_id, feed="products", destination=destination, status="success",
                            catalog=1_000_000, unchanged=1_000_000 - number, changed=number, sent=number,
                            accepted=number, requests=1, seconds=3.0),
                )  # fmt: skip
            finish_run(connection, run.run_id, RunStatus.FAILED if failed else RunStatus.SUCCESS,
                       products_updated=None if failed else number)  # fmt: skip
    return run.run_id


def made_stage(root: Path, products: int) -> str:
    """A lake and its runs, unless they are there from an earlier time; returns the newest run's id."""
    made = root / "run_id"
    if not made.exists():
        root.mkdir(parents=True, exist_ok=True)
        open_control_store(root / "data").close()  # an installation without one, beside its lake, is refused
        made.write_text(with_runs(make_lake(root / "data", products)))
    return made.read_text()


def questions(products: int, run_id: str) -> dict[str, Ask]:
    """What is asked of the app, a little different in each round."""
    chosen = random.Random(7)
    some = [chosen.randrange(products) for _ in range(1_000)]
    pages = products // 50
    sorts = ("exported_at.desc", "name.asc", "sku.desc", "price.asc", "modified_at.desc", "product_id.asc")
    return {
        "Status": lambda _: ("", ""),
        "Synced products": lambda _: ("products", ""),
        "store catalog": lambda _: ("products", "side=catalog"),
        "exact SKU": lambda number: ("products", f"q=SKU-{some[number]}"),
        "part of a SKU": lambda number: ("products", f"q={some[number] % 1000:03}"),
        "name that thousands have": lambda number: ("products", f"q=red+shirt&page={1 + number}"),
        "no match": lambda number: ("products", f"q=nothing+{number}"),
        "sorted, page by page": lambda number: (
            "products",
            f"sort={sorts[number % 6]}&page={1 + number * pages // 25}",
        ),
        "filtered by type": lambda number: ("products", f"type={('simple', 'bundle')[number % 2]}&page={1 + number}"),
        "Product detail, diff": lambda number: ("product", f"sku=SKU-{some[number] // 100 * 100}"),
        "Product detail, history": lambda number: ("product", f"sku=SKU-{some[number]}&tab=History"),
        "Discrepancies": lambda _: ("discrepancies", ""),
        "discrepancies of a field": lambda number: ("discrepancies", f"field=products:name&page={1 + number}"),
        "Runs": lambda number: ("runs", f"page={1 + number % 4}"),
        "Run detail": lambda _: ("run", f"run={run_id}"),
        "Settings": lambda _: ("settings", ""),
    }


def told(label: str, taken: Iterable[float], bar: float, first: float | None = None, cpu: float | None = None) -> bool:
    """Print the first, the median and the 95th percentile, and whether that is within the bar; the CPU time of each."""
    ordered = sorted(taken)
    ninety_fifth = ordered[min(len(ordered) - 1, round(len(ordered) * 0.95))]
    is_within = ninety_fifth <= bar
    begun = "" if first is None else f"first {first * 1000:6,.0f} ms   "
    used = "" if cpu is None else f"CPU {cpu * 1000:5,.0f} ms   "
    verdict = "within" if is_within else "OVER"
    print(
        f"{label:26} {begun}p50 {statistics.median(ordered) * 1000:6,.0f} ms   p95 {ninety_fifth * 1000:6,.0f} ms   "
        f"{used}{verdict} {bar * 1000:,.0f} ms",
        flush=True,
    )
    return is_within


def server_work(address: str, process: psutil.Process, asked: dict[str, Ask], rounds: int) -> bool:
    """Each page, asked for by one visitor."""
    visitor = Visitor(address)
    kept = []
    for label, ask in asked.items():
        first = visitor.look(*ask(0))
        before = sum(process.cpu_times()[:2])
        taken = [visitor.look(*ask(number)) for number in range(1, rounds + 1)]
        cpu = (sum(process.cpu_times()[:2]) - before) / rounds
        kept.append(told(label, taken, PAGE_BAR, first, cpu))
    visitor.leave()
    return all(kept)


def crowd(address: str, asked: dict[str, Ask], people: int, rounds: int) -> bool:
    """Many visitors who search at the same moment, again and again."""
    names = ("exact SKU", "part of a SKU", "name that thousands have", "no match")
    visitors = [Visitor(address) for _ in range(people)]
    for visitor in visitors:
        visitor.look("products")
    together = threading.Barrier(people)

    def search(number: int) -> list[float]:
        taken = []
        for round_ in range(rounds):
            together.wait()
            ask = asked[names[(number + round_) % len(names)]]
            taken.append(visitors[number].look(*ask(number * rounds + round_)))
        return taken

    with ThreadPoolExecutor(people) as pool:
        found = [one for taken in pool.map(search, range(people)) for one in taken]
    for visitor in visitors:
        visitor.leave()
    return told(f"{people} people searching", found, CROWD_BAR)


def memory(address: str, process: psutil.Process, sessions: int) -> None:
    """What a session costs that has looked at the list, a search and a product."""
    Visitor(address).look("products")
    before = process.memory_info().rss
    visitors = [Visitor(address) for _ in range(sessions)]
    for number, visitor in enumerate(visitors):
        visitor.look("products", f"q=SKU-{number}")
        visitor.look("product", f"sku=SKU-{number}")
    grown = (process.memory_info().rss - before) / 2**20
    print(f"memory: {before / 2**20:,.0f} MB before, {grown / sessions:.2f} MB per session ({sessions} sessions)")
    for visitor in visitors:
        visitor.leave()


PAINTED = {
    "": ".cs-big, .cs-card, [data-testid='stVerticalBlockBorderWrapper'] h2, .st-key-card-tile-synced",
    "products": "table.cs-products",
    "product?sku=SKU-100": ".st-key-item-diff, [data-testid='stTabs'], .stHtml h1",
    "discrepancies": ".st-key-strip ~ *, .stHtml h1",
    "runs": "table.cs-runs",
    "settings": ".stHtml h1",
}


def paint(address: str, rounds: int) -> bool:
    """From the address to what one came for, in a browser that has seen nothing yet.

    Each round has a context of its own, hence an empty cache, and Chromium opens a window for it, whose toolbar is a
    web page too: that is drawn before the address is entered, as it is for people.
    """
    executable = chromium()
    if executable is None:
        print("no Chromium is installed: no paint was measured")
        return False
    kept = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        for path, seen in PAINTED.items():
            taken = []
            for _ in range(rounds):
                context = browser.new_context(viewport={"width": 1440, "height": 960})
                page = context.new_page()
                page.wait_for_timeout(WINDOW_SECONDS * 1000)
                begun = time.perf_counter()
                page.goto(f"{address}/{path}", wait_until="commit")
                page.locator(seen).first.wait_for(state="visible", timeout=60_000)
                taken.append(time.perf_counter() - begun)
                context.close()
            kept.append(told(f"paint of /{path}", taken, PAINT_BAR))
        browser.close()
    return all(kept)


def main() -> None:
    """Measure and print; ends with 1 when something is over its bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = arguments.keep or Path(name)
        run_id = made_stage(root, arguments.products)
        environment = {
            "CATALOG_SYNC_DATA_DIR": str(root / "data"),
            "CATALOG_SYNC_DESTINATION__KIND": "folder",
            "CATALOG_SYNC_DESTINATION__PATH": str(root / "data" / "out"),
        }
        asked = questions(arguments.products, run_id)
        print(f"load before: {psutil.getloadavg()[0]:.1f} on {psutil.cpu_count()} cores", flush=True)
        with app_server(environment, directory=root) as address:
            port = int(address.rsplit(":", 1)[1])
            (process,) = (
                child
                for child in psutil.Process().children(recursive=True)
                if any(one.laddr.port == port for one in child.net_connections("tcp") if one.status == "LISTEN")
            )
            within = [
                server_work(address, process, asked, arguments.rounds),
                crowd(address, asked, arguments.people, 5),
                paint(address, 5),
            ]
            memory(address, process, 50)
        print(f"load after: {psutil.getloadavg()[0]:.1f}")
    sys.exit(0 if all(within) else 1)


if __name__ == "__main__":
    main()
