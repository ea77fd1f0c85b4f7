"""Who holds the data directory, as others see it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from syncengine.control.engine import beat, engine_state, release_engine, take_engine
from syncengine.control.store import ControlStore

NEXT = datetime(2026, 1, 1, 13, 0, tzinfo=UTC)


def test_there_is_no_holder_before_the_first(store: ControlStore) -> None:
    with store.read() as connection:
        assert engine_state(connection) is None


def test_the_holder_is_named_and_replaces_the_one_before(store: ControlStore) -> None:
    with store.write() as connection:
        take_engine(connection, pid=1, host="old", kind="engine")
        take_engine(connection, pid=2, host="new", kind="command")

    with store.read() as connection:
        state = engine_state(connection)
    assert state is not None
    assert (state.pid, state.host, state.kind, state.running, state.next_sync_at) == (2, "new", "command", True, None)


def test_a_beat_keeps_the_next_sync_unless_it_tells_another(store: ControlStore) -> None:
    with store.write() as connection:
        take_engine(connection, pid=1, host="h", kind="engine")
        beat(connection, next_sync_at=NEXT)
        beat(connection)
        state = engine_state(connection)

    assert state is not None
    assert state.next_sync_at == NEXT
    assert state.heartbeat_at >= state.started_at


def test_a_holder_that_ended_by_itself_says_so(store: ControlStore) -> None:
    with store.write() as connection:
        take_engine(connection, pid=1, host="h", kind="engine")
        beat(connection, next_sync_at=NEXT)
        release_engine(connection)
        state = engine_state(connection)

    assert state is not None
    assert (state.running, state.next_sync_at) == (False, None)


@pytest.mark.parametrize(
    ("kind", "ended_by", "words"),
    [
        ("engine", "SIGTERM", "The engine was stopped by SIGTERM"),
        ("engine", "CS5004", "The engine ended with CS5004"),
        ("engine", None, "The engine ended"),
        ("command", "SIGINT", "The command that synced was stopped by SIGINT"),
    ],
)
def test_what_ended_a_holder_is_kept_for_those_who_look(
    store: ControlStore, kind: str, ended_by: str | None, words: str
) -> None:
    with store.write() as connection:
        take_engine(connection, pid=1, host="h", kind=kind)
        alive = engine_state(connection)
        release_engine(connection, ended_by=ended_by)
        ended = engine_state(connection)

    assert alive is not None
    assert ended is not None
    assert (alive.how_it_ended, ended.how_it_ended) == ("", words)


def test_the_next_holder_is_told_how_the_one_before_ended(store: ControlStore) -> None:
    with store.write() as connection:
        assert take_engine(connection, pid=1, host="h", kind="engine") is None
        release_engine(connection, ended_by="SIGTERM")
        before = take_engine(connection, pid=2, host="h", kind="engine")
        now = engine_state(connection)

    assert before is not None
    assert now is not None
    assert (before.pid, before.ended_by, now.ended_by) == (1, "SIGTERM", None)
