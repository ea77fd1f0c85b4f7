"""More to send than two days permit, on a fast clock: hourly windows, a daily cap, a restart before each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.destinations import Request, ScriptedDestination, accepted
from support.items import PRODUCTS, product
from support.lakes import Stand, open_stand

from syncengine.changes.plan import Selection
from syncengine.control.batches import OutboxRecord, list_receipts, open_fold, save_outboxes
from syncengine.control.feed_runs import FeedRun, list_feed_runs, save_feed_run
from syncengine.control.runs import RunStatus, Step, begin_run, finish_run, set_step
from syncengine.control.store import open_control_store
from syncengine.errors import CatalogSyncError
from syncengine.export.budget import DayUseInControlStore, RateBudget, RateLimits
from syncengine.export.delivery import Courier, Served
from syncengine.export.destinations.base import Receipt
from syncengine.export.guards import Verdict
from syncengine.export.planning import Planner
from syncengine.export.receipts import fold_inputs
from syncengine.export.steering import Steering
from syncengine.progress import SilentObserver
from syncengine.settings import DestinationSettings, GuardSettings

PER_DAY = 130
BATCH_ITEMS = 2
ITEMS = 700  # 350 requests: two days and most of a third
BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
SETTINGS = DestinationSettings(kind="folder", path=Path("out"))


@dataclass(slots=True)
class Clock:
    """A clock that only sleeping moves."""

    now: datetime = BEGIN

    def seconds(self) -> float:
        """As a steady clock."""
        return (self.now - BEGIN).total_seconds()

    def sleep(self, seconds: float) -> None:
        """Move on, at no cost."""
        self.now += timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request as it arrived, and the window that it arrived in."""

    at: datetime
    window: datetime
    names: dict[str, str]


@dataclass(slots=True)
class Backlog:
    """A catalog that changes every hour, and a destination that takes less than that."""

    stand: Stand
    clock: Clock = field(default_factory=Clock)
    names: dict[str, str] = field(default_factory=lambda: {f"s-{n:03}": "first" for n in range(ITEMS)})
    sent: list[Sent] = field(default_factory=list)
    superseded: list[Sent] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)

    def change(self, number: int) -> None:
        """Give some items another name: such as wait since long, and such as were sent already."""
        for position in range(number % 7, ITEMS, 60):
            self.names[f"s-{position:03}"] = f"changed in window {number}"
        self.stand.merge(PRODUCTS, [product(sku, name=name) for sku, name in self.names.items()])

    def window(self) -> FeedRun:
        """One window of a process that has just started: all it knows of earlier ones is on disk."""
        begun = self.clock.now
        with closing(open_control_store(self.stand.directory.root)) as control:
            day_use = DayUseInControlStore(control, "capped")
            steering = Steering(control, now=lambda: self.clock.now, clock=lambda: 0.0, sleep=self.clock.sleep)
            budget = RateBudget(
                RateLimits(per_minute=1, per_day=PER_DAY), day_use=day_use, should_stop=steering.must_end,
                clock=self.clock.seconds, sleep=self.clock.sleep, today=lambda: self.clock.now.date(),
            )  # fmt: skip

            def take(request: Request) -> Receipt:
                budget.acquire()
                one = Sent(
                    at=self.clock.now, window=begun,
                    names={str(item["sku"]): str(item["name"]) for item in request.payloads},
                )  # fmt: skip
                self.sent.append(one)
                if any(self.names[sku] != name for sku, name in one.names.items()):
                    self.superseded.append(one)
                self.held.update(one.names)
                return accepted(request)

            destination = ScriptedDestination(take, max_items=BATCH_ITEMS, name="capped", destination_id="capped")
            with control.write() as connection:
                run = begin_run(
                    connection, trigger="schedule", mode="changes", dry_run=False, requested_by="test",
                    feeds=(PRODUCTS.name,),
                )  # fmt: skip
                set_step(connection, run.run_id, Step.EXPORT)
            steering.begin(run.run_id)
            steering.end_by(begun + HOUR)
            planner = Planner(
                connection=self.stand.writer.connection, run_id=run.run_id, selection=Selection(),
                guard=GuardSettings(), verdict=lambda hold: Verdict.unasked,
                outbox_dir=self.stand.directory.outbox(run.run_id), now=begun,
            )  # fmt: skip
            plan = planner.plan(PRODUCTS, destination, is_offered=True, set_aside=0)
            box = plan.outbox
            if box is None:
                return plan.feed_run
            record = OutboxRecord(
                run_id=run.run_id, destination="capped", feed=PRODUCTS.name, sha256=box.sha256, items=box.items,
                path=str(box.path.relative_to(self.stand.directory.root)), batches=box.batches,
            )  # fmt: skip
            with control.write() as connection:
                save_feed_run(connection, plan.feed_run)
                save_outboxes(connection, [record])
            courier = Courier(
                control=control, data_dir=self.stand.directory.root, observer=SilentObserver(), steering=steering,
                fold=lambda: None,
            )  # fmt: skip
            errors: list[CatalogSyncError] = courier.deliver(
                run, {"capped": Served(destination=destination, settings=SETTINGS, budget=budget, connections=1)}
            )
            assert errors == []
            with control.write() as connection:
                number = open_fold(connection, run.run_id)
                receipts = list_receipts(connection, run.run_id)
                finish_run(connection, run.run_id, RunStatus.SUCCESS)
                (ended,) = list_feed_runs(connection, run.run_id)
            if number is not None:
                inputs = fold_inputs(receipts, [replace(record)], self.stand.directory.root)
                self.stand.writer.fold(inputs, run_id=run.run_id, sequence=run.sequence, fold=number, at=begun)
            self.clock.now = max(self.clock.now, begun + HOUR)
            return ended


@pytest.fixture(scope="module")
def sent_out(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Backlog, list[FeedRun]]]:
    """Windows, hour by hour, until nothing is left; in the first two days the catalog changes before each."""
    stand = open_stand(tmp_path_factory.mktemp("backlog"))
    backlog, runs = Backlog(stand), []
    for number in range(80):
        if number < 48:
            backlog.change(number)
        runs.append(backlog.window())
        if number >= 48 and not runs[-1].waiting:
            break
    yield backlog, runs
    stand.writer.close()


def test_everything_arrives_in_the_end(sent_out: tuple[Backlog, list[FeedRun]]) -> None:
    backlog, runs = sent_out
    assert runs[-1].waiting == 0
    assert backlog.held == backlog.names
    assert backlog.sent[-1].at - BEGIN > timedelta(days=2), "the backlog was too small to show anything"


def test_no_superseded_payload_is_ever_sent(sent_out: tuple[Backlog, list[FeedRun]]) -> None:
    backlog, runs = sent_out
    cut_short = [run for run in runs if run.status == "waiting"]
    assert len(cut_short) > 40, "no outbox was left with something in it: nothing could have been superseded"
    assert backlog.superseded == []


def test_no_outbox_is_sent_from_beyond_its_window(sent_out: tuple[Backlog, list[FeedRun]]) -> None:
    backlog, _ = sent_out
    late = [one for one in backlog.sent if not one.window <= one.at <= one.window + HOUR]
    assert late == []
    assert max(Counter(one.window for one in backlog.sent).values()) <= 60


def test_the_daily_cap_survives_every_restart_and_is_used_up(sent_out: tuple[Backlog, list[FeedRun]]) -> None:
    backlog, _ = sent_out
    by_day = Counter(one.at.date() for one in backlog.sent)
    first, second, *_ = [by_day[day] for day in sorted(by_day)]
    assert (first, second) == (PER_DAY, PER_DAY)
    assert max(by_day.values()) <= PER_DAY
