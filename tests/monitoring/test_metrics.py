"""The numbers that Prometheus reads: right, the same in every process, and without a SKU."""

from __future__ import annotations

import os
import socket
from datetime import timedelta

from inspection.lake_of import Answer, LakeOf, price, product
from prometheus_client.parser import text_string_to_metric_families
from support.damage import spoil_publications

from syncengine.control.engine import beat, take_engine
from syncengine.control.runs import RunStatus, finish_run, get_run
from syncengine.control.schema import utc_now
from syncengine.inspection.view import CatalogView
from syncengine.monitoring.metrics import Metrics
from syncengine.monitoring.outcomes import outcomes_in_lake
from syncengine.monitoring.recorder import RunRecorder
from syncengine.progress import Moment
from syncengine.traffic import Traffic

Numbers = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def read(metrics: Metrics) -> Numbers:
    text = metrics.exposition().decode()
    return {
        (sample.name.removeprefix("catalog_sync_"), tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def numbers(view: CatalogView) -> Numbers:
    return read(Metrics(lambda: view))


def one(found: Numbers, name: str, **labels: str) -> float:
    return found[(name, tuple(sorted(labels.items())))]


def recorder_of(lake: LakeOf, traffic: Traffic) -> RunRecorder:
    return RunRecorder(lake.control, outcomes=lambda item: outcomes_in_lake(lake.writer, item), traffic=traffic)


def test_before_the_first_sync_the_numbers_are_there_and_empty(view: CatalogView) -> None:
    found = numbers(view)

    assert one(found, "store_readable", store="control") == 1
    assert one(found, "run_duration_seconds_count") == 0
    assert not [name for name, _ in found if name == "products"]


def test_products_are_counted_by_state_each_sku_once(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(
        products=[product("a"), product("a", view="french"), product("b"), product("c")],
        answers={"c": Answer("rejected", "BAD", "no")},
    )
    lake.synced(
        products=[product("a", name="new"), product("a", view="french"), product("c"), product("d")],
        answers={"a": Answer("retry", None, "busy", 503)},
    )

    found = numbers(view)

    name = next(iter(view.destinations.values()))
    counts = {
        state: one(found, "products", state=state, destination=name)
        for state in ("catalog", "synced", "waiting", "rejected", "different")
    }
    assert counts == {"catalog": 3, "synced": 2, "waiting": 1, "rejected": 1, "different": 2}


def test_runs_are_counted_by_trigger_and_result_and_dry_runs_are_not(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a")])
    lake.synced(products=[product("b")], status=RunStatus.FAILED)
    dry = lake.begin(dry_run=True)
    with lake.control.write() as connection:
        finish_run(connection, dry.run_id, RunStatus.SUCCESS)

    found = numbers(view)

    assert one(found, "runs_total", trigger="cli", result="success") == 1
    assert one(found, "runs_total", trigger="cli", result="failed") == 1
    assert one(found, "run_duration_seconds_count") == 2
    assert one(found, "step_duration_seconds_count", step="publish") == 2


def test_the_same_collector_asked_twice_counts_each_run_once(lake: LakeOf, view: CatalogView) -> None:
    metrics = Metrics(lambda: view)
    lake.synced(products=[product("a")])
    going_on = lake.begin()
    first = read(metrics)
    lake.synced(products=[product("b")])
    with lake.control.write() as connection:
        finish_run(connection, going_on.run_id, RunStatus.CANCELLED)
    second = read(metrics)

    assert one(first, "runs_total", trigger="cli", result="success") == 1
    assert one(second, "runs_total", trigger="cli", result="success") == 2
    assert one(second, "runs_total", trigger="cli", result="cancelled") == 1
    assert second == numbers(view)


def test_a_held_run_is_counted_as_what_it_becomes(lake: LakeOf, view: CatalogView) -> None:
    metrics = Metrics(lambda: view)
    lake.synced(products=[product("a")], status=RunStatus.HELD)

    assert one(read(metrics), "runs_total", trigger="cli", result="held") == 1
    assert one(read(metrics), "runs_total", trigger="cli", result="held") == 1


def test_items_are_counted_by_operation_and_result(lake: LakeOf, view: CatalogView) -> None:
    recorder = recorder_of(lake, Traffic())
    lake.synced(products=[product("a"), product("b")], prices=[price("a", 10)])
    run = lake.synced(
        products=[product("a", name="changed"), product("c"), product("d")],
        answers={"a": Answer("rejected", "BAD", "no"), "d": Answer("unknown", None, "lost", 0)},
    )
    recorder.at(Moment.FINISHED, run.run_id)

    found = numbers(view)

    assert one(found, "items_total", feed="prices", op="added", result="accepted") == 1
    assert one(found, "items_total", feed="products", op="added", result="accepted") == 3
    assert one(found, "items_total", feed="products", op="added", result="waiting") == 1
    assert one(found, "items_total", feed="products", op="changed", result="rejected") == 1
    assert one(found, "items_total", feed="products", op="removed", result="accepted") == 1


def test_last_success_of_a_feed_stays_when_a_later_run_fails(lake: LakeOf, view: CatalogView) -> None:
    good = lake.synced(products=[product("a")])
    broken = lake.begin()
    with lake.control.write() as connection:
        finish_run(connection, broken.run_id, RunStatus.FAILED)
    assert good.finished_at is not None

    found = numbers(view)

    assert one(found, "last_success_timestamp_seconds", feed="products") == good.finished_at.timestamp()


def test_requests_of_a_run_survive_the_process_that_made_them(lake: LakeOf, view: CatalogView) -> None:
    traffic = Traffic()
    traffic.count("store", "GET", "200", 9.0)  # of before the run
    recorder = recorder_of(lake, traffic)
    run = lake.begin()
    recorder.at(Moment.RUN_BEGUN, run.run_id)
    traffic.count("store", "GET", "200", 0.2)
    traffic.count("services", "POST", "503", 0.01)
    traffic.count_retry()
    recorder.close()

    killed = numbers(view)
    assert one(killed, "http_requests_total", target="store", method="GET", code="200") == 1

    after = Traffic()
    resumed = recorder_of(lake, after)
    after.count("services", "POST", "200", 2.0)
    with lake.control.write() as connection:
        finish_run(connection, run.run_id, RunStatus.SUCCESS)
    resumed.at(Moment.FINISHED, run.run_id)
    found = numbers(view)

    assert one(found, "http_requests_total", target="store", method="GET", code="200") == 1
    assert one(found, "http_requests_total", target="services", method="POST", code="200") == 1
    assert one(found, "http_retries_total", target="services") == 1
    assert one(found, "http_request_duration_seconds_count", target="services") == 2
    assert one(found, "http_request_duration_seconds_bucket", target="services", le="0.05") == 1


def test_a_recorder_keeps_what_else_is_known_of_a_run(lake: LakeOf) -> None:
    recorder = recorder_of(lake, Traffic())
    run = lake.synced(products=[product("a")])
    recorder.at(Moment.FINISHED, run.run_id)

    with lake.control.read() as connection:
        details = get_run(connection, run.run_id).details
    assert details["not_offered"] == run.details["not_offered"]
    assert details["measures"]["http"]["requests"] == []


def test_the_scheduler_tells_its_heartbeat_and_its_next_run(lake: LakeOf, view: CatalogView) -> None:
    soon = utc_now() + timedelta(minutes=5)
    with lake.control.write() as connection:
        take_engine(connection, pid=os.getpid(), host=socket.gethostname(), kind="engine")
        beat(connection, next_sync_at=soon)
    lake.begin()

    found = numbers(view)

    assert one(found, "next_run_timestamp_seconds") == soon.timestamp()
    assert one(found, "run_in_progress") == 1
    assert abs(one(found, "scheduler_heartbeat_timestamp_seconds") - utc_now().timestamp()) < 60


def test_a_damaged_lake_costs_only_its_own_numbers(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a")])
    spoil_publications(lake.directory)

    found = numbers(view)

    assert one(found, "store_readable", store="lake") == 0
    assert one(found, "runs_total", trigger="cli", result="success") == 1


def test_no_label_holds_a_sku(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("canary-sku")], answers={"canary-sku": Answer("rejected", "BAD", "no")})

    assert "canary-sku" not in Metrics(lambda: view).exposition().decode()
