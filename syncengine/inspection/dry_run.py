"""Which items a dry run counted: it keeps no list of them, but both sides as they were are in its snapshot."""

from __future__ import annotations

import polars as pl

from syncengine.control.feed_runs import FeedRun
from syncengine.control.runs import Run
from syncengine.errors import LakeUnavailableError
from syncengine.feeds.registry import FEEDS, get_feed
from syncengine.inspection.runs import find_run
from syncengine.inspection.states import feed_tables
from syncengine.inspection.story import SKU_COLUMNS
from syncengine.inspection.view import CatalogView, rows, sql_text
from syncengine.lake.reader import LakeReader

WOULD_SEND_SCHEMA = pl.Schema(dict.fromkeys(("feed", "destination", "feed_id", "change", "item", "sku"), pl.String))
_ORDER = {name: position for position, name in enumerate(FEEDS)}


def is_told(run: Run) -> bool:
    """Whether the items can be told: of a dry run for what differs. What a resync chose is not kept."""
    return run.dry_run and run.mode == "changes" and run.catalog_snapshot is not None


def would_send(view: CatalogView, run_id: str, *, samples: int = 10) -> pl.DataFrame | None:
    """Some of the items that a dry run would have sent, feed by feed; None where its snapshot is not kept any more.

    Rows: at most `samples` of each of added, changed and removed (`change`) per feed and destination, by identity.
    Raises: UnknownRunError.      Source: inspection/sql/would_be_sent.sql
    """
    run, feed_runs = find_run(view, run_id)
    reader = view.reader_or_none()
    if reader is None or not is_told(run):
        return None
    planned = sorted((one for one in feed_runs if one.sent), key=lambda one: (_ORDER[one.feed], one.destination))
    try:
        found = [_of_feed(view, reader, run, one, samples) for one in planned]
    except LakeUnavailableError:  # the snapshot has expired, or is not published yet
        return None
    return pl.concat([WOULD_SEND_SCHEMA.to_frame(), *found])


def _of_feed(view: CatalogView, reader: LakeReader, run: Run, planned: FeedRun, samples: int) -> pl.DataFrame:
    feed = get_feed(planned.feed)
    both = {name: f'coalesce(catalog."{name}", held."{name}")' for name in feed.identity_columns}
    statement = sql_text("would_be_sent.sql").format(
        feed=feed.name,
        names=", ".join(f'"{name}"' for name in both),
        both=", ".join(both.values()),
        sku=next((both[name] for name in SKU_COLUMNS if name in both), "NULL::VARCHAR"),
        **feed_tables(feed, run.catalog_snapshot),
    )
    values = {"destination": planned.destination, "at": run.started_at.replace(tzinfo=None), "samples": samples}
    found = rows(reader, statement, values)
    place = view.destinations.get(planned.destination, planned.destination)
    return found.with_columns(destination=pl.lit(place)).select(
        pl.col(name).cast(kind) for name, kind in WOULD_SEND_SCHEMA.items()
    )
