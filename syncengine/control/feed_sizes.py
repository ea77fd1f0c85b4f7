"""How large feeds were in earlier runs: what a run's size is compared with."""

from __future__ import annotations

from sqlalchemy import Connection, select

from syncengine.control.feed_runs import FEED_RUNS
from syncengine.control.runs import RUNS

_COUNTED = ("success", "waiting", "held", "failed")


def past_sizes(connection: Connection, *, before_sequence: int, runs: int = 10) -> dict[tuple[str, str], list[int]]:
    """Catalog items of each (destination, feed) in the `runs` runs before one that planned it, newest first.

    Dry runs and replays of a past catalog do not count.
    """
    query = (
        select(FEED_RUNS.c.destination, FEED_RUNS.c.feed, FEED_RUNS.c.catalog)
        .join(RUNS, RUNS.c.run_id == FEED_RUNS.c.run_id)
        .where(
            RUNS.c.sequence < before_sequence,
            RUNS.c.sequence >= before_sequence - 5 * runs,
            RUNS.c.dry_run.is_(False),
            RUNS.c.mode != "replay",
            FEED_RUNS.c.status.in_(_COUNTED),
        )
        .order_by(RUNS.c.sequence.desc())
    )
    sizes: dict[tuple[str, str], list[int]] = {}
    for destination, feed, catalog in connection.execute(query):
        known = sizes.setdefault((destination, feed), [])
        if len(known) < runs:
            known.append(catalog)
    return sizes
