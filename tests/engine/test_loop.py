"""The engine's turns: windows, requests, events and pauses, and what becomes of them when something fails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert

from engine.conftest import NOON, Bench
from syncengine.catalog import Touched
from syncengine.changes.plan import Selection
from syncengine.commands import cancel_request, pause_schedule, request_sync, resume_schedule, start_now, touch
from syncengine.commands.request_form import request_json
from syncengine.control.engine import engine_state
from syncengine.control.requests import REQUESTS
from syncengine.control.runs import Run, RunStatus, list_runs
from syncengine.control.schema import utc_now
from syncengine.errors import CatalogSyncError, ControlError, LockLostError, SettingsError, SyncInterruptedError
from syncengine.pipeline import SyncOptions

OpenBench = Callable[..., Bench]
HOUR = timedelta(hours=1)


def resync(*feeds: str, by: str = "all", values: tuple[str, ...] = (), **more: object) -> SyncOptions:
    selection = Selection(resync=True, by=by, values=values)  # type: ignore[arg-type]
    return SyncOptions(feeds=feeds, selection=selection, trigger="resync", requested_by="ann", **more)  # type: ignore[arg-type]


@pytest.fixture
def bench(open_bench: OpenBench) -> Bench:
    """A bench whose engine has served the window of noon."""
    bench = open_bench()
    engine = bench.engine()
    engine.turn()
    return bench


def turn_at(bench: Bench, after_noon: timedelta) -> None:
    bench.now = NOON + after_noon
    bench.engine().turn()


def test_a_window_syncs_everything_and_the_next_one_is_told(bench: Bench) -> None:
    turn_at(bench, HOUR)

    (ran,) = bench.ran
    assert (ran.trigger, ran.feeds, ran.full, ran.end_at) == ("schedule", (), False, NOON + 2 * HOUR)
    with bench.control.read() as connection:
        state = engine_state(connection)
    assert state is not None
    assert state.next_sync_at == NOON + 2 * HOUR


def test_a_request_waits_for_the_window_and_is_done_there(bench: Bench) -> None:
    request = request_sync(bench.control, resync("products"), start_now=False)
    turn_at(bench, timedelta(minutes=30))
    assert bench.ran == []

    turn_at(bench, HOUR)

    assert [options.mode for options in bench.ran] == ["changes", "resync"]
    done = bench.request(request.request_id)
    assert (done.status, done.shown) == ("done", "Done")
    assert done.finished_at is not None


def test_a_request_for_now_runs_now_and_so_does_one_that_is_told_to_start(bench: Bench) -> None:
    now = request_sync(bench.control, resync("products"), start_now=True)
    later = request_sync(bench.control, resync("prices", no_reindex=True), start_now=False)
    turn_at(bench, timedelta(minutes=1))
    assert [bench.request(item.request_id).status for item in (now, later)] == ["done", "requested"]

    assert start_now(bench.control, later.request_id, actor="bob")
    turn_at(bench, timedelta(minutes=2))

    assert bench.request(later.request_id).status == "done"
    assert not start_now(bench.control, later.request_id, actor="bob"), "it is done"


def test_a_plain_request_is_served_by_the_window_itself(bench: Bench) -> None:
    request = request_sync(bench.control, SyncOptions(feeds=("prices",), requested_by="ann"), start_now=False)

    turn_at(bench, HOUR)

    assert len(bench.ran) == 1
    with bench.control.read() as connection:
        (run,) = list_runs(connection)
    assert bench.request(request.request_id).run_id == run.run_id


def test_ten_thousand_requests_for_products_are_one_run(bench: Bench) -> None:
    with bench.control.write() as connection:
        asked = [request_json(resync("products", by="sku", values=(f"S{number}",))) for number in range(10_000)]
        connection.execute(
            insert(REQUESTS),
            [
                {"request_id": f"q-{number}", "fingerprint": str(number), "status": "requested", "options": options,
                 "requested_by": f"user {number}", "requested_at": utc_now(), "start_now": True}
                for number, options in enumerate(asked)
            ],
        )  # fmt: skip

    turn_at(bench, timedelta(minutes=1))

    (ran,) = bench.ran
    assert ran.feeds == ("products",)
    assert ran.selection.values == tuple(f"S{number}" for number in range(10_000))
    assert ran.requested_by == "user 0, user 1, user 2 and 9997 more"
    assert {bench.request(f"q-{number}").status for number in (0, 4999, 9999)} == {"done"}


def test_requests_that_differ_in_their_feeds_are_one_run_and_others_are_not(bench: Bench) -> None:
    for options in (
        resync("products"),
        resync("prices"),
        resync("prices", dry_run=True),
        resync(by="sku", values=("A",)),
    ):
        request_sync(bench.control, options, start_now=True)

    turn_at(bench, timedelta(minutes=1))

    assert [(options.feeds, options.dry_run, options.selection.values) for options in bench.ran] == [
        (("products", "prices"), False, ()), (("prices",), True, ()), ((), False, ("A",)),
    ]  # fmt: skip


def test_a_request_taken_back_before_its_run_is_not_run(bench: Bench) -> None:
    first = request_sync(bench.control, resync("products"), start_now=True)
    second = request_sync(bench.control, resync("prices", dry_run=True), start_now=True)
    bench.before_end = lambda options, run: cancel_request(bench.control, second.request_id, actor="ann") and None

    turn_at(bench, timedelta(minutes=1))

    assert len(bench.ran) == 1
    assert not cancel_request(bench.control, first.request_id, actor="ann"), "it is done"


def test_a_request_shows_its_run_while_it_is_served(bench: Bench) -> None:
    request = request_sync(bench.control, resync("products"), start_now=True)
    seen = []
    bench.before_end = lambda options, run: seen.append(
        (bench.request(request.request_id).shown, bench.request(request.request_id).run_id == run.run_id)
    )

    turn_at(bench, timedelta(minutes=1))

    assert seen == [("In Progress", True)]


def test_a_request_that_no_run_can_be_made_of_is_rejected_with_the_reason(bench: Bench) -> None:
    def refuses(options: SyncOptions, run: Run) -> None:
        raise SettingsError("There is no destination `x`.", hint="Name another.")

    bench.before_end = refuses
    request = request_sync(bench.control, resync("products"), start_now=True)

    turn_at(bench, timedelta(minutes=1))

    found = bench.request(request.request_id)
    assert (found.status, found.reason) == ("rejected", "There is no destination `x`. Name another.")


def test_an_internal_error_fails_the_run_and_the_next_one_is_at_its_slot(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(options: SyncOptions, run: Run) -> None:
        raise ZeroDivisionError("secret text")

    bench.before_end = breaks
    turn_at(bench, HOUR)
    turn_at(bench, HOUR + timedelta(minutes=1))

    with bench.control.read() as connection:
        (run,) = list_runs(connection)
    assert (run.status, run.error_code) == (RunStatus.FAILED, "CS0007")
    assert "secret" not in f"{run.error_message} {bench.notes.said}"
    assert "ZeroDivisionError" in caplog.text
    bench.before_end = lambda options, run: None
    turn_at(bench, 2 * HOUR)
    assert len(bench.ran) == 2


def test_a_failed_run_is_the_answer_to_its_request(bench: Bench) -> None:
    bench.status, bench.error = RunStatus.FAILED, CatalogSyncError("no", code="CS2002")
    request = request_sync(bench.control, resync("products"), start_now=True)

    turn_at(bench, timedelta(minutes=1))

    assert bench.request(request.request_id).status == "done"


def test_stopped_while_reading_the_request_waits_and_the_window_is_made_up_for(bench: Bench) -> None:
    def stops(options: SyncOptions, run: Run) -> None:
        bench.stop.set()

    bench.before_end = stops
    bench.status, bench.error = RunStatus.CANCELLED, CatalogSyncError("stopped", code="CS2007")
    request = request_sync(bench.control, resync("products"), start_now=False)
    turn_at(bench, HOUR)
    assert bench.request(request.request_id).status == "requested"

    bench.stop.clear()
    bench.before_end, bench.status, bench.error = lambda options, run: None, RunStatus.SUCCESS, None
    turn_at(bench, HOUR + timedelta(minutes=10))

    assert [options.mode for options in bench.ran] == ["changes", "changes", "resync"]
    assert bench.request(request.request_id).status == "done"


def test_interrupted_while_sending_the_request_stays_with_its_run_until_that_is_through(bench: Bench) -> None:
    def stops(options: SyncOptions, run: Run) -> None:
        bench.stop.set()
        raise SyncInterruptedError("stopped")

    bench.before_end = stops
    request = request_sync(bench.control, resync("products"), start_now=True)
    turn_at(bench, timedelta(minutes=1))
    assert bench.request(request.request_id).status == "taken"

    bench.stop.clear()
    bench.engine().take_over()

    again = bench.request(request.request_id)
    assert again.status == "requested", "its run was closed before anything was planned: it is run again"


def test_a_disk_that_is_full_is_not_asked_each_second_and_the_request_waits(bench: Bench) -> None:
    def full(options: SyncOptions, run: Run) -> None:
        raise ControlError("The control store could not be used: disk I/O error.")

    bench.before_end = full
    request = request_sync(bench.control, resync("products"), start_now=True)
    engine = bench.engine()
    for _ in range(5):
        engine.turn()

    assert len(bench.ran) == 1
    assert bench.request(request.request_id).status == "requested"
    assert sum("CS5201" in note for note in bench.notes.said) == 1


def test_a_lock_file_that_was_replaced_stops_the_engine_before_its_next_run(bench: Bench) -> None:
    bench.shop.directory.engine_lock.unlink()
    bench.shop.directory.engine_lock.write_text("another one")
    request = request_sync(bench.control, resync("products"), start_now=True)

    with pytest.raises(LockLostError, match="replaced"):
        turn_at(bench, timedelta(minutes=1))

    assert bench.ran == []
    assert bench.request(request.request_id).status == "requested"


def test_a_paused_schedule_runs_nothing_but_what_is_asked_for_now(open_bench: OpenBench) -> None:
    bench = open_bench(debounce_seconds=0)
    bench.engine().turn()
    pause_schedule(bench.control, reason="import", actor="ann")
    touch(bench.control, skus=["A"], actor="store")
    later = request_sync(bench.control, resync("prices", dry_run=True), start_now=False)
    request_sync(bench.control, resync("products"), start_now=True)

    turn_at(bench, 3 * HOUR)

    assert [options.feeds for options in bench.ran] == [("products",)]
    with bench.control.read() as connection:
        state = engine_state(connection)
    assert state is not None
    assert state.next_sync_at is None
    assert resume_schedule(bench.control, actor="ann")
    turn_at(bench, 3 * HOUR + timedelta(minutes=1))
    assert [options.trigger for options in bench.ran[1:]] == ["event", "schedule", "resync"]
    assert bench.request(later.request_id).status == "done"


def test_events_are_collected_from_the_first_on_and_served_by_one_run(bench: Bench) -> None:
    touch(bench.control, skus=["A", "B"], actor="store")
    with bench.control.read() as connection:
        state = engine_state(connection)
    assert state is not None
    came = state.heartbeat_at  # about now, by the clock of the machine
    touch(bench.control, skus=["B", "C"], ids=[7], entities=["prices"], actor="importer")
    bench.now = came + timedelta(seconds=30)
    engine = bench.engine()
    engine.turn()
    bench.ran.clear()
    touch(bench.control, skus=["D"], actor="store")

    bench.now = came + timedelta(seconds=90)
    engine.turn()
    engine.turn()

    (ran,) = [options for options in bench.ran if options.trigger == "event"]
    assert ran.touched == Touched(skus=("A", "B", "C", "D"), ids=(7,), prices=True)
    assert ran.requested_by == "store, importer"


def test_an_event_of_everything_is_a_full_read(open_bench: OpenBench) -> None:
    bench = open_bench(debounce_seconds=0)
    touch(bench.control, skus=["A"], actor="store")
    touch(bench.control, everything=True, actor="store")

    bench.engine().turn()

    assert [(options.full, options.touched) for options in bench.ran] == [(True, None)]


def test_a_feed_of_its_own_cadence_is_synced_alone(open_bench: OpenBench) -> None:
    bench = open_bench(feed_minutes={"prices": 15})
    bench.engine().turn()

    turn_at(bench, timedelta(minutes=15))
    turn_at(bench, HOUR)

    assert [options.feeds for options in bench.ran] == [("prices",), ()]


def test_a_retry_timer_without_anything_due_makes_no_run(open_bench: OpenBench) -> None:
    bench = open_bench(retry_minutes=5)
    bench.engine().turn()

    turn_at(bench, timedelta(minutes=5))

    assert bench.ran == []


def test_the_daily_full_read_is_one_of_the_windows(bench: Bench) -> None:
    turn_at(bench, HOUR)
    turn_at(bench, 25 * HOUR)
    turn_at(bench, 26 * HOUR)

    assert [options.full for options in bench.ran] == [False, True, False]


def test_maintenance_comes_once_a_night_and_its_error_stops_nothing(bench: Bench) -> None:
    turn_at(bench, timedelta(hours=15, minutes=31))
    turn_at(bench, timedelta(hours=15, minutes=32))

    assert bench.maintained == 1


def test_an_engine_that_died_in_a_window_leaves_its_request_and_the_next_one_serves_both(bench: Bench) -> None:
    class Killed(BaseException):
        pass

    def dies(options: SyncOptions, run: Run) -> None:
        raise Killed

    request = request_sync(bench.control, resync("products"), start_now=True)
    bench.before_end = dies
    with pytest.raises(Killed):
        turn_at(bench, HOUR)

    bench.before_end = lambda options, run: None
    engine = bench.engine()
    engine.take_over()
    engine.turn()

    assert bench.request(request.request_id).status == "done"
    assert [options.mode for options in bench.ran] == ["resync", "resync", "changes"]
