"""Running one sync, and going on with what a killed engine left behind."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta

from syncengine.catalog import ReadStoppedError
from syncengine.control.batches import list_outboxes
from syncengine.control.engine import how_left
from syncengine.control.runs import Run, RunStatus, Step, begin_run, get_run, list_runs
from syncengine.control.schema import utc_now
from syncengine.errors import (
    CatalogSyncError,
    RunCancelledError,
    SyncInterruptedError,
    storage_error,
)
from syncengine.export.cadence import due_destinations
from syncengine.export.guards import HeldExport
from syncengine.export.steering import Steering
from syncengine.feeds.noise import checked_noise, switched_on
from syncengine.feeds.registry import get_feed, get_feeds
from syncengine.pipeline.delivering import cancelled_by, deliver, publish_lake
from syncengine.pipeline.in_force import settings_in_force
from syncengine.pipeline.options import SyncOptions
from syncengine.pipeline.planning import plan_exports
from syncengine.pipeline.refresh import refresh_catalog
from syncengine.pipeline.run_row import fail, finish
from syncengine.pipeline.space import SpaceUse, refuse_without_space
from syncengine.pipeline.workshop import Workshop, destinations_wanted, open_destinations
from syncengine.progress import Moment, Observers


def run_sync(shop: Workshop, options: SyncOptions) -> Run:
    """Run one sync and return it as it ended; a failure is in the run, with code, message and hint.

    Raises: only what prevents a run from being recorded at all (SettingsError, ControlError,
    LockLostError).
    """
    shop.still_alone()
    feeds = switched_on(get_feeds(options.feeds), shop.settings.feeds.off, named=bool(options.feeds))
    checked_noise(shop.settings.feeds.noise)  # a mistake in it is a usage error, not a failed run
    targets = destinations_wanted(shop.settings, options.destination)
    if options.trigger == "schedule" and options.destination is None:
        targets = due_destinations(shop.control, targets, utc_now())
    steering = Steering(shop.control, should_stop=shop.should_stop)
    with ExitStack() as stack:
        # opened before the run begins: a destination that is not configured is a usage error, not a failed run
        destinations = open_destinations(
            shop, targets, stack, should_stop=steering.must_end, connections=options.connections
        )
        with shop.control.write() as connection:
            run = begin_run(
                connection,
                trigger=options.trigger,
                mode=options.mode,
                dry_run=options.dry_run,
                requested_by=options.requested_by,
                feeds=tuple(feed.name for feed in feeds),
                details={"settings": settings_in_force(shop.settings)},
            )
        steering.begin(run.run_id)
        shop.observer.at(Moment.RUN_BEGUN, run.run_id)
        shop = replace(shop, observer=Observers(shop.observer, SpaceUse(shop.control, shop.directory, run.run_id)))
        try:
            refuse_without_space(shop.control, shop.directory)
            shop.writer.check_files()
            shop.writer.ensure_tables([*feeds, get_feed("products")])  # which every publication lists
            if not options.no_reindex:
                reading = replace(shop, should_stop=steering.is_unwanted)
                refresh_catalog(reading, run, feeds, full=options.full, touched=options.touched)
            _refuse_cancelled(steering)
            steering.end_by(_end_of_window(run, options))
            held = plan_exports(shop, run, feeds, destinations, options, end_at=steering.end_at)
            if options.dry_run:
                publish_lake(shop)
                finish(shop, run, RunStatus.SUCCESS)
            else:
                deliver(shop, run, destinations, held, steering)
        except SyncInterruptedError as error:
            error.run_id = run.run_id
            raise
        except ReadStoppedError as error:
            finish(shop, run, RunStatus.CANCELLED, error=cancelled_by(steering) or error)
        except RunCancelledError as error:
            finish(shop, run, RunStatus.CANCELLED, error=error)
        except CatalogSyncError as error:
            fail(shop, run, error)
        except OSError as error:
            fail(shop, run, storage_error(error))
    with shop.control.read() as connection:
        return get_run(connection, run.run_id)


def resume_left_behind(shop: Workshop) -> list[Run]:
    """Go on with, or close, what a killed engine left In Progress; returns those runs as they ended.

    Call it under the engine lock only: then nobody is working on them.
    """
    with shop.control.read() as connection:
        left = list_runs(connection, statuses=frozenset({RunStatus.IN_PROGRESS}))
    for run in reversed(left):
        with shop.control.read() as connection:
            boxes = list_outboxes(connection, run.run_id)
        shop.observer.note(f"Run {run.run_id} was left behind in step {run.step or 'start'}.")
        if not boxes and run.step not in (Step.EXPORT, Step.ACKNOWLEDGE, Step.PUBLISH):
            before = shop.before
            told = how_left(
                "" if before is None else before.how_it_ended,
                None if before is None else before.heartbeat_at,
                None if run.step is None else run.step.value,
            )
            fail(shop, run, CatalogSyncError(told, code="CS0006", hint="The next run starts anew."))
            continue
        with ExitStack() as stack:
            try:
                shop.writer.check_files()
                shop.writer.ensure_tables(get_feeds(run.feeds))
                wanted = {box.destination for box in boxes}
                known = destinations_wanted(shop.settings, None)
                targets = {key: value for key, value in known.items() if key in wanted}
                steering = Steering(shop.control, should_stop=shop.should_stop)
                steering.begin(run.run_id)
                steering.end_by(_end_of_sense(shop, run))
                destinations = open_destinations(shop, targets, stack, should_stop=steering.must_end)
                held = [HeldExport(**item) for item in run.details.get("held", [])]
                deliver(shop, run, destinations, held, steering)
            except SyncInterruptedError as error:
                error.run_id = run.run_id
                raise
            except CatalogSyncError as error:
                fail(shop, run, error)
    with shop.control.read() as connection:
        return [get_run(connection, run.run_id) for run in reversed(left)]


def _refuse_cancelled(steering: Steering) -> None:
    error = cancelled_by(steering)
    if error is not None:
        raise error


def _end_of_window(run: Run, options: SyncOptions) -> datetime | None:
    """When sending ends: with the window, but it gets at least the time that reading took. Else a store that takes
    longer to read than a window would never be exported."""
    if options.end_at is None:
        return None
    now = utc_now()
    return max(options.end_at, now + (now - run.started_at))


def _end_of_sense(shop: Workshop, run: Run) -> datetime:
    """Until when a run that was left behind may send what it planned: to the end of its window; one without, for as
    long as the schedule lets a window be. After that the store may say otherwise, and the rest is planned anew."""
    kept = run.details.get("end_at")
    if kept is not None:
        return datetime.fromisoformat(kept)
    return run.started_at + timedelta(minutes=shop.settings.schedule.every_minutes)
