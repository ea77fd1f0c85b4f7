"""Deletes that a guard holds back until somebody has looked: which feeds, how many items, and some of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from syncengine.control.feed_volumes import planned_since
from syncengine.control.runs import RunStatus, list_runs
from syncengine.control.settings import get_setting
from syncengine.export.guards import approval_key, share_in_percent
from syncengine.feeds.registry import get_feed
from syncengine.inspection.states import feed_tables
from syncengine.inspection.view import CatalogView, rows, sql_text

_RUNS_LOOKED_AT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldFeed:
    """A feed whose removals wait for a decision. `approved`: decided, they go out with the next sync."""

    run_id: str
    held_at: datetime
    feed: str
    destination: str
    destination_name: str
    removed: int
    exported: int
    approved: bool

    @property
    def percent(self) -> str:
        """How much of what the destination holds would be removed, in per cent."""
        return share_in_percent(self.removed, max(1, self.exported))


def held_feeds(view: CatalogView) -> tuple[HeldFeed, ...]:
    """What waits for a decision, newest run first; a feed that a later run has planned anew is that run's matter.

    Raises: ControlError.
    """
    found: list[HeldFeed] = []
    seen: set[tuple[str, str]] = set()
    names = view.destinations
    with view.read_control() as connection:
        if connection is None:
            return ()
        for run in list_runs(connection, limit=_RUNS_LOOKED_AT, statuses=frozenset({RunStatus.HELD})):
            decided = seen | planned_since(connection, run.sequence)
            for hold in run.details.get("held", []):
                key = (hold["feed"], hold["destination"])
                seen.add(key)
                if key in decided:
                    continue
                approval = get_setting(connection, approval_key(hold["destination"], hold["feed"]))
                found.append(
                    HeldFeed(
                        run_id=run.run_id,
                        held_at=run.finished_at or run.started_at,
                        feed=hold["feed"],
                        destination=hold["destination"],
                        destination_name=names.get(hold["destination"], hold["destination"]),
                        removed=hold["removed"],
                        exported=hold["exported"],
                        approved=approval == hold["fingerprint"],
                    )
                )
    return tuple(found)


def held_sample(view: CatalogView, feed_name: str, destination: str, *, samples: int = 50) -> pl.DataFrame:
    """Some of the items that would be removed, as the destination holds them.

    Columns: the feed's identity · name, where there is one · feed_id · exported_at timestamp UTC · items bigint, of all
    Rows: at most `samples`; none when the catalog has them again.
    Raises: LakeUnavailableError.      Source: inspection/sql/held_sample.sql
    """
    reader = view.reader_or_none()
    feed = get_feed(feed_name)
    if reader is None or feed not in view.feeds(reader):
        return pl.DataFrame()
    names = [*feed.identity_columns, *(column for column, _ in feed.listing if column == "name")]
    shown = ", ".join(f'held."{name}"' for name in dict.fromkeys(names))
    statement = sql_text("held_sample.sql").format(shown=shown, **feed_tables(feed))
    return rows(reader, statement, {"destination": destination, "samples": samples})
