from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncengine.errors import DestinationAnswerError
from syncengine.export.destinations.answers import (
    element_texts,
    error_text,
    parse_acceptance,
    parse_counts,
    parse_page,
    printable,
)
from syncengine.export.destinations.base import Outcome


def acceptance(accepted: object = 2, rejected: object = (), request_id: object = "r1", **more: object) -> bytes:
    return json.dumps({"accepted": accepted, "rejected": rejected, "requestId": request_id, **more}).encode()


def rejection(index: object, code: object = "schema", message: object = "$.name: no") -> dict[str, object]:
    return {"index": index, "code": code, "message": message}


def test_a_success_has_a_receipt_per_item() -> None:
    receipts, request_id = parse_acceptance(acceptance(2, [rejection(1)], note="more keys are fine"), 3)
    assert request_id == "r1"
    assert [receipt.outcome for receipt in receipts] == [Outcome.accepted, Outcome.rejected, Outcome.accepted]
    assert (receipts[1].code, receipts[1].message, receipts[1].http_status) == ("schema", "$.name: no", 200)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"<html>ok</html>",
        b"\xff" + acceptance(),
        b"\xef\xbb\xbf" + acceptance(),
        acceptance()[:-1],
        acceptance() + b"x",
        b'{"accepted":2,"accepted":2,"rejected":[],"requestId":"r"}',
        b'{"accepted":2,"rejected":[],"requestId":"r","x":NaN}',
        b'{"accepted":2,"rejected":[],"requestId":"r","x":' + b"[" * 100_000,
        b'{"accepted":' + b"9" * 5000 + b',"rejected":[],"requestId":"r"}',
        acceptance(1),
        acceptance(3),
        acceptance(-1, [rejection(0), rejection(1), rejection(1)]),
        acceptance("2"),
        acceptance(2.0),
        acceptance(True, [rejection(0)]),
        acceptance(None),
        acceptance(2, {}),
        acceptance(2, None),
        acceptance(request_id=""),
        acceptance(request_id=7),
        acceptance(1, [rejection(2)]),
        acceptance(1, [rejection(-1)]),
        acceptance(1, [rejection("0")]),
        acceptance(1, [rejection(False)]),
        acceptance(0, [rejection(0), rejection(0)]),
        acceptance(1, [rejection(0, code=None)]),
        acceptance(1, [rejection(0, message=None)]),
        acceptance(1, ["0"]),
    ],
)
def test_anything_else_with_200_is_not_a_success(body: bytes) -> None:
    with pytest.raises(DestinationAnswerError):
        parse_acceptance(body, 2)


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_reader(body: bytes) -> None:
    for parse in (lambda b: parse_acceptance(b, 2), parse_counts, parse_page):
        with pytest.raises(DestinationAnswerError):
            parse(body)
    assert len(error_text(body)[0]) <= 200


def test_an_error_body_says_code_and_message() -> None:
    body = json.dumps({"error": {"code": "json", "message": "no array"}, "requestId": "r9"}).encode()
    assert error_text(body) == ("json: no array", "r9")


@pytest.mark.parametrize("body", [b"<html>\n<b>Busy</b></html>", b'{"error": "Busy"}', b"Busy \xff\x00"])
def test_another_error_body_is_shown_on_one_line(body: bytes) -> None:
    text, request_id = error_text(body)
    assert "Busy" in text
    assert "\n" not in text
    assert request_id is None


def test_shown_text_is_cut_and_holds_no_control_characters() -> None:
    assert printable("a\x1b[31m\r\nb\u2028c\ud800", 100) == "a [31m b c"
    assert len(printable("x" * 5000, 200)) == 200


def test_counts_are_two_numbers() -> None:
    counts = parse_counts(b'{"live": 3, "deleted": 0}')
    assert (counts.live, counts.deleted) == (3, 0)
    for body in (b'{"live": 3}', b'{"live": "3", "deleted": 0}', b'{"live": -3, "deleted": 0}'):
        with pytest.raises(DestinationAnswerError):
            parse_counts(body)


@given(
    st.lists(st.dictionaries(st.text(), st.text() | st.floats(allow_nan=False, allow_infinity=False))), st.booleans()
)
def test_a_page_gives_each_item_as_it_stood(items: list, indented: bool) -> None:
    value = {"before": {"items": [1]}, "items": items, "next": "c"}
    try:
        page = parse_page(json.dumps(value, indent=2 if indented else None, ensure_ascii=False).encode())
    except UnicodeEncodeError:
        return
    assert [json.loads(text) for text in page.items] == items
    assert page.next == "c"


def test_a_pages_numbers_keep_their_form() -> None:
    assert parse_page(b'{"next":null,"items":[{"a":1.50e0} , {"b":"\\u00e9"}]}').items == (
        '{"a":1.50e0}',
        '{"b":"\\u00e9"}',
    )


@pytest.mark.parametrize("body", [b'{"items":[]}x', b'{"items":{}}', b'{"next":null}', b'{"items":[],"next":5}', b"[]"])
def test_a_page_of_another_shape_is_refused(body: bytes) -> None:
    with pytest.raises(DestinationAnswerError):
        parse_page(body)


def test_elements_are_found_in_an_empty_and_in_a_nested_array() -> None:
    assert list(element_texts("[ ]")) == []
    assert list(element_texts(' [[1,2] , {"a":[3]}, "]"]')) == ["[1,2]", '{"a":[3]}', '"]"']
