"""The run's own row in the control store: its steps and its end."""

from __future__ import annotations

import shutil
from contextlib import suppress

from syncengine.control.run_wishes import drop_wish
from syncengine.control.runs import Run, RunStatus, Step, finish_run, set_step
from syncengine.errors import CatalogSyncError
from syncengine.feeds.registry import get_feed
from syncengine.lake.tables import table_name
from syncengine.pipeline.workshop import Workshop
from syncengine.progress import Moment


def enter_step(shop: Workshop, run: Run, step: Step, **values: object) -> None:
    """The run is in `step` now; `values` are further columns of its row."""
    with shop.control.write() as connection:
        set_step(connection, run.run_id, step, **values)
    shop.observer.advance(step, "", 0, None)


def finish(shop: Workshop, run: Run, status: RunStatus, error: CatalogSyncError | None = None) -> None:
    """Close the run with `status`, and count the products it updated."""
    updated = shop.writer.query(
        f"""SELECT count(DISTINCT sku) AS products FROM {table_name("history", get_feed("products"))}
            WHERE run_id = $run_id AND outcome = 'accepted'""",
        {"run_id": run.run_id},
    )["products"][0]
    with shop.control.write() as connection:
        finish_run(connection, run.run_id, status, error=error, products_updated=int(updated))
        drop_wish(connection, run.run_id)
    shop.observer.at(Moment.FINISHED, run.run_id)
    _tidy(shop, run)


def fail(shop: Workshop, run: Run, error: CatalogSyncError) -> None:
    """Close the run Failed, with what went wrong."""
    error.run_id = run.run_id
    with shop.control.write() as connection:
        finish_run(connection, run.run_id, RunStatus.FAILED, error=error)
        drop_wish(connection, run.run_id)
    shop.observer.at(Moment.FINISHED, run.run_id)
    _tidy(shop, run)


def _tidy(shop: Workshop, run: Run) -> None:
    """Remove the run's working files; what counts of them is in the lake and the control store."""
    for place in (shop.directory.staging(run.run_id), shop.directory.outbox(run.run_id)):
        shutil.rmtree(place, ignore_errors=True)
    with suppress(OSError):
        for leftover in shop.directory.tmp.iterdir():
            if leftover.is_file():
                leftover.unlink()
