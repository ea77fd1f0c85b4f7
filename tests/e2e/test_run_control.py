"""Runs that somebody pauses, cancels or refuses, that outlast their window, or that were left behind too long ago."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from support.relay import Relay, relaying

from syncengine.changes.plan import Selection
from syncengine.commands import cancel_run, pause_run, refuse_run, resume_run
from syncengine.control.audit import list_audit
from syncengine.control.feed_runs import FeedRun, list_feed_runs
from syncengine.control.runs import Run, RunStatus, get_run, set_step
from syncengine.control.schema import utc_now
from syncengine.control.store import ControlStore, open_control_store
from syncengine.demo.services.server import running as running_services
from syncengine.engine import open_workshop
from syncengine.errors import SyncInterruptedError
from syncengine.pipeline import SyncOptions, Workshop, resume_left_behind, run_sync
from syncengine.progress import Moment, SilentObserver
from syncengine.settings import DestinationSettings, Settings
from tests.ui.shop import Shop

PRODUCTS = 80
ONE_BY_ONE = {"feeds": ("products",), "batch_items": 1}


class At(SilentObserver):
    """Does something the n-th time that a moment is passed."""

    def __init__(self, moment: Moment, number: int, what: Callable[[], object]) -> None:
        self._moment, self._left, self._what = moment, number, what

    def at(self, moment: Moment, detail: str = "") -> None:
        """Count down, then do it."""
        if moment is self._moment:
            self._left -= 1
            if self._left == 0:
                self._what()


@dataclass(slots=True, kw_only=True)
class Rig:
    """A shop of files, demo services behind a relay, at a pace that leaves time to interfere."""

    shop: Shop
    relay: Relay
    control: ControlStore
    settings: Settings
    stopped: bool = field(default=False)

    def opened(self, observer: SilentObserver | None = None) -> Any:
        """The workshop of a process that has just started."""
        self.stopped = False
        return open_workshop(
            self.settings, observer or SilentObserver(), kind="command", should_stop=lambda: self.stopped
        )

    def sync(self, observer: SilentObserver | None = None, **options: Any) -> tuple[Run, FeedRun]:
        """One sync; the run and the counts of products."""
        self.shop.write_records()
        with self.opened(observer) as shop:
            return self._told(shop, run_sync(shop, SyncOptions(**(ONE_BY_ONE | options))))

    def _told(self, shop: Workshop, run: Run) -> tuple[Run, FeedRun]:
        with shop.control.read() as connection:
            (products,) = [item for item in list_feed_runs(connection, run.run_id) if item.feed == "products"]
        return run, products

    def interrupted(self, number: int) -> Run:
        """A sync whose process is asked to stop at its n-th receipt; the run that is left."""

        def stop() -> None:
            self.stopped = True

        with pytest.raises(SyncInterruptedError) as ended:
            self.sync(At(Moment.RECEIPTED, number, stop))
        assert ended.value.run_id is not None
        with self.control.read() as connection:
            return get_run(connection, ended.value.run_id)

    def resumed(self) -> tuple[Run, FeedRun]:
        """What the next process makes of the run that was left behind."""
        with self.opened() as shop:
            (run,) = resume_left_behind(shop)
            return self._told(shop, run)

    def running(self) -> str:
        """The id of the run in progress."""
        with self.control.read() as connection:
            row = connection.exec_driver_sql("SELECT run_id FROM runs ORDER BY sequence DESC LIMIT 1").scalar_one()
        return str(row)

    def names_sent(self, first: int = 0) -> list[str]:
        """The names of the products that arrived, oldest first."""
        return [item["name"] for request in self.relay.requests[first:] for item in json.loads(request.body)]

    def rename_all(self, name: str) -> None:
        """Every product has another name."""
        for product in self.shop.products.values():
            product["name"] = name


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with ExitStack() as stack:
        services = stack.enter_context(running_services())
        relay = stack.enter_context(relaying(services))
        shop = Shop(tmp_path, products=PRODUCTS)
        destination = DestinationSettings(
            url=relay.url, api_key=SecretStr("demo-key"), environment_id="demo-env", data_space_id="main",
            requests_per_second=25, connections=1,
        )  # fmt: skip
        settings = shop.settings().model_copy(update={"destination": destination})
        control = stack.enter_context(closing(open_control_store(settings.data_dir)))
        yield Rig(shop=shop, relay=relay, control=control, settings=settings)


def test_a_cancelled_run_is_folded_and_the_next_one_plans_the_rest_anew(rig: Rig) -> None:
    def cancel() -> None:
        assert cancel_run(rig.control, rig.running(), actor="ann")

    run, cut = rig.sync(At(Moment.RECEIPTED, 3, cancel))
    assert (run.status, run.error_code) == (RunStatus.CANCELLED, "CS4103")
    assert "ann" in str(run.error_message)
    assert 3 <= cut.accepted < PRODUCTS
    assert cut.waiting == PRODUCTS - cut.accepted

    run, rest = rig.sync()
    assert run.status is RunStatus.SUCCESS
    assert (rest.sent, rest.unchanged) == (cut.waiting, cut.accepted)
    assert len(rig.names_sent()) == PRODUCTS, "something was sent twice, or never"


def test_a_paused_run_outlives_its_process_and_goes_on_when_it_is_resumed(rig: Rig) -> None:
    left = rig.interrupted(2)
    assert left.status is RunStatus.IN_PROGRESS
    pause_run(rig.control, left.run_id, actor="ann")
    assert resume_run(rig.control, left.run_id, actor="bob")
    run, whole = rig.resumed()
    assert (run.status, whole.accepted, whole.waiting) == (RunStatus.SUCCESS, PRODUCTS, 0)
    assert len(rig.names_sent()) == PRODUCTS


def test_a_run_that_was_cancelled_while_nobody_worked_on_it_sends_nothing_more(rig: Rig) -> None:
    left = rig.interrupted(2)
    sent = len(rig.relay.requests)
    assert cancel_run(rig.control, left.run_id, actor="ann")
    run, counts = rig.resumed()
    assert run.status is RunStatus.CANCELLED
    assert len(rig.relay.requests) == sent
    assert counts.waiting == PRODUCTS - counts.accepted > 0


def test_a_run_that_outlasts_its_window_ends_with_the_rest_waiting(rig: Rig) -> None:
    # sending gets the time that reading took, however late it begins
    run, cut = rig.sync(end_at=utc_now(), trigger="schedule")
    assert run.status is RunStatus.SUCCESS
    assert 0 < cut.accepted < PRODUCTS
    assert cut.status == "waiting"
    assert "window" in [warning["kind"] for warning in run.details["warnings"]]

    rig.rename_all("newer")
    first = len(rig.relay.requests)
    _, rest = rig.sync()
    assert (rest.accepted, rest.waiting) == (PRODUCTS, 0)
    assert set(rig.names_sent(first)) == {"newer"}, "what was superseded was sent"


def test_an_outbox_that_was_left_behind_does_not_outlive_its_sense(rig: Rig) -> None:
    left = rig.interrupted(2)
    with rig.control.write() as connection:  # as if it had been left an hour and more ago
        details = left.details | {"end_at": (utc_now() - timedelta(minutes=1)).isoformat()}
        assert left.step is not None
        set_step(connection, left.run_id, left.step, details=details)
    rig.rename_all("newer")
    first = len(rig.relay.requests)
    run, counts = rig.resumed()
    assert (run.status, counts.status) == (RunStatus.SUCCESS, "waiting")
    assert rig.names_sent(first) == []
    _, rest = rig.sync()
    assert rest.waiting == 0
    assert set(rig.names_sent(first)) == {"newer"}


def test_refused_deletes_stay_and_are_not_asked_about_until_the_set_changes(rig: Rig) -> None:
    rig.sync()
    for number in range(1, 61):
        del rig.shop.products[f"SKU-{number:03}"]
    rig.shop.products["SKU-080"]["name"] = "new"
    held, _ = rig.sync()
    assert held.status is RunStatus.HELD
    assert refuse_run(rig.control, held.run_id, actor="ann") == ["products: 60 of 80 items"]

    run, counts = rig.sync()
    assert run.status is RunStatus.SUCCESS
    assert (counts.removed, counts.changed, counts.sent) == (0, 1, 1)
    assert [warning["kind"] for warning in run.details["warnings"]] == ["refused_deletes"]

    del rig.shop.products["SKU-061"]
    again, _ = rig.sync()
    assert again.status is RunStatus.HELD


def test_a_forced_resync_passes_the_guard_and_leaves_a_trace(rig: Rig) -> None:
    rig.sync()
    for number in range(1, 61):
        del rig.shop.products[f"SKU-{number:03}"]
    held, _ = rig.sync()
    assert held.status is RunStatus.HELD

    run, counts = rig.sync(force=True, selection=Selection(resync=True))
    assert (run.status, counts.removed, counts.accepted) == (RunStatus.SUCCESS, 60, 80)
    assert [warning["kind"] for warning in run.details["warnings"]] == ["forced"]
    with rig.control.read() as connection:
        assert "force deletes" in [entry.action for entry in list_audit(connection)]
