"""The live check as it is kept: asked once at a time, answered once, the answer whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncengine.commands import request_live_check
from syncengine.control.audit import list_audit
from syncengine.control.live_check import (
    MOST_SKUS,
    LiveCheck,
    LiveDifference,
    LiveFindings,
    begin_live_check,
    keep_findings,
    last_live_check,
)
from syncengine.control.store import ControlStore
from syncengine.errors import SettingsError

FOUND = LiveFindings(
    agreeing=3,
    differing=1,
    unknown=("nobody",),
    items=(
        LiveDifference(
            sku="24-MB01", feed="prices", feed_id="f", scope="0/base", sentence="it changed", fields=(("a", "1", "2"),)
        ),
    ),
    seconds=1.5,
)


def last(store: ControlStore) -> LiveCheck:
    with store.read() as connection:
        found = last_live_check(connection)
    assert found is not None
    return found


def test_a_check_is_asked_begun_and_answered(store: ControlStore) -> None:
    with store.read() as connection:
        assert last_live_check(connection) is None
    assert request_live_check(store, ["a", "b", "a"], destination="d", actor="anna")
    asked = last(store)
    assert (asked.skus, asked.destination, asked.asked_by) == (("a", "b"), "d", "anna")
    assert asked.began_at is None and asked.found is None
    with store.write() as connection:
        begin_live_check(connection)
        assert last(store).found is None
        keep_findings(connection, asked.asked_at, FOUND)
    answered = last(store)
    assert answered.found == FOUND and answered.began_at is not None and answered.finished_at is not None


def test_a_second_question_waits_for_the_answer_to_the_first(store: ControlStore) -> None:
    assert request_live_check(store, ["a"], actor="anna")
    assert not request_live_check(store, ["b"], actor="ben")
    assert last(store).skus == ("a",)
    with store.write() as connection:
        keep_findings(connection, last(store).asked_at, replace(FOUND, items=()))
    assert request_live_check(store, ["b"], actor="ben")
    assert last(store).found is None, "the answer was to another question"
    with store.read() as connection:
        assert [(one.actor, one.action, one.subject) for one in list_audit(connection)] == [
            ("ben", "verify products", "b"),
            ("anna", "verify products", "a"),
        ]


@pytest.mark.parametrize("skus", [[], [str(number) for number in range(MOST_SKUS + 1)]])
def test_no_product_and_too_many_are_refused(store: ControlStore, skus: list[str]) -> None:
    with pytest.raises(SettingsError, match="cannot be checked at once"):
        request_live_check(store, skus, actor="anna")
