"""The test of the connections that a page asks for and the engine makes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncengine.commands import request_connection_test
from syncengine.control.connection_test import ConnectionTest, last_connection_test
from syncengine.control.store import ControlStore, open_control_store
from syncengine.doctor import Finding, Verdict
from syncengine.doctor.asked import LONGEST_SECONDS, answer_connection_test
from syncengine.errors import SourceRefusedError
from syncengine.settings import Settings, SourceSettings

SETTINGS = Settings(source=SourceSettings(kind="files", path=Path("records")))


@pytest.fixture
def control(tmp_path: Path) -> Iterator[ControlStore]:
    store = open_control_store(tmp_path)
    yield store
    store.close()


def _last(control: ControlStore) -> ConnectionTest | None:
    with control.read() as connection:
        return last_connection_test(connection)


def _fine(settings: Settings) -> Iterator[Finding]:
    assert settings.source.timeout_seconds <= LONGEST_SECONDS
    yield Finding(check="store", verdict=Verdict.ok, sentence="It answers.")


def _refused(settings: Settings) -> Iterator[Finding]:
    raise SourceRefusedError("The store refused the token.", hint="Check `source.token`.")
    yield


def test_nothing_is_tested_before_somebody_asks(control: ControlStore) -> None:
    assert not answer_connection_test(control, SETTINGS, [("store", _fine)])
    assert _last(control) is None


def test_what_was_found_is_kept_and_the_question_is_answered_once(control: ControlStore) -> None:
    assert request_connection_test(control, actor="anna")
    assert answer_connection_test(control, SETTINGS, [("store", _fine), ("destinations", _refused)])
    assert not answer_connection_test(control, SETTINGS, [("store", _fine)])
    test = _last(control)
    assert test is not None and test.asked_by == "anna" and test.finished_at is not None
    assert [(one.check, one.verdict) for one in test.findings] == [("store", "ok"), ("destinations", "failed")]
    assert test.findings[1].hint == "Check `source.token`."
    assert all(one.seconds >= 0 for one in test.findings)


def test_pressing_twice_asks_once(control: ControlStore) -> None:
    assert request_connection_test(control, actor="anna")
    assert not request_connection_test(control, actor="ben")
    test = _last(control)
    assert test is not None and test.asked_by == "anna"


def test_other_checks_of_the_doctor_are_not_made(control: ControlStore) -> None:
    request_connection_test(control, actor="anna")
    answer_connection_test(control, SETTINGS, [("engine", _refused), ("store", _fine)])
    test = _last(control)
    assert test is not None and [one.check for one in test.findings] == ["store"]
