"""How fast the reader reads N products from the demo store, beside a bare loop of the very same requests.

    python benchmarks/read.py [--products 100000] [--rounds 2] [--latency-ms 0]

The bare loop sends the requests that the reader sent, over as many connections, and throws the bytes away without
unpacking them: what it takes is the store's time and the line's. Both run in processes of their own, one after the
other, and tell their peak memory.
"""

from __future__ import annotations

import argparse
import json
import queue
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import requests

from syncengine.catalog.commerce.products import ProductsReader
from syncengine.catalog.commerce.staging import StagingArea
from syncengine.catalog.source import open_client
from syncengine.settings import SourceSettings
from syncengine.transport import Transport

TOKEN = "demo-token"
CONNECTIONS = 2


def read_products(url: str, requests_file: Path) -> dict[str, float]:
    """Read one store view as a sync does, and note the requests."""
    sent: list[tuple[str, list[tuple[str, str]]]] = []
    plain = Transport.request

    def noting(self: Transport, method: str, path: str, **options: object) -> object:
        sent.append((path, list(options.get("params", ()))))  # type: ignore[call-overload]
        return plain(self, method, path, **options)  # type: ignore[arg-type]

    Transport.request = noting  # type: ignore[method-assign, assignment]
    settings = SourceSettings.model_validate({"url": url, "token": TOKEN, "connections": CONNECTIONS})
    with tempfile.TemporaryDirectory() as place:
        began = time.perf_counter()
        area = StagingArea(Path(place), source=url)
        reader = ProductsReader(
            open_client(settings), area, page_size=settings.page_size, connections=CONNECTIONS,
            progress=lambda step: None, should_stop=lambda: False,
        )  # fmt: skip
        pages = reader.read("default")
        seconds = time.perf_counter() - began
        records = sum(page.records for page in pages)
        area.close()
    requests_file.write_text(json.dumps(sent))
    return {"seconds": seconds, "records": records}


def repeat_requests(url: str, requests_file: Path) -> dict[str, float]:
    """Send the noted requests again and discard what comes."""
    waiting: queue.SimpleQueue[tuple[str, list[tuple[str, str]]]] = queue.SimpleQueue()
    for path, params in json.loads(requests_file.read_text()):
        waiting.put((path, params))
    number = waiting.qsize()

    def work() -> None:
        with requests.Session() as session:
            session.headers.update({"Authorization": f"Bearer {TOKEN}", "Accept-Encoding": "gzip"})
            while True:
                try:
                    path, params = waiting.get_nowait()
                except queue.Empty:
                    return
                with session.get(f"{url}{path}", params=params, stream=True, timeout=60) as answer:
                    answer.raise_for_status()
                    while answer.raw.read(2**16, decode_content=False):
                        pass

    began = time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"seconds": time.perf_counter() - began, "requests": number}


def measure(kind: str, url: str, requests_file: Path) -> dict[str, float]:
    """One of the two in a process of its own."""
    command = [sys.executable, __file__, "--run", kind, "--url", url, "--requests-file", str(requests_file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def compare(url: str, requests_file: Path, rounds: int) -> None:
    """Both in turn, `rounds` times."""
    measure("reader", url, requests_file)  # warms the store's caches for both
    ratios = []
    for _ in range(rounds):
        bare = measure("bare", url, requests_file)
        ours = measure("reader", url, requests_file)
        ratios.append(bare["seconds"] / ours["seconds"])
        print(
            f"{ours['records']:,.0f} products: reader {ours['seconds']:.1f} s ({ours['peak_mb']:.0f} MB), "
            f"bare loop {bare['seconds']:.1f} s ({bare['peak_mb']:.0f} MB): {ratios[-1]:.0%}",
            flush=True,
        )
    print(f"the reader reaches {statistics.median(ratios):.0%} of the bare loop's speed (median)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--latency-ms", type=int, default=0)
    parser.add_argument("--state", type=Path, help="keep the store's catalog in this file, for the next time")
    parser.add_argument("--run", choices=["reader", "bare"], help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--requests-file", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.run:
        run = read_products if asked.run == "reader" else repeat_requests
        result = run(asked.url, asked.requests_file)
        print(json.dumps({**result, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
        return
    with tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-m", "syncengine.demo.store", "--port", "0", "--products", str(asked.products)]
        command += ["--latency-ms", str(asked.latency_ms), "--state", str(asked.state or Path(place) / "store.sqlite")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as store:
            try:
                assert store.stdout is not None
                ready = store.stdout.readline()
                compare(f"{ready.split()[-1]}/rest", Path(place) / "requests.json", asked.rounds)
            finally:
                store.terminate()


if __name__ == "__main__":
    main()
