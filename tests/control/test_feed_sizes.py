"""The sizes of a feed in earlier runs."""

from __future__ import annotations

from syncengine.control.feed_runs import FeedRun, save_feed_run
from syncengine.control.feed_sizes import past_sizes
from syncengine.control.runs import begin_run
from syncengine.control.store import ControlStore


def _run(
    store: ControlStore, items: int, *, mode: str = "changes", dry_run: bool = False, status: str = "success"
) -> int:
    with store.write() as connection:
        run = begin_run(
            connection, trigger="cli", mode=mode, dry_run=dry_run, requested_by="t", feeds=("products",)
        )  # fmt: skip
        feed_run = FeedRun(
            run_id=run.run_id, feed="products", destination="d", status=status, catalog=items, unchanged=items
        )
        save_feed_run(connection, feed_run)
    return run.sequence


def test_sizes_come_newest_first_without_dry_runs_and_replays(store: ControlStore) -> None:
    for items in (10, 20, 30):
        _run(store, items)
    _run(store, 99, dry_run=True)
    _run(store, 98, mode="replay")
    _run(store, 97, status="not_offered")
    last = _run(store, 40)
    with store.read() as connection:
        assert past_sizes(connection, before_sequence=last) == {("d", "products"): [30, 20, 10]}
        assert past_sizes(connection, before_sequence=last, runs=2) == {("d", "products"): [30, 20]}
