"""Rows of the queue that somebody else wrote, or that an engine before left: rejected, settled, in nobody's way."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from sqlalchemy import text

from syncengine.changes.plan import Selection
from syncengine.commands import request_sync
from syncengine.control.requests import MAX_OPTIONS_CHARACTERS, ResyncRequest, get_request
from syncengine.control.runs import RunStatus, begin_run, finish_run
from syncengine.control.store import ControlStore
from syncengine.engine.queue import Queue
from syncengine.errors import CatalogSyncError
from syncengine.pipeline import SyncOptions


def add_row(control: ControlStore, options: str, **values: Any) -> None:
    row = {"request_id": "q-bad", "requested_at": "2026-01-01 00:00:00.000000", "start_now": 1, **values}
    with control.write() as connection:
        connection.execute(
            text(
                "INSERT INTO requests (request_id, fingerprint, status, options, requested_by, requested_at, start_now)"
                " VALUES (:request_id, 'x', 'requested', :options, 'nobody', :requested_at, :start_now)"
            ),
            {**row, "options": options},
        )


def status_of(control: ControlStore, request_id: str) -> tuple[str, str]:
    with control.read() as connection:
        query = text("SELECT status, reason FROM requests WHERE request_id = :id")
        status, reason = connection.execute(query, {"id": request_id}).one()
    return status, reason or ""


def queue(control: ControlStore) -> Queue:
    return Queue(control, lambda note: None)


def good_request(control: ControlStore) -> ResyncRequest:
    return request_sync(control, SyncOptions(selection=Selection(resync=True), requested_by="ann"), start_now=True)


@pytest.mark.parametrize("start_now", [0, 1])
@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ("{half", "cannot be read"),
        ("[1]", "cannot be read"),
        ("", "cannot be read"),
        ('{"feeds": ["nonsense"]}', "nonsense"),
        ('{"version": 99}', "newer version"),
        ('{"colour": "red"}', "colour"),
        ('{"values": ["' + "x" * MAX_OPTIONS_CHARACTERS + '"]}', "too long"),
    ],
    ids=["torn", "a list", "empty", "unknown feed", "newer", "unknown key", "huge"],
)
def test_a_request_that_makes_no_sense_is_rejected_and_blocks_nobody(
    control: ControlStore, options: str, reason: str, start_now: int
) -> None:
    add_row(control, options, start_now=start_now)
    good = good_request(control)

    (errand,) = queue(control).due(in_window=False)

    assert errand.request_ids == (good.request_id,)
    status, told = status_of(control, "q-bad")
    assert (status, reason in told) == ("rejected", True)


def test_a_request_of_no_time_is_rejected(control: ControlStore) -> None:
    add_row(control, "{}", requested_at="soon")

    assert queue(control).due(in_window=True) == []
    assert status_of(control, "q-bad")[0] == "rejected"


def test_a_request_written_before_requests_had_a_version_is_read(control: ControlStore) -> None:
    add_row(control, orjson.dumps({"feeds": ["products"], "resync": True, "by": "all", "values": []}).decode())

    (errand,) = queue(control).due(in_window=False)

    assert (errand.options.feeds, errand.options.mode) == (("products",), "resync")


@pytest.mark.parametrize(
    ("ended", "error", "expected"),
    [
        (RunStatus.SUCCESS, None, "done"),
        (RunStatus.HELD, None, "done"),
        (RunStatus.FAILED, CatalogSyncError("unreachable", code="CS2002"), "done"),
        (RunStatus.FAILED, CatalogSyncError("stopped responding", code="CS0006"), "requested"),
        (RunStatus.CANCELLED, CatalogSyncError("stopped", code="CS2007"), "requested"),
        (None, None, "requested"),
    ],
)
def test_what_an_engine_had_taken_is_done_with_its_run_or_waits_again(
    control: ControlStore, ended: RunStatus | None, error: CatalogSyncError | None, expected: str
) -> None:
    good_request(control)
    first = queue(control)
    (errand,) = first.due(in_window=False)
    taken = first.take(errand)
    assert taken is not None
    with control.write() as connection:
        run = begin_run(connection, trigger="resync", mode="resync", dry_run=False, requested_by="ann", feeds=())
        connection.execute(text("UPDATE requests SET run_id = :id"), {"id": run.run_id})
        if ended is not None:
            finish_run(connection, run.run_id, ended, error=error)

    queue(control).take_over()

    with control.read() as connection:
        found = get_request(connection, taken.request_ids[0])
    assert found is not None
    assert found.status == expected
    assert found.run_id == (run.run_id if expected == "done" else None)
