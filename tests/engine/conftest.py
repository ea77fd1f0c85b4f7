"""A workshop over a directory of records and a folder, and an engine whose clock and runs are the test's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncengine.control.requests import ResyncRequest, get_request
from syncengine.control.runs import Run, RunStatus, begin_run, finish_run, get_run
from syncengine.control.store import ControlStore, open_control_store
from syncengine.engine import Engine, open_workshop
from syncengine.errors import CatalogSyncError
from syncengine.pipeline import SyncOptions, Workshop
from syncengine.progress import Moment, SilentObserver
from syncengine.settings import DestinationSettings, Settings, SourceSettings

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@dataclass
class Notes(SilentObserver):
    """Keeps what is said."""

    said: list[str] = field(default_factory=list)

    def note(self, message: str) -> None:
        self.said.append(message)


@dataclass
class Bench:
    """An engine on a bench: `now` is its clock, `ran` what it ran, `before_end` what happens during a run."""

    settings: Settings
    shop: Workshop
    notes: Notes
    stop: threading.Event
    now: datetime = NOON
    ran: list[SyncOptions] = field(default_factory=list)
    maintained: int = 0
    before_end: Callable[[SyncOptions, Run], None] = lambda options, run: None
    status: RunStatus = RunStatus.SUCCESS
    error: CatalogSyncError | None = None

    @property
    def control(self) -> ControlStore:
        return self.shop.control

    def engine(self) -> Engine:
        """One more engine over the same data directory, as after a restart."""
        return Engine(self.shop, self.stop, now=lambda: self.now, run=self.run, maintain=self.maintain)

    def run(self, shop: Workshop, options: SyncOptions) -> Run:
        shop.still_alone()
        self.ran.append(options)
        with self.control.write() as connection:
            run = begin_run(
                connection,
                trigger=options.trigger,
                mode=options.mode,
                dry_run=options.dry_run,
                requested_by=options.requested_by,
                feeds=options.feeds,
            )
        shop.observer.at(Moment.RUN_BEGUN, run.run_id)
        self.before_end(options, run)
        with self.control.write() as connection:
            finish_run(connection, run.run_id, self.status, error=self.error)
            return get_run(connection, run.run_id)

    def maintain(self, shop: Workshop) -> None:
        self.maintained += 1

    def request(self, request_id: str) -> ResyncRequest:
        with self.control.read() as connection:
            found = get_request(connection, request_id)
        assert found is not None
        return found


@pytest.fixture
def control(tmp_path: Path) -> Iterator[ControlStore]:
    store = open_control_store(tmp_path)
    yield store
    store.close()


@pytest.fixture
def open_bench(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    """Opens a bench; keywords are settings of the schedule."""
    with ExitStack() as stack:

        def opened(**schedule: object) -> Bench:
            settings = Settings.model_validate(
                {
                    "data_dir": tmp_path / "data",
                    "source": SourceSettings(kind="files", path=tmp_path / "records"),
                    "destination": DestinationSettings(kind="folder", path=tmp_path / "sent"),
                    "schedule": {"retry_minutes": 0, **schedule},
                }
            )
            notes, stop = Notes(), threading.Event()
            shop = stack.enter_context(open_workshop(settings, notes, kind="engine", should_stop=stop.is_set))
            return Bench(settings, shop, notes, stop)

        yield opened
