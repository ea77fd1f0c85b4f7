"""Steps of runs: kept in order, each once, with the time it first began."""

from __future__ import annotations

from syncengine.control.run_steps import list_run_steps
from syncengine.control.runs import Step, begin_run, set_step
from syncengine.control.store import ControlStore


def begun(store: ControlStore) -> str:
    with store.write() as connection:
        return begin_run(
            connection, trigger="cli", mode="changes", dry_run=False, requested_by="me", feeds=("products",)
        ).run_id


def test_each_step_a_run_comes_into_is_kept_once_in_order(store: ControlStore) -> None:
    run_id = begun(store)
    for step in (Step.READ, Step.INDEX, Step.EXPORT, Step.EXPORT):
        with store.write() as connection:
            set_step(connection, run_id, step)

    with store.read() as connection:
        steps = list_run_steps(connection, run_id)

    assert [step.step for step in steps] == ["read", "index", "export"]
    assert steps == sorted(steps, key=lambda step: step.started_at)


def test_a_step_that_is_set_again_began_when_it_first_did(store: ControlStore) -> None:
    run_id = begun(store)
    with store.write() as connection:
        set_step(connection, run_id, Step.EXPORT)
    with store.read() as connection:
        first = list_run_steps(connection, run_id)

    with store.write() as connection:
        set_step(connection, run_id, Step.EXPORT, details={"held": []})

    with store.read() as connection:
        assert list_run_steps(connection, run_id) == first


def test_steps_of_other_runs_are_not_listed(store: ControlStore) -> None:
    first, second = begun(store), begun(store)
    with store.write() as connection:
        set_step(connection, first, Step.READ)

    with store.read() as connection:
        assert list_run_steps(connection, second) == []
