"""The queue as people see it: words for what was asked for, and when it is served."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syncengine.changes.plan import Selection
from syncengine.commands import cancel_request, pause_schedule, request_sync
from syncengine.control.engine import beat, release_engine, take_engine
from syncengine.control.schema import utc_now
from syncengine.control.store import ControlStore
from syncengine.inspection.requests import UnknownRequestError, describe, find_request, list_requests, next_window
from syncengine.inspection.view import CatalogView
from syncengine.pipeline import SyncOptions
from syncengine.settings import Settings


@pytest.fixture
def view(tmp_path: Path) -> CatalogView:
    return CatalogView(Settings(data_dir=tmp_path / "data"))


@pytest.fixture
def control(view: CatalogView) -> Iterator[ControlStore]:
    yield view.control
    view.control.close()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"resync": True}, "Resync of all feeds"),
        ({"resync": True, "feeds": ["products", "prices"]}, "Resync of products, prices"),
        ({"resync": True, "by": "sku", "values": ["A"]}, "Resync of all feeds · 1 SKU: A"),
        ({"resync": True, "by": "sku", "values": list("ABCDE")}, "Resync of all feeds · 5 SKUs: A, B, C and 2 more"),
        ({"resync": True, "by": "productId", "values": ["7", "8"]}, "Resync of all feeds · 2 product ids: 7, 8"),
        ({"resync": True, "by": "refused", "no_reindex": True}, "Resync of all feeds · what was refused · no-reindex"),
        ({"full": True, "dry_run": True}, "Sync of all feeds, compared in full · dry run"),
        ({"feeds": ["prices"]}, "Sync of what changed in prices"),
        ({"destination": "eu"}, "Sync of what changed in all feeds · to eu"),
        (
            {"touched": {"skus": ["A"], "ids": [7]}},
            "Sync of what changed in all feeds · what events named (2 products)",
        ),
    ],
)
def test_a_request_is_told_in_words(options: dict[str, Any], words: str) -> None:
    assert describe(options) == words


def test_before_the_first_request_there_is_none(view: CatalogView) -> None:
    assert list_requests(view) == ()
    assert next_window(view).at is None
    with pytest.raises(UnknownRequestError):
        find_request(view, "q-none")


def test_the_newest_comes_first_with_its_state(view: CatalogView, control: ControlStore) -> None:
    options = SyncOptions(selection=Selection(resync=True), requested_by="anna")
    first = request_sync(control, options, start_now=False)
    cancel_request(control, first.request_id, actor="anna")
    second = request_sync(control, options, start_now=True)
    rows = list_requests(view)
    assert [(row.request_id, row.state, row.is_open) for row in rows] == [
        (second.request_id, "Requested", True),
        (first.request_id, "Cancelled", False),
    ]
    assert find_request(view, second.request_id).as_json()["requested_by"] == "anna"


def test_the_window_is_the_engines_and_a_pause_hides_it(view: CatalogView, control: ControlStore) -> None:
    at = utc_now() + timedelta(minutes=5)
    with control.write() as connection:
        take_engine(connection, pid=os.getpid(), host=socket.gethostname(), kind="engine")
        beat(connection, next_sync_at=at)
    assert next_window(view).at == at
    pause_schedule(control, reason="import", actor="ben")
    paused = next_window(view)
    assert paused.at is None and paused.engine_runs and paused.pause is not None and paused.pause.by == "ben"
    with control.write() as connection:
        release_engine(connection)
    assert not next_window(view).engine_runs


def test_a_command_that_syncs_is_no_engine_that_serves_the_queue(view: CatalogView, control: ControlStore) -> None:
    with control.write() as connection:
        take_engine(connection, pid=os.getpid(), host=socket.gethostname(), kind="command")
    assert not next_window(view).engine_runs
