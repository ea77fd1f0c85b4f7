"""Every number that Prometheus may ask for, from the control store and the published lake at the moment it asks.

So the engine and the app tell the same, and a restart loses nothing. Nothing here carries a SKU.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection

from syncengine import __version__
from syncengine.control.engine import engine_state
from syncengine.control.runs import RunStatus, last_run
from syncengine.errors import CatalogSyncError
from syncengine.inspection.last_sync import engine_status
from syncengine.inspection.product_counts import product_counts
from syncengine.inspection.view import CatalogView
from syncengine.monitoring.run_totals import RunHistory, RunTotals, Spread
from syncengine.traffic import SECONDS_BUCKETS, TrafficCounts

PREFIX = "catalog_sync_"
TRIGGERS = ("cli", "event", "resync", "retry", "schedule")
RESULTS = ("cancelled", "failed", "held", "success")


class Metrics:
    """All metrics of one installation; `view` is asked for when they are first read. Thread-safe."""

    def __init__(self, view: Callable[[], CatalogView]) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_Collected(view))
        self._lock = threading.Lock()

    def exposition(self) -> bytes:
        """The numbers now, in Prometheus's text format."""
        with self._lock:
            return generate_latest(self._registry)


class _Collected(Collector):
    def __init__(self, view: Callable[[], CatalogView]) -> None:
        self._view = view
        self._history = RunHistory()

    def describe(self) -> Iterator[Metric]:
        """Nothing before it is asked for: registering must not read the control store."""
        yield from ()

    def collect(self) -> Iterator[Metric]:
        """Each family that can be told now; `up` says of both stores whether they could be read."""
        up = _gauge("store_readable", "Whether the control store and the published copy can be read.", ["store"])
        yield _build_info()
        try:
            view = self._view()
        except CatalogSyncError:
            up.add_metric(["control"], 0)
            up.add_metric(["lake"], 0)
            yield up
            return
        yield from _collected_from(up, "control", lambda: self._of_control(view))
        yield from _collected_from(up, "lake", lambda: list(_of_lake(view)))
        yield up

    def _of_control(self, view: CatalogView) -> list[Metric]:
        with view.read_control() as connection:
            if connection is None:
                return [*_of_totals(RunTotals())]
            totals = self._history.totals(connection)
            return [*_of_scheduler(connection), *_of_totals(totals)]


def _collected_from(up: GaugeMetricFamily, store: str, collect: Callable[[], list[Metric]]) -> list[Metric]:
    try:
        found = collect()
    except CatalogSyncError:
        up.add_metric([store], 0)
        return []
    up.add_metric([store], 1)
    return found


def _build_info() -> Metric:
    found = _gauge("build_info", "The version that runs.", ["version"])
    found.add_metric([__version__], 1)
    return found


def _of_scheduler(connection: Connection) -> Iterator[Metric]:
    state = engine_state(connection)
    engine = engine_status(state)
    going_on = last_run(connection, frozenset({RunStatus.IN_PROGRESS}))
    progress = _gauge("run_in_progress", "Whether a run goes on now.")
    progress.add_metric([], int(going_on is not None and engine.running))
    yield progress
    judged = last_run(connection, frozenset({RunStatus.SUCCESS, RunStatus.FAILED, RunStatus.HELD}))
    held = _gauge("run_held", "Whether a guard holds the last run that ended for review.")
    held.add_metric([], int(judged is not None and judged.status is RunStatus.HELD))
    yield held
    yield _time("scheduler_heartbeat_timestamp_seconds", "When the engine last said that it lives.",
                None if state is None else state.heartbeat_at)  # fmt: skip
    yield _time("next_run_timestamp_seconds", "When the engine means to sync next.",
                state.next_sync_at if state is not None and engine.running else None)  # fmt: skip


def _of_totals(totals: RunTotals) -> Iterator[Metric]:
    runs = _counter("runs", "Runs that ended, dry runs left out.", ["trigger", "result"])
    never = {(trigger, result): 0 for trigger in TRIGGERS for result in RESULTS}  # else the first one is no increase
    for (trigger, result), count in sorted((never | totals.runs).items()):
        runs.add_metric([trigger, result], count)
    yield runs
    seconds = _histogram("run_duration_seconds", "How long runs took, from their begin to their end.")
    _spread(seconds, [], totals.seconds)
    yield seconds
    steps = _histogram("step_duration_seconds", "How long a step of a run took.", ["step"])
    for step, spread in sorted(totals.steps.items()):
        _spread(steps, [step], spread)
    yield steps
    items = _counter("items", "Feed items sent, by what was done and what became of it.", ["feed", "op", "result"])
    for labels, count in sorted(totals.items.items()):
        items.add_metric(list(labels), count)
    yield items
    for name, text, times in (
        ("last_run", "When a run with this feed last ended.", totals.last_run),
        ("last_success", "When this feed was last synced to every destination.", totals.last_success),
    ):
        yield _times(f"{name}_timestamp_seconds", text, times)
    yield from _of_traffic(totals.traffic)


def _of_traffic(traffic: TrafficCounts) -> Iterator[Metric]:
    requests = _counter("http_requests", "Requests, by the answer's status or why none came.",
                        ["target", "method", "code"])  # fmt: skip
    for kind, count in sorted(traffic.requests.items()):
        requests.add_metric(list(kind), count)
    yield requests
    seconds = _histogram("http_request_duration_seconds", "How long requests took, to the last byte.", ["target"])
    for target, counts in sorted(traffic.buckets.items()):
        seconds.add_metric([target], _cumulated(SECONDS_BUCKETS, counts), traffic.seconds.get(target, 0.0))
    yield seconds
    retries = _counter("http_retries", "Requests that were sent once more.", ["target"])
    for target, count in sorted(traffic.retries.items()):
        retries.add_metric([target], count)
    yield retries


def _of_lake(view: CatalogView) -> Iterator[Metric]:
    reader = view.reader_or_none()
    products = _gauge("products", "Products (distinct SKUs) by state at a destination.", ["state", "destination"])
    for destination, name in view.destinations.items() if reader is not None else ():
        counts = product_counts(view, destination)
        for state in counts.__slots__:
            products.add_metric([state, name], getattr(counts, state))
    yield products
    size = _gauge("snapshot_bytes", "Size of the published copies that readers open.")
    if reader is not None:
        size.add_metric([], (reader.publication.lake_bytes or 0) + (reader.publication.search_bytes or 0))
    yield size


# -- families -----------------------------------------------------------------------------------------------------


def _gauge(name: str, text: str, labels: list[str] | None = None) -> GaugeMetricFamily:
    return GaugeMetricFamily(PREFIX + name, text, labels=labels or [])


def _counter(name: str, text: str, labels: list[str]) -> CounterMetricFamily:
    return CounterMetricFamily(PREFIX + name, text, labels=labels)


def _histogram(name: str, text: str, labels: list[str] | None = None) -> HistogramMetricFamily:
    return HistogramMetricFamily(PREFIX + name, text, labels=labels or [])


def _time(name: str, text: str, at: datetime | None) -> Metric:
    found = _gauge(name, text)
    if at is not None:
        found.add_metric([], at.timestamp())
    return found


def _times(name: str, text: str, times: Mapping[str, float]) -> Metric:
    found = _gauge(name, text, ["feed"])
    for feed, at in sorted(times.items()):
        found.add_metric([feed], at)
    return found


def _spread(family: HistogramMetricFamily, labels: list[str], spread: Spread) -> None:
    family.add_metric(labels, _cumulated(spread.bounds, spread.counts), spread.total)


def _cumulated(bounds: tuple[float, ...], counts: list[int] | tuple[int, ...]) -> list[tuple[str, float]]:
    names = [*(str(bound) for bound in bounds), "+Inf"]
    return [(name, float(count)) for name, count in zip(names, accumulate(counts), strict=True)]
