"""Feed runs: an equation that holds, or is not kept."""

from __future__ import annotations

from typing import Any

import pytest

from syncengine.control.feed_runs import FeedRun, list_feed_runs, save_feed_run
from syncengine.control.store import ControlStore

KEY = {"run_id": "r-1", "feed": "products", "destination": "d"}
PLANNED = FeedRun(
    **KEY, catalog=100, unchanged=80, added=10, changed=7, skipped=3, removed=2, resent=1, sent=20, waiting=20
)


@pytest.mark.parametrize(
    "counts",
    [
        {"catalog": 1},
        {"catalog": 2, "unchanged": 1, "added": 1},
        {"removed": 1},
        {"removed": 1, "sent": 1},
        {"removed": 1, "sent": 1, "accepted": 1, "rejected": 1},
        {"resent": 1, "sent": 1, "accepted": 2, "waiting": -2},
    ],
)
def test_counts_that_do_not_add_up_are_refused(counts: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="does not add up"):
        FeedRun(**KEY, **counts)


def test_a_feed_that_is_not_offered_has_no_equation() -> None:
    assert FeedRun(**KEY, status="not_offered", catalog=5).catalog == 5


def test_what_is_neither_accepted_nor_rejected_is_waiting() -> None:
    outcome = PLANNED.with_outcome(accepted=15, rejected=2, requests=4, seconds=1.23456, status="success")

    found = (outcome.accepted, outcome.rejected, outcome.waiting, outcome.requests, outcome.seconds, outcome.status)
    assert found == (15, 2, 3, 4, 1.235, "success")
    assert (outcome.catalog, outcome.sent) == (PLANNED.catalog, PLANNED.sent)


def test_saving_again_replaces_and_the_list_is_in_order(store: ControlStore) -> None:
    def feed_run(**values: Any) -> FeedRun:
        return FeedRun(**{**KEY, **values})

    after = PLANNED.with_outcome(accepted=20, rejected=0, requests=1, seconds=1, status="success")
    with store.write() as connection:
        for item in (feed_run(feed="variants"), PLANNED, feed_run(destination="a"), feed_run(run_id="r-2"), after):
            save_feed_run(connection, item)

    with store.read() as connection:
        found = list_feed_runs(connection, "r-1")
    assert found == [feed_run(destination="a"), after, feed_run(feed="variants")]
