"""What one scrape of /metrics costs after many runs: `python -m benchmarks.metrics --runs 1000`.

A control store with that many ended runs of ten feeds and seven steps, made by hand; no lake. Told are the first scrape
of a process, which reads every run, and the later ones, which read what is new.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert

from syncengine.control.feed_runs import FEED_RUNS, FeedRun
from syncengine.control.run_steps import RUN_STEPS
from syncengine.control.runs import RUNS, RunStatus, Step
from syncengine.control.schema import utc_now
from syncengine.control.store import ControlStore, open_control_store
from syncengine.feeds.registry import FEEDS
from syncengine.inspection.view import CatalogView
from syncengine.monitoring.measures import KEY, RunMeasures
from syncengine.monitoring.metrics import Metrics
from syncengine.settings import Settings
from syncengine.traffic import Traffic

_SCRAPES = 50


def fill(control: ControlStore, runs: int) -> None:
    """Hourly runs of the past, each with the measures a run leaves."""
    traffic = Traffic()
    for target, method in (("store", "GET"), ("services", "POST")):
        for code in ("200", "429", "503"):
            traffic.count(target, method, code, 0.2)
    details = {KEY: RunMeasures(traffic=traffic.snapshot()).as_json()}
    begin = utc_now() - timedelta(hours=runs)
    with control.write() as connection:
        for number in range(runs):
            at, run_id = begin + timedelta(hours=number), f"r-{number:06}"
            connection.execute(
                insert(RUNS).values(
                    run_id=run_id, status=RunStatus.SUCCESS, trigger="schedule", mode="changes", dry_run=False,
                    requested_by="schedule", feeds=list(FEEDS), started_at=at, details=details,
                    finished_at=at + timedelta(minutes=3),
                )
            )  # fmt: skip
            connection.execute(
                insert(FEED_RUNS),
                [
                    {name: getattr(item, name) for name in FeedRun.__slots__}
                    for item in (
                        FeedRun(run_id=run_id, feed=feed, destination="d", status="success", catalog=9, unchanged=7,
                                changed=2, sent=2, accepted=2)
                        for feed in FEEDS
                    )
                ],
            )  # fmt: skip
            connection.execute(
                insert(RUN_STEPS),
                [
                    {"run_id": run_id, "step": step.value, "started_at": at + timedelta(seconds=20 * place)}
                    for place, step in enumerate(Step)
                ],
            )


def main() -> None:
    """Fill, scrape, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        settings = Settings(data_dir=Path(place))
        control = open_control_store(settings.data_dir)
        fill(control, asked.runs)
        control.close()
        view = CatalogView(settings)
        metrics = Metrics(lambda: view)
        seconds = []
        for _ in range(_SCRAPES + 1):
            began = time.perf_counter()
            size = len(metrics.exposition())
            seconds.append(time.perf_counter() - began)
    later = sorted(seconds[1:])
    print(f"{asked.runs:,} runs, {size:,} bytes: first scrape {seconds[0] * 1000:.0f} ms, later median "
          f"{statistics.median(later) * 1000:.1f} ms, slowest {later[-1] * 1000:.1f} ms")  # fmt: skip


if __name__ == "__main__":
    main()
