"""Runs looked for by what they are, with their counts."""

from __future__ import annotations

from typing import Any

import pytest

from syncengine.control.feed_runs import FeedRun, save_feed_run
from syncengine.control.run_history import RunFilter, feed_runs_of, find_runs
from syncengine.control.runs import RunStatus, begin_run, finish_run
from syncengine.control.store import ControlStore


@pytest.fixture
def runs(store: ControlStore) -> dict[str, str]:
    """Three finished runs: one that sent a product, one that sent nothing, and a dry run."""
    found = {}
    with store.write() as connection:
        for name, trigger, dry_run, status, sent in (
            ("sent", "schedule", False, RunStatus.SUCCESS, 1),
            ("idle", "cli", False, RunStatus.FAILED, 0),
            ("dry", "cli", True, RunStatus.SUCCESS, 0),
        ):
            run = begin_run(
                connection, trigger=trigger, mode="changes", dry_run=dry_run, requested_by="me", feeds=("products",)
            )
            save_feed_run(
                connection,
                FeedRun(run_id=run.run_id, feed="products", destination="d", catalog=sent, added=sent, sent=sent,
                        accepted=sent),
            )  # fmt: skip
            finish_run(connection, run.run_id, status)
            found[name] = run.run_id
    return found


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({}, ["dry", "idle", "sent"]),
        ({"statuses": (RunStatus.SUCCESS,)}, ["dry", "sent"]),
        ({"triggers": ("schedule",)}, ["sent"]),
        ({"dry_run": False}, ["idle", "sent"]),
        ({"sent_something": True}, ["sent"]),
        ({"feed": "products"}, ["dry", "idle", "sent"]),
        ({"feed": "prices"}, []),
    ],
)
def test_runs_are_found_by_what_they_are_newest_first(
    store: ControlStore, runs: dict[str, str], wanted: dict[str, Any], names: list[str]
) -> None:
    with store.read() as connection:
        total, found = find_runs(connection, RunFilter(**wanted), limit=10)
    assert [run.run_id for run in found] == [runs[name] for name in names]
    assert total == len(names)


def test_runs_are_found_by_when_they_began(store: ControlStore, runs: dict[str, str]) -> None:
    with store.read() as connection:
        _, every = find_runs(connection, RunFilter(), limit=10)
        middle = every[1].started_at
        _, since = find_runs(connection, RunFilter(since=middle), limit=10)
        _, until = find_runs(connection, RunFilter(until=middle), limit=10)
    assert [run.run_id for run in since] == [runs["dry"], runs["idle"]]
    assert [run.run_id for run in until] == [runs["sent"]]


def test_a_page_knows_how_many_there_are_in_all(store: ControlStore, runs: dict[str, str]) -> None:
    with store.read() as connection:
        total, found = find_runs(connection, RunFilter(), limit=1, offset=1)
    assert (total, [run.run_id for run in found]) == (3, [runs["idle"]])


def test_the_counts_of_several_runs_come_together(store: ControlStore, runs: dict[str, str]) -> None:
    with store.read() as connection:
        found = feed_runs_of(connection, [*runs.values(), "r-none"])
    assert {run_id: [item.sent for item in items] for run_id, items in found.items()} == {
        runs["sent"]: [1], runs["idle"]: [0], runs["dry"]: [0], "r-none": [],
    }  # fmt: skip
