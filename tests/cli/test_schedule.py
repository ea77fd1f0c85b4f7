"""`schedule`, `touch` and `requests` as a person or a script uses them."""

from __future__ import annotations

import pytest

from syncengine.changes.plan import Selection
from syncengine.commands import request_sync
from syncengine.control.requests import reject_requests
from syncengine.control.store import open_control_store
from syncengine.pipeline import SyncOptions

from .conftest import LakeOf
from .reading import Commands


@pytest.fixture
def request_id(lake: LakeOf) -> str:
    control = open_control_store(lake.settings.data_dir)
    options = SyncOptions(feeds=("products",), selection=Selection(resync=True), requested_by="ann")
    added = request_sync(control, options, start_now=False)
    control.close()
    return added.request_id


def test_a_pause_is_shown_with_its_reason_until_it_is_over(commands: Commands) -> None:
    assert commands("schedule", "pause", "--reason", "import [bold]").code == 0

    assert "import [bold]" in commands("status").out
    assert commands("status", "--json").json["schedule_pause"]["reason"] == "import [bold]"
    assert commands("schedule", "show", "--json").json["paused"]["reason"] == "import [bold]"
    assert commands("schedule", "resume", "--json").json == {"paused": False, "was_paused": True}
    assert commands("schedule", "resume", "--json").json["was_paused"] is False
    assert commands("status", "--json").json["schedule_pause"] is None


def test_the_next_windows_are_shown(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATALOG_SYNC_SCHEDULE__FEED_MINUTES", '{"prices": 15}')

    shown = commands("schedule", "show", "--json").json

    assert list(shown["next"]) == ["everything", "prices", "retries", "maintenance"]
    assert shown["paused"] is None


def test_a_touch_is_taken_and_one_of_nothing_is_refused(commands: Commands) -> None:
    assert commands("touch", "A", "B", "--id", "7", "--entity", "prices", "--json").json["named"] == 4
    assert commands("touch", "--", "-10C").code == 0
    assert commands("touch").code == 2
    assert commands("touch", "--entity", "colours").code == 2


def test_a_touch_while_the_schedule_is_paused_says_so(commands: Commands) -> None:
    commands("schedule", "pause", "--reason", "import")

    assert "paused (import)" in commands("touch", "A").err


def test_a_request_is_listed_started_and_taken_back(commands: Commands, request_id: str) -> None:
    (listed,) = commands("requests", "list", "--json").json
    assert (listed["request_id"], listed["state"], listed["start_now"]) == (request_id, "Requested", False)

    assert commands("requests", "start", request_id).code == 0
    assert commands("requests", "list", "--json").json[0]["start_now"] is True
    assert commands("requests", "cancel", request_id).code == 0
    assert commands("requests", "list", "--json").json[0]["state"] == "Cancelled"
    assert commands("requests", "cancel", request_id).code == 2
    assert commands("requests", "start", request_id).code == 2


def test_a_rejected_request_says_why(commands: Commands, lake: LakeOf, request_id: str) -> None:
    control = open_control_store(lake.settings.data_dir)
    with control.write() as connection:
        reject_requests(connection, [request_id], "There is no destination `x`.")
    control.close()

    assert "There is no destination `x`." in commands("requests", "list").out
