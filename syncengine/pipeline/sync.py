"""Running one sync, and going on with what a killed engine left behind."""

from __future__ import annotations

from contextlib import ExitStack

from syncengine.catalog import ReadStoppedError
from syncengine.control.batches import list_outboxes
from syncengine.control.runs import Run, RunStatus, Step, begin_run, get_run, list_runs
from syncengine.errors import (
    CatalogSyncError,
    SyncInterruptedError,
    storage_error,
)
from syncengine.feeds.registry import get_feed, get_feeds
from syncengine.pipeline.delivering import deliver, publish_lake
from syncengine.pipeline.options import SyncOptions
from syncengine.pipeline.planning import plan_exports
from syncengine.pipeline.refresh import refresh_catalog
from syncengine.pipeline.run_row import fail, finish
from syncengine.pipeline.workshop import Workshop, destinations_wanted, open_destinations
from syncengine.progress import Moment


def run_sync(shop: Workshop, options: SyncOptions) -> Run:
    """Run one sync and return it as it ended; a failure is in the run, with code, message and hint.

    Raises: only what prevents a run from being recorded at all (SettingsError, ControlError).
    """
    feeds = get_feeds(options.feeds)
    targets = destinations_wanted(shop.settings, options.destination)
    with ExitStack() as stack:
        # opened before the run begins: a destination that is not configured is a usage error, not a failed run
        destinations = open_destinations(shop, targets, stack, connections=options.connections)
        with shop.control.write() as connection:
            run = begin_run(
                connection,
                trigger=options.trigger,
                mode=options.mode,
                dry_run=options.dry_run,
                requested_by=options.requested_by,
                feeds=tuple(feed.name for feed in feeds),
            )
        shop.observer.at(Moment.RUN_BEGUN, run.run_id)
        try:
            shop.writer.ensure_tables([*feeds, get_feed("products")])  # which every publication lists
            if not options.no_reindex:
                refresh_catalog(shop, run, feeds, full=options.full, touched=options.touched)
            held = plan_exports(shop, run, feeds, destinations, options)
            if options.dry_run:
                publish_lake(shop)
                finish(shop, run, RunStatus.SUCCESS)
            else:
                deliver(shop, run, destinations, held)
        except SyncInterruptedError as error:
            error.run_id = run.run_id
            raise
        except ReadStoppedError as error:
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
            step = run.step.value if run.step else "start"
            fail(
                shop,
                run,
                CatalogSyncError(
                    f"The engine stopped responding in step {step}.",
                    code="CS0006",
                    hint="The next run starts anew.",
                ),
            )
            continue
        with ExitStack() as stack:
            try:
                shop.writer.ensure_tables(get_feeds(run.feeds))
                wanted = {box.destination for box in boxes}
                targets = {
                    key: value for key, value in destinations_wanted(shop.settings, None).items() if key in wanted
                }
                deliver(shop, run, open_destinations(shop, targets, stack), [])
            except CatalogSyncError as error:
                fail(shop, run, error)
    with shop.control.read() as connection:
        return [get_run(connection, run.run_id) for run in reversed(left)]
