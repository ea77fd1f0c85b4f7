"""Delivering to several destinations at once: in threads of their own, each with its own failures and budget."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from support.destinations import Request, ScriptedDestination, not_taken
from support.items import PRODUCTS, VARIANTS, product, variant
from support.lakes import NOW, Stand, open_stand

from syncengine.changes.plan import Selection
from syncengine.commands import cancel_run, pause_run, resume_run
from syncengine.control.batches import OutboxRecord, list_receipts, save_outboxes
from syncengine.control.feed_runs import FeedRun, list_feed_runs, save_feed_run
from syncengine.control.runs import Run, RunStatus, Step, begin_run, get_run, list_runs, set_step
from syncengine.control.schema import utc_now
from syncengine.control.settings import get_setting
from syncengine.control.store import ControlStore, open_control_store
from syncengine.errors import CatalogSyncError, DestinationRefusedError, SyncInterruptedError
from syncengine.export.budget import DayUseInControlStore, RateBudget, RateLimits
from syncengine.export.delivery import Courier, Served
from syncengine.export.destinations.base import BatchOutcome, Receipt, accepted_except
from syncengine.export.guards import Verdict
from syncengine.export.planning import Planner
from syncengine.export.steering import Steering
from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import FEEDS
from syncengine.progress import SilentObserver
from syncengine.settings import DestinationSettings, GuardSettings

FOLDER = DestinationSettings(kind="folder", path=Path("out"))


def accepted(request: Request) -> Receipt:
    """Every item accepted, whatever its feed."""
    items = accepted_except(request.items, (), http_status=200)
    return Receipt(outcome=BatchOutcome.answered, items=items, http_status=200, request_id=f"req-{request.number}")


@dataclass(slots=True)
class Metered(ScriptedDestination):
    """Asks its budget before each request, as a destination behind a transport does."""

    budget: RateBudget = field(default_factory=RateBudget)

    def send(self, feed: str, body: bytes, *, items: int, key: str, sequence: int) -> Receipt:
        """Ask, then as scripted."""
        self.budget.acquire()
        return ScriptedDestination.send(self, feed, body, items=items, key=key, sequence=sequence)


@dataclass(slots=True)
class Depot:
    """A lake, a control store, and a run planned for some destinations."""

    stand: Stand
    control: ControlStore
    folds: list[int] = field(default_factory=list)
    should_stop: Callable[[], bool] = lambda: False
    end_at: datetime | None = None
    now: Callable[[], datetime] = utc_now
    sleep: Callable[[float], None] = lambda seconds: None

    def deliver(
        self,
        destinations: Sequence[ScriptedDestination],
        feeds: Sequence[Feed] = (PRODUCTS,),
        *,
        trigger: str = "cli",
    ) -> tuple[Run, list[CatalogSyncError], Mapping[tuple[str, str], FeedRun]]:
        """Plan every feed for every destination, deliver, and tell how it ended."""
        with self.control.write() as connection:
            run = begin_run(
                connection, trigger=trigger, mode="changes", dry_run=False, requested_by="test",
                feeds=tuple(feed.name for feed in feeds),
            )  # fmt: skip
            set_step(connection, run.run_id, Step.EXPORT)
        self._plan(run, destinations, feeds)
        courier = Courier(
            control=self.control, data_dir=self.stand.directory.root, observer=SilentObserver(),
            steering=self.steering(run), fold=lambda: self.folds.append(threading.get_ident()),
        )  # fmt: skip
        served = {
            item.destination_id: Served(
                destination=item, settings=FOLDER, budget=getattr(item, "budget", RateBudget()), connections=1
            )
            for item in destinations
        }
        errors = courier.deliver(run, served)
        with self.control.read() as connection:
            feed_runs = {(item.destination, item.feed): item for item in list_feed_runs(connection, run.run_id)}
            return get_run(connection, run.run_id), errors, feed_runs

    def steering(self, run: Run) -> Steering:
        """What ends the run early; no test waits for a wish to be looked for."""
        ticks = count()
        made = Steering(
            self.control, should_stop=lambda: self.should_stop(), now=self.now, clock=lambda: float(next(ticks)),
            sleep=self.sleep,
        )  # fmt: skip
        made.begin(run.run_id)
        made.end_by(self.end_at)
        return made

    def _plan(self, run: Run, destinations: Sequence[ScriptedDestination], feeds: Sequence[Feed]) -> None:
        planner = Planner(
            connection=self.stand.writer.connection, run_id=run.run_id, selection=Selection(), guard=GuardSettings(),
            verdict=lambda hold: Verdict.approved, outbox_dir=self.stand.directory.outbox(run.run_id), now=NOW,
        )  # fmt: skip
        plans = [planner.plan(feed, item, is_offered=True, set_aside=0) for item in destinations for feed in feeds]
        boxes = [plan.outbox for plan in plans if plan.outbox is not None]
        with self.control.write() as connection:
            for plan in plans:
                save_feed_run(connection, plan.feed_run)
            save_outboxes(
                connection,
                [
                    OutboxRecord(
                        run_id=run.run_id, destination=box.destination, feed=box.feed.name, sha256=box.sha256,
                        path=str(box.path.relative_to(self.stand.directory.root)), items=box.items,
                        batches=box.batches,
                    )
                    for box in boxes
                ],
            )  # fmt: skip


@pytest.fixture
def depot(tmp_path: Path) -> Iterator[Depot]:
    """A depot with 10 products and 6 variants to send."""
    stand = open_stand(tmp_path, PRODUCTS, VARIANTS)
    stand.merge(PRODUCTS, [product(f"s-{n:03}") for n in range(10)])
    stand.merge(VARIANTS, [variant("s-000", f"s-{n:03}") for n in range(1, 7)])
    with closing(open_control_store(tmp_path)) as control:
        yield Depot(stand, control)
    stand.writer.close()


def to(name: str, script: Callable[[Request], Receipt] = accepted) -> ScriptedDestination:
    return ScriptedDestination(script, max_items=2, name=name, destination_id=name)


def test_destinations_are_served_at_the_same_time(depot: Depot) -> None:
    both_are_in = threading.Barrier(2, timeout=30)

    def script(request: Request) -> Receipt:
        if request.number == 0:
            both_are_in.wait()
        return accepted(request)

    _, errors, feed_runs = depot.deliver([to("a", script), to("b", script)])

    assert errors == []
    assert {key: item.accepted for key, item in feed_runs.items()} == {("a", "products"): 10, ("b", "products"): 10}


def test_one_that_hangs_does_not_delay_another_which_is_folded_meanwhile(depot: Depot) -> None:
    is_folded = threading.Event()

    def hangs(request: Request) -> Receipt:
        assert is_folded.wait(30), "the other destination was not brought home while this one hangs"
        return accepted(request)

    depot.folds = _Signalling(is_folded)
    _, errors, feed_runs = depot.deliver([to("down", hangs), to("well")])

    assert errors == []
    assert feed_runs["well", "products"].accepted == 10
    assert set(depot.folds) == {threading.get_ident()}


class _Signalling(list[int]):
    def __init__(self, event: threading.Event) -> None:
        super().__init__()
        self._event = event

    def append(self, value: int) -> None:
        """Tell."""
        super().append(value)
        self._event.set()


def test_one_that_refuses_us_fails_alone(depot: Depot) -> None:
    def refuses(request: Request) -> Receipt:
        raise DestinationRefusedError("401.")

    _, errors, feed_runs = depot.deliver([to("bad", refuses), to("good")], [PRODUCTS, VARIANTS])

    assert [type(error) for error in errors] == [DestinationRefusedError]
    assert (feed_runs["bad", "products"].status, feed_runs["bad", "products"].waiting) == ("failed", 10)
    assert feed_runs["bad", "variants"].status == "planned"
    assert [feed_runs["good", feed].status for feed in ("products", "variants")] == ["success", "success"]


def test_one_that_takes_nothing_is_named(depot: Depot) -> None:
    def script(request: Request) -> Receipt:
        return not_taken("retry", after=0)

    _, errors, _ = depot.deliver([to("well"), to("down", script)])

    (error,) = errors
    assert "`down` took none of 5 batches" in error.message


def test_a_stop_reaches_every_destination(depot: Depot) -> None:
    a, b = to("a"), to("b")
    depot.should_stop = lambda: len(a.requests) >= 2 and len(b.requests) >= 2

    def waits_for_the_other(other: ScriptedDestination) -> Callable[[Request], Receipt]:
        def script(request: Request) -> Receipt:
            for _ in range(3000):
                if len(other.requests) >= 2 or request.number < 1:
                    break
                threading.Event().wait(0.01)
            return accepted(request)

        return script

    a.script, b.script = waits_for_the_other(b), waits_for_the_other(a)
    _, errors, feed_runs = depot.deliver([a, b])

    assert [type(error) for error in errors] == [SyncInterruptedError] * 2
    assert all(item.waiting > 0 for item in feed_runs.values())


def _capped(depot: Depot, per_day: int) -> Metered:
    budget = RateBudget(RateLimits(per_day=per_day), day_use=DayUseInControlStore(depot.control, "capped"))
    return Metered(accepted, max_items=2, name="capped", destination_id="capped", budget=budget)


def test_a_spent_day_leaves_the_rest_waiting_and_is_no_error(depot: Depot) -> None:
    run, errors, feed_runs = depot.deliver([_capped(depot, 3)])

    feed_run = feed_runs["capped", "products"]
    assert errors == []
    assert (feed_run.status, feed_run.accepted, feed_run.waiting, feed_run.requests) == ("waiting", 6, 4, 3)
    (warning,) = run.details["warnings"]
    assert (warning["kind"], warning["destination"]) == ("day_budget", "capped")
    assert "of products the rest waits" in warning["sentence"]


def test_the_next_run_of_the_day_sends_nothing_more(depot: Depot) -> None:
    depot.deliver([_capped(depot, 3)])
    second = _capped(depot, 3)
    _, errors, feed_runs = depot.deliver([second])
    assert (errors, second.requests, feed_runs["capped", "products"].waiting) == ([], [], 10)


def test_a_short_day_is_shared_between_feeds_so_that_none_starves(depot: Depot) -> None:
    # products need 5 requests, variants 3
    _, _, feed_runs = depot.deliver([_capped(depot, 6)], [PRODUCTS, VARIANTS])

    assert (feed_runs["capped", "variants"].accepted, feed_runs["capped", "variants"].status) == (6, "success")
    assert (feed_runs["capped", "products"].accepted, feed_runs["capped", "products"].waiting) == (6, 4)


def test_receipts_of_each_destination_stand_apart(depot: Depot) -> None:
    run, _, _ = depot.deliver([to("a"), to("b")])
    with depot.control.read() as connection:
        counted = {
            name: len(list_receipts(connection, run.run_id, destination=name, feed="products")) for name in ("a", "b")
        }
    assert counted == {"a": 5, "b": 5}


# -- wishes and windows --------------------------------------------------------------------------------------------


def _wishing(depot: Depot, wish: Callable[[str], object], *, after: int = 2) -> ScriptedDestination:
    """A destination during whose n-th request somebody asks something of the run."""

    def script(request: Request) -> Receipt:
        if request.number + 1 == after:
            with depot.control.read() as connection:
                (run,) = list_runs(connection, statuses=frozenset({RunStatus.IN_PROGRESS}))
            wish(run.run_id)
        return accepted(request)

    return to("wished", script)


def test_a_cancelled_run_keeps_what_was_acknowledged_and_lets_the_rest_wait(depot: Depot) -> None:
    destination = _wishing(depot, lambda run_id: cancel_run(depot.control, run_id, actor="ann"))
    _, errors, feed_runs = depot.deliver([destination], [PRODUCTS, VARIANTS])

    assert errors == []
    assert len(destination.requests) == 2
    products, variants = feed_runs["wished", "products"], feed_runs["wished", "variants"]
    assert (products.status, products.accepted, products.waiting) == ("waiting", 4, 6)
    assert (variants.status, variants.accepted, variants.waiting) == ("waiting", 0, 6)


def test_a_paused_run_stands_still_says_so_and_goes_on_when_it_is_resumed(depot: Depot) -> None:
    seen: list[object] = []

    def looked_at(seconds: float) -> None:
        """Instead of sleeping: look at the run as another process would, and resume it the third time."""
        with depot.control.read() as connection:
            (run,) = list_runs(connection, statuses=frozenset({RunStatus.IN_PROGRESS}))
        seen.append((run.progress, len(destination.requests)))
        if len(seen) == 3:
            resume_run(depot.control, run.run_id, actor="bob")

    depot.sleep = looked_at
    destination = _wishing(depot, lambda run_id: pause_run(depot.control, run_id, actor="ann"))
    run, errors, feed_runs = depot.deliver([destination])

    assert [requests for _, requests in seen] == [2, 2, 2]
    assert all(progress["paused"]["by"] == "ann" for progress, _ in seen)
    assert (errors, feed_runs["wished", "products"].status) == ([], "success")
    assert len(destination.requests) == 5
    assert "paused" not in (run.progress or {})


@pytest.mark.parametrize("way", ["stop", "cancel", "window"])
def test_a_paused_run_can_still_be_ended(depot: Depot, way: str) -> None:
    def end(seconds: float) -> None:
        with depot.control.read() as connection:
            (run,) = list_runs(connection, statuses=frozenset({RunStatus.IN_PROGRESS}))
        if way == "stop":
            depot.should_stop = lambda: True
        elif way == "cancel":
            cancel_run(depot.control, run.run_id, actor="ann")
        else:
            depot.end_at, moments[0] = None, NOW.replace(tzinfo=UTC) + timedelta(hours=2)

    moments = [NOW.replace(tzinfo=UTC)]
    depot.now, depot.end_at, depot.sleep = lambda: moments[0], moments[0] + timedelta(hours=1), end
    destination = _wishing(depot, lambda run_id: pause_run(depot.control, run_id, actor="ann"))
    _, errors, feed_runs = depot.deliver([destination])

    assert len(destination.requests) == 2
    assert [type(error) for error in errors] == ([SyncInterruptedError] if way == "stop" else [])
    assert feed_runs["wished", "products"].waiting == 6


def test_the_end_of_the_window_leaves_the_rest_waiting_and_warns(depot: Depot) -> None:
    begun = NOW.replace(tzinfo=UTC)
    moments = iter([begun] * 4)
    depot.now, depot.end_at = lambda: next(moments, begun + timedelta(hours=1)), begun + timedelta(hours=1)
    run, errors, feed_runs = depot.deliver([to("a")])

    assert errors == []
    assert 0 < feed_runs["a", "products"].accepted < 10
    assert feed_runs["a", "products"].status == "waiting"
    (warning,) = run.details["warnings"]
    assert (warning["kind"], warning["destination"]) == ("window", "a")


# -- intervals of their own ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trigger", "feeds", "noted"),
    [("schedule", [*FEEDS.values()], True), ("schedule", [PRODUCTS], False), ("cli", [*FEEDS.values()], False)],
)
def test_only_a_scheduled_run_of_all_feeds_counts_for_a_destinations_interval(
    tmp_path: Path, trigger: str, feeds: list[Feed], noted: bool
) -> None:
    stand = open_stand(tmp_path, *FEEDS.values())
    with closing(open_control_store(tmp_path)) as control:
        depot = Depot(stand, control)
        run, _, _ = depot.deliver([to("a")], feeds, trigger=trigger)
        with control.read() as connection:
            assert (get_setting(connection, "scheduled-service:a") is not None) is noted
    stand.writer.close()
    assert run.trigger == trigger


def test_a_destination_whose_window_was_cut_short_stays_due(depot: Depot) -> None:
    depot.end_at = NOW.replace(tzinfo=UTC)
    depot.deliver([to("a")], trigger="schedule")
    with depot.control.read() as connection:
        assert get_setting(connection, "scheduled-service:a") is None
