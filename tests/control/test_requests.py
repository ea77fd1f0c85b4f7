"""The resync queue: kept, coalesced, taken once, and never blocked by one bad row."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from syncengine.control.requests import ResyncRequest, add_request, set_request, waiting_requests
from syncengine.control.store import ControlStore


def asked(connection: Connection, fingerprint: str = "all", *, start_now: bool = False) -> ResyncRequest:
    return add_request(
        connection, fingerprint=fingerprint, options={"resync": True}, requested_by="ann", start_now=start_now
    )


def test_a_request_waits_with_what_was_asked(store: ControlStore) -> None:
    with store.write() as connection:
        added = asked(connection)

    with store.read() as connection:
        assert waiting_requests(connection) == [added]
    assert (added.status, added.options, added.requested_by, added.run_id) == (
        "requested",
        {"resync": True},
        "ann",
        None,
    )


def test_a_hundred_clicks_are_one_request(store: ControlStore) -> None:
    ids = set()
    for _ in range(100):
        with store.write() as connection:
            ids.add(asked(connection).request_id)

    with store.read() as connection:
        assert [item.request_id for item in waiting_requests(connection)] == list(ids)


def test_different_requests_wait_in_the_order_they_came(store: ControlStore) -> None:
    with store.write() as connection:
        ids = [asked(connection, name).request_id for name in ("b", "a", "c")]

    with store.read() as connection:
        assert [item.request_id for item in waiting_requests(connection)] == ids


def test_asked_while_the_same_is_being_served_it_is_queued_behind(store: ControlStore) -> None:
    with store.write() as connection:
        first = asked(connection)
        set_request(connection, first.request_id, "taken")

        second = asked(connection)

        assert second.request_id != first.request_id
        assert waiting_requests(connection) == [second]


def test_start_now_hurries_the_request_that_waits_for_its_window(store: ControlStore) -> None:
    with store.write() as connection:
        waiting = asked(connection)

        hurried = asked(connection, start_now=True)

        assert hurried.request_id == waiting.request_id
        assert [item.start_now for item in waiting_requests(connection)] == [True]
        assert asked(connection).start_now is True


def test_a_request_is_taken_once(store: ControlStore) -> None:
    with store.write() as connection:
        request_id = asked(connection).request_id

        assert set_request(connection, request_id, "taken") is True
        assert set_request(connection, request_id, "taken") is False
        assert waiting_requests(connection) == []


def test_a_finished_request_stays_finished(store: ControlStore) -> None:
    with store.write() as connection:
        request_id = asked(connection).request_id
        assert set_request(connection, request_id, "taken")
        assert set_request(connection, request_id, "done", run_id="r-1")

        assert set_request(connection, request_id, "cancelled") is False
        assert set_request(connection, request_id, "taken") is False


def test_a_waiting_request_can_be_cancelled_and_an_unknown_one_cannot(store: ControlStore) -> None:
    with store.write() as connection:
        assert set_request(connection, asked(connection).request_id, "cancelled") is True
        assert set_request(connection, "q-unknown", "cancelled") is False
        assert waiting_requests(connection) == []


@pytest.mark.parametrize("options", ["{half", "", "[1, 2]", "null", "5"])
def test_a_malformed_request_is_in_nobodys_way(store: ControlStore, options: str) -> None:
    with store.write() as connection:
        bad = asked(connection, "bad")
        good = asked(connection, "good")
        connection.execute(
            text("UPDATE requests SET options = :options WHERE id = :id"), {"options": options, "id": bad.id}
        )

    with store.read() as connection:
        assert waiting_requests(connection) == [good]
