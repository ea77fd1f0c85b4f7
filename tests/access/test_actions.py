"""The right is asked for where the request is written; who asked, and who was refused, is in the audit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from inspect import isfunction
from pathlib import Path

import pytest

from syncengine.access import actions
from syncengine.access.roles import NotAllowedError, Role, User
from syncengine.changes.plan import Selection
from syncengine.control.audit import list_audit
from syncengine.control.requests import waiting_requests
from syncengine.control.store import ControlStore, open_control_store
from syncengine.pipeline import SyncOptions

RESYNC = SyncOptions(feeds=("products",), selection=Selection(resync=True), trigger="resync", requested_by="nobody")


@pytest.fixture
def control(tmp_path: Path) -> Iterator[ControlStore]:
    store = open_control_store(tmp_path)
    yield store
    store.close()


def _user(role: Role | None) -> User:
    return User(name="anna@shop.example", role=role)


ACTIONS: dict[str, Callable[[ControlStore, User], object]] = {
    "request sync": lambda control, user: actions.ask_for_sync(control, RESYNC, user=user),
    "cancel request": lambda control, user: actions.cancel_request(control, "q-1", user=user),
    "approve run": lambda control, user: actions.approve_run(control, "r-1", user=user),
    "refuse run": lambda control, user: actions.refuse_run(control, "r-1", user=user),
    "pause run": lambda control, user: actions.pause_run(control, "r-1", user=user),
    "resume run": lambda control, user: actions.resume_run(control, "r-1", user=user),
    "cancel run": lambda control, user: actions.cancel_run(control, "r-1", user=user),
    "start request now": lambda control, user: actions.start_now(control, "q-1", user=user),
    "pause schedule": lambda control, user: actions.pause_schedule(control, reason="import", user=user),
    "resume schedule": lambda control, user: actions.resume_schedule(control, user=user),
    "verify products": lambda control, user: actions.request_live_check(control, ["24-MB01"], user=user),
    "test connections": lambda control, user: actions.request_connection_test(control, user=user),
}


@pytest.mark.parametrize("name", ACTIONS)
@pytest.mark.parametrize("role", [None, "viewer"])
def test_what_writes_is_refused_without_the_role_and_the_refusal_is_audited(
    control: ControlStore, name: str, role: Role | None
) -> None:
    with pytest.raises(NotAllowedError):
        ACTIONS[name](control, _user(role))
    with control.read() as connection:
        (entry,) = list_audit(connection)
        assert waiting_requests(connection) == []
    assert (entry.actor, entry.action) == ("anna@shop.example", f"refused: {name}")


@pytest.mark.parametrize("role", ["operator", "admin"])
def test_a_request_is_queued_and_audited_under_the_name_of_who_asked(control: ControlStore, role: Role) -> None:
    request = actions.ask_for_sync(control, RESYNC, user=_user(role))
    again = actions.ask_for_sync(control, RESYNC, user=User(name="ben@shop.example", role=role))
    assert request.requested_by == "anna@shop.example"
    assert again.request_id == request.request_id
    with control.read() as connection:
        assert [entry.actor for entry in list_audit(connection)] == ["ben@shop.example", "anna@shop.example"]
        assert len(waiting_requests(connection)) == 1


def test_every_action_asks_for_the_role() -> None:
    """A new action that is not in the matrix above would not be tested for the role."""
    public = [
        name for name, value in vars(actions).items() if isfunction(value) and value.__module__ == actions.__name__
    ]
    assert len([name for name in public if not name.startswith("_")]) == len(ACTIONS)
