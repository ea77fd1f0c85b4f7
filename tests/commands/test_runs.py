"""What may be asked of a run: each is safe to ask twice, audited once, and refused when it is too late."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from syncengine.commands import approve_run, cancel_run, pause_run, refuse_run, resume_run
from syncengine.control.audit import list_audit
from syncengine.control.run_wishes import Wish, run_wish
from syncengine.control.runs import Run, RunStatus, Step, begin_run, finish_run, get_run, set_step
from syncengine.control.settings import get_setting
from syncengine.control.store import ControlStore, open_control_store
from syncengine.errors import SettingsError, UnknownRunError
from syncengine.export.guards import approval_key, refusal_key

HELD = {"feed": "products", "destination": "d", "removed": 60, "exported": 100, "fingerprint": "f1"}


@pytest.fixture
def control(tmp_path: Path) -> Iterator[ControlStore]:
    with closing(open_control_store(tmp_path)) as made:
        yield made


def begun(control: ControlStore, ended: RunStatus | None = None, **details: object) -> Run:
    with control.write() as connection:
        run = begin_run(
            connection, trigger="cli", mode="changes", dry_run=False, requested_by="test", feeds=("products",)
        )
        set_step(connection, run.run_id, Step.EXPORT, details=details)
        if ended is not None:
            finish_run(connection, run.run_id, ended)
        return get_run(connection, run.run_id)


def actions(control: ControlStore) -> list[str]:
    with control.read() as connection:
        return [entry.action for entry in list_audit(connection)]


@pytest.mark.parametrize(("command", "wish"), [(pause_run, Wish.pause), (cancel_run, Wish.cancel)])
def test_a_wish_asked_twice_is_one_wish(control: ControlStore, command: Callable[..., bool], wish: Wish) -> None:
    run = begun(control)
    assert command(control, run.run_id, actor="ann")
    assert command(control, run.run_id, actor="bob")
    with control.read() as connection:
        kept = run_wish(connection, run.run_id)
    assert kept is not None
    assert (kept.wish, kept.by) == (wish, "ann")
    assert actions(control) == [f"{wish.value} run"]


def test_cancelling_overrides_a_pause_and_cannot_be_paused_away(control: ControlStore) -> None:
    run = begun(control)
    pause_run(control, run.run_id, actor="ann")
    assert cancel_run(control, run.run_id, actor="ann")
    assert not pause_run(control, run.run_id, actor="ann")
    assert not resume_run(control, run.run_id, actor="ann")
    with control.read() as connection:
        kept = run_wish(connection, run.run_id)
    assert kept is not None
    assert kept.wish is Wish.cancel


def test_only_a_paused_run_is_resumed(control: ControlStore) -> None:
    run = begun(control)
    assert not resume_run(control, run.run_id, actor="ann")
    pause_run(control, run.run_id, actor="ann")
    assert resume_run(control, run.run_id, actor="ann")
    with control.read() as connection:
        assert run_wish(connection, run.run_id) is None


@pytest.mark.parametrize("command", [pause_run, cancel_run, resume_run])
def test_a_finished_run_is_not_asked_any_more(control: ControlStore, command: Callable[..., bool]) -> None:
    run = begun(control, RunStatus.SUCCESS)
    assert not command(control, run.run_id, actor="ann")
    assert actions(control) == []
    with pytest.raises(UnknownRunError):
        command(control, "r-nothing", actor="ann")


def test_a_refused_run_ends_cancelled_and_its_set_is_kept_as_refused(control: ControlStore) -> None:
    run = begun(control, RunStatus.HELD, held=[HELD])
    for _ in range(2):
        assert refuse_run(control, run.run_id, actor="ann") == ["products: 60 of 100 items"]
    with control.read() as connection:
        assert get_run(connection, run.run_id).status is RunStatus.CANCELLED
        assert get_setting(connection, refusal_key("d", "products")) == "f1"
    assert actions(control) == ["refuse run"]


def test_what_was_refused_can_be_approved_after_all(control: ControlStore) -> None:
    run = begun(control, RunStatus.HELD, held=[HELD])
    refuse_run(control, run.run_id, actor="ann")
    approve_run(control, run.run_id, actor="bob")
    with control.read() as connection:
        assert get_setting(connection, refusal_key("d", "products")) is None
        assert get_setting(connection, approval_key("d", "products")) == "f1"


@pytest.mark.parametrize("command", [approve_run, refuse_run])
def test_a_run_that_holds_nothing_cannot_be_decided_on(
    control: ControlStore, command: Callable[..., list[str]]
) -> None:
    run = begun(control, RunStatus.SUCCESS)
    with pytest.raises(SettingsError, match="not held"):
        command(control, run.run_id, actor="ann")
