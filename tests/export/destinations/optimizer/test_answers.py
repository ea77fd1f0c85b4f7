from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from syncengine.errors import DestinationAnswerError
from syncengine.export.destinations.optimizer.answers import check_accepted, parse_named, request_id, said
from syncengine.transport import Answer


def answer(body: str, status: int = 400, **headers: str) -> Answer:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    return Answer(status=status, headers=headers, body=body.encode(), elapsed_seconds=0.1, sent_at=at)


def named(*errors: Any, records: int = 3) -> dict[int, tuple[str, str]]:
    return parse_named(json.dumps({"status": "FAILED", "errors": errors}).encode(), records)


def test_all_sent_and_all_accepted_is_a_success() -> None:
    check_accepted(b'{"status":"ACCEPTED","acceptedCount":3}', 3)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{}", b"[]", b'{"status":"ACCEPTED","acceptedCount":2}', b'{"status":"FAILED","acceptedCount":1}'),
        *(b'{"status":"ACCEPTED","acceptedCount":true}', b'{"status":"ACCEPTED","acceptedCount":1,"acceptedCount":1}'),
    ],
)
def test_anything_else_is_none(body: bytes) -> None:
    with pytest.raises(DestinationAnswerError):
        check_accepted(body, 1)


def test_the_causes_of_one_record_are_joined_and_told_once() -> None:
    causes = [
        {"itemIndex": 1, "code": "status", "message": "bad\nstatus", "value": "x"},
        {"itemIndex": 1, "code": "slug", "message": "bad slug"},
        {"itemIndex": 1, "code": "slug", "message": "bad slug"},
        {"itemIndex": 0},
    ]
    assert named(*causes) == {1: ("status", "bad status; bad slug"), 0: ("refused", "")}


@pytest.mark.parametrize("index", [3, -1, "0", 1.0, True, None])
def test_one_index_that_was_not_sent_makes_all_names_doubtful(index: Any) -> None:
    assert named({"itemIndex": 0, "code": "a", "message": "b"}, {"itemIndex": index}) == {}


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"errors": {}}', b'{"errors": [5]}', b'{"errors": []}'])
def test_a_refusal_without_names(body: bytes) -> None:
    assert parse_named(body, 3) == {}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('{"title":"Err","status":"401","error_code":"401013","message":"no"}', "400 401013: Err: no"),
        ('{"message": 5}', "400"),
        ("<html><script>alert()</script><h1>Please\n wait</h1></html>", "400 Please wait"),
        ("plain", "400 plain"),
        ("", "400"),
    ],
)
def test_what_people_are_told(body: str, text: str) -> None:
    assert said(answer(body)) == text


def test_the_peers_name_for_a_request() -> None:
    assert request_id(answer("", **{"x-request-id": "abc"})) == "abc"
    assert request_id(answer("")) is None
