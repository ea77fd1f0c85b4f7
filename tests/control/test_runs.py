"""Runs: begun once, moved through guarded transitions, found again."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Connection, update

from syncengine.control.runs import (
    FINISHED,
    RUNS,
    Run,
    RunStatus,
    Step,
    begin_run,
    count_runs,
    finish_run,
    get_run,
    last_run,
    list_runs,
    new_run_id,
    set_progress,
    set_step,
)
from syncengine.control.store import ControlStore
from syncengine.errors import ControlError, SourceRefusedError, UnknownRunError


def begun(connection: Connection, **values: Any) -> Run:
    facts = {"trigger": "cli", "mode": "changes", "dry_run": False, "requested_by": "me", "feeds": ("products",)}
    return begin_run(connection, **{**facts, **values})


def test_a_run_begins_in_progress_with_a_number_of_its_own(store: ControlStore) -> None:
    with store.write() as connection:
        first, second = begun(connection), begun(connection, feeds=("products", "prices"))

    assert (first.status, first.step, first.finished_at, first.details) == (RunStatus.IN_PROGRESS, None, None, {})
    assert second.sequence == first.sequence + 1
    assert second.feeds == ("products", "prices")
    assert first.started_at.tzinfo is UTC


def test_run_ids_differ_within_a_second_and_sort_by_time() -> None:
    at = datetime(2026, 3, 1, 10, 20, 30, tzinfo=UTC)

    ids = {new_run_id(at) for _ in range(200)}

    assert len(ids) == 200
    assert max(ids) < new_run_id(at.replace(second=31))


def test_an_unknown_run_is_told_with_the_command_that_lists_them(store: ControlStore) -> None:
    with store.read() as connection, pytest.raises(UnknownRunError, match="no run `r-nope`") as caught:
        get_run(connection, "r-nope")

    assert "runs list" in caught.value.hint


def test_a_run_keeps_its_step_its_facts_and_its_progress(store: ControlStore) -> None:
    with store.write() as connection:
        run_id = begun(connection).run_id
        set_step(connection, run_id, Step.DIFF, catalog_snapshot=7, details={"held": []})
        set_progress(connection, run_id, {"step": "diff", "done": 3})

    with store.read() as connection:
        run = get_run(connection, run_id)
    assert (run.step, run.catalog_snapshot, run.details, run.progress) == (
        Step.DIFF, 7, {"held": []}, {"step": "diff", "done": 3},
    )  # fmt: skip


def test_a_failed_run_keeps_code_message_and_hint_and_drops_its_progress(store: ControlStore) -> None:
    with store.write() as connection:
        run_id = begun(connection).run_id
        set_progress(connection, run_id, {"done": 3})
        finish_run(connection, run_id, RunStatus.FAILED, error=SourceRefusedError("Token rejected.", hint="Renew it."))

    with store.read() as connection:
        run = get_run(connection, run_id)
    assert (run.status, run.error_code, run.error_message, run.error_hint, run.progress) == (
        RunStatus.FAILED, "CS2003", "Token rejected.", "Renew it.", None,
    )  # fmt: skip
    assert run.finished_at is not None
    assert run.finished_at >= run.started_at


def test_a_run_ends_only_where_its_state_allows(store: ControlStore) -> None:
    became: dict[RunStatus, set[RunStatus]] = {}
    with store.write() as connection:
        for before, after in product(RunStatus, FINISHED):
            run_id = begun(connection).run_id
            connection.execute(update(RUNS).where(RUNS.c.run_id == run_id).values(status=before))
            try:
                finish_run(connection, run_id, after)
                became.setdefault(before, set()).add(after)
            except ControlError as error:
                assert f"cannot become {after.shown}" in error.message
                assert get_run(connection, run_id).status is before

    assert became == {
        RunStatus.REQUESTED: {RunStatus.CANCELLED, RunStatus.SKIPPED},
        RunStatus.QUEUED: {RunStatus.CANCELLED, RunStatus.SKIPPED},
        RunStatus.IN_PROGRESS: {RunStatus.SUCCESS, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.HELD},
        RunStatus.HELD: {RunStatus.CANCELLED},
    }


def test_a_held_run_ended_when_it_was_held_whenever_somebody_refuses_it(store: ControlStore) -> None:
    held_at = datetime(2026, 3, 1, 12, 17, tzinfo=UTC)
    with store.write() as connection:
        run_id = begun(connection).run_id
        finish_run(connection, run_id, RunStatus.HELD)
        connection.execute(update(RUNS).where(RUNS.c.run_id == run_id).values(finished_at=held_at))
        finish_run(connection, run_id, RunStatus.CANCELLED)
        assert get_run(connection, run_id).finished_at == held_at


def test_the_newest_runs_come_first_and_can_be_asked_for_by_status(store: ControlStore) -> None:
    with store.write() as connection:
        ids = [begun(connection).run_id for _ in range(4)]
        for run_id in ids[:2]:
            finish_run(connection, run_id, RunStatus.SUCCESS)

    with store.read() as connection:
        assert [run.run_id for run in list_runs(connection)] == ids[::-1]
        assert [run.run_id for run in list_runs(connection, limit=1)] == ids[3:]
        assert [run.run_id for run in list_runs(connection, statuses=frozenset({RunStatus.SUCCESS}))] == ids[1::-1]
        assert count_runs(connection) == 4


def test_the_last_run_leaves_dry_runs_aside_unless_asked(store: ControlStore) -> None:
    with store.write() as connection:
        real, dry = begun(connection).run_id, begun(connection, dry_run=True).run_id
        for run_id in (real, dry):
            finish_run(connection, run_id, RunStatus.SUCCESS)

    with store.read() as connection:
        succeeded = frozenset({RunStatus.SUCCESS})
        assert last_run(connection, succeeded) == get_run(connection, real)
        assert last_run(connection, succeeded, dry_run=True) == get_run(connection, dry)
        assert last_run(connection, frozenset({RunStatus.FAILED})) is None


def test_sequence_numbers_are_never_given_out_twice(store: ControlStore) -> None:
    with store.write() as connection:
        first = begun(connection)
        connection.execute(RUNS.delete())
        second = begun(connection)

    assert second.sequence > first.sequence


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("in_progress", "In Progress"), ("success", "Success"), ("held", "Held for review"), ("skipped", "Skipped"),
    ],
)  # fmt: skip
def test_statuses_are_shown_in_the_products_own_words(status: str, shown: str) -> None:
    assert RunStatus(status).shown == shown
