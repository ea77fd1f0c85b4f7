"""A store behind a bad line: every fault is retried, survived, or ends in one clear error."""

from __future__ import annotations

import gzip
import json
import socket

import pytest

from catalog.fake_store import FakeStore, Hook, Reply, Request, product
from catalog.reading import product_ids, read
from syncengine.errors import (
    CatalogError,
    SourceAnswerError,
    SourceRefusedError,
    SourceUnreachableError,
)

ALL = list(range(1, 26))
HTML = b"<!doctype html><html><head><title>Sign in</title></head><body></body></html>"


def framed(body: bytes, headers: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n" % (len(body), headers) + body


PAGE = json.dumps({"items": [product(1)], "total_count": 1}).encode()
GZIPPED = gzip.compress(PAGE * 40)

FAULTS = {
    "connection reset before the answer": Reply(raw=b""),
    "half a status line": Reply(raw=b"HTTP/1."),
    "half the headers": Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Type: appl"),
    "half a body": Reply(raw=framed(PAGE)[:-20]),
    "half a body without a length": Reply(raw=b"HTTP/1.1 200 OK\r\n\r\n" + PAGE[:-20]),
    "a cut chunk": Reply(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" + PAGE[:20]),
    "a cut gzip body": Reply(raw=framed(GZIPPED[:-9], b"Content-Encoding: gzip\r\n")),
    "gzip garbage": Reply(raw=framed(b"\x1f\x8bnonsense", b"Content-Encoding: gzip\r\n")),
    "an HTML page with 200": Reply(200, HTML),
    "an empty body with 200": Reply(200, b""),
    "half a JSON document": Reply(200, PAGE[:-5]),
    "a byte order mark": Reply(200, b"\xef\xbb\xbf" + PAGE),
    "another shape": Reply.of({"message": "all is well"}),
    "a maintenance page": Reply(503, HTML),
    "a gateway time-out": Reply(504, HTML),
    "a crashed backend": Reply.of({"messages": {"error": [{"code": 500, "message": "Fatal error"}]}}, 500),
}


def first_pages(reply: Reply, times: int) -> Hook:
    left = [reply] * times
    return lambda request: left.pop() if request.is_product_page and left else None


@pytest.mark.parametrize("reply", FAULTS.values(), ids=FAULTS.keys())
def test_a_passing_fault_is_survived(open_store, tmp_path, records, reply) -> None:
    store = FakeStore(hook=first_pages(reply, 2))

    assert product_ids(records(read(open_store(store, connections=1), tmp_path))) == ALL


@pytest.mark.parametrize("reply", FAULTS.values(), ids=FAULTS.keys())
def test_a_lasting_fault_ends_in_one_error_that_names_the_request(open_store, tmp_path, pauses, reply) -> None:
    store = FakeStore(hook=first_pages(reply, 99))

    with pytest.raises(CatalogError) as caught:
        read(open_store(store, connections=1), tmp_path)

    assert isinstance(caught.value, SourceAnswerError | SourceUnreachableError)
    assert "/default/V1/products" in str(caught.value)
    assert caught.value.hint
    assert "canary" not in f"{caught.value} {caught.value.hint}" and "searchCriteria" not in str(caught.value)
    assert 5 <= len(store.sent_sizes()) <= 6  # one may end on a connection that the store just closed
    assert all(pause <= 30 for pause in pauses)


def test_fact_67_an_html_page_with_200_is_told_by_its_title(open_store, tmp_path) -> None:
    with pytest.raises(SourceAnswerError, match='HTML page titled "Sign in"'):
        read(open_store(FakeStore(hook=lambda request: Reply(200, HTML))), tmp_path)


def test_a_token_refused_in_the_middle_stops_at_once(open_store, tmp_path, pauses) -> None:
    def expires(request: Request) -> Reply | None:
        return Reply.of({"message": "no"}, 401) if request.is_product_page and request.id_range()[0] else None

    store = FakeStore(hook=expires)

    with pytest.raises(SourceRefusedError):
        read(open_store(store, connections=1), tmp_path)

    assert len(store.sent_sizes()) == 2
    assert pauses == []


def test_a_redirect_to_another_host_is_not_followed(open_store, tmp_path) -> None:
    thief = FakeStore()
    with thief.running() as elsewhere:
        moved = Reply(302, b"", {"Location": f"{elsewhere}/V1/products?leak=canary"})
        store = FakeStore(hook=lambda request: moved)

        with pytest.raises(SourceAnswerError) as caught:
            read(open_store(store), tmp_path)

    assert thief.log == []
    assert "127.0.0.1" in str(caught.value) and "canary" not in str(caught.value)


def test_a_store_that_is_down_is_unreachable(open_store, tmp_path, pauses) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    source = open_store(FakeStore(), address=lambda url: f"http://127.0.0.1:{port}/rest")

    with pytest.raises(SourceUnreachableError) as caught:
        read(source, tmp_path)

    assert "connection refused" in str(caught.value)
    assert len(pauses) == 5


def test_a_store_that_asks_for_an_hour_is_left_for_the_next_run(open_store, tmp_path, pauses) -> None:
    store = FakeStore(hook=first_pages(Reply.of({}, 503, Retry_After="3600"), 99))

    with pytest.raises(SourceUnreachableError):
        read(open_store(store, connections=1), tmp_path)

    assert pauses == []


def test_a_page_beyond_the_cap_is_asked_for_in_halves(open_store, tmp_path, records) -> None:
    bulky = [product(n, description="x" * 9 * 2**20) for n in range(1, 5)]
    store = FakeStore(products={"": bulky})

    con = records(read(open_store(store, connections=1, page_size=4, timeout_seconds=60), tmp_path))

    assert product_ids(con) == [1, 2, 3, 4]
    assert store.sent_sizes()[:2] == [4, 2]


def test_a_wrong_address_says_what_source_url_should_be(open_store, tmp_path) -> None:
    page = Reply(404, b"<html><title>404 Not Found</title></html>")

    with pytest.raises(SourceAnswerError) as caught:
        read(open_store(FakeStore(hook=lambda request: page)), tmp_path)

    assert "404 Not Found" in str(caught.value)
    assert "/rest" in caught.value.hint


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"message": "Invalid product data: %1", "parameters": ["Invalid type"]}, "Invalid product data: Invalid type"),
        ({"message": '"%fieldName" is required.', "parameters": {"fieldName": "x"}}, '"x" is required.'),
        ({"message": "Several.", "errors": [{"message": "%1 bad", "parameters": ["a"]}]}, "Several. a bad"),
        ({"message": "%unknown stays"}, "%unknown stays"),
        ({"message": "line\nbreak \x1b[31m"}, "line break [31m"),
    ],
)
def test_fact_63_and_64_placeholders_are_filled(open_store, tmp_path, body, said) -> None:
    with pytest.raises(SourceAnswerError) as caught:
        read(open_store(FakeStore(hook=lambda request: Reply.of(body, 400))), tmp_path)

    assert str(caught.value).endswith(f"400: {said}")


def test_a_success_without_content_is_no_success(open_store, tmp_path) -> None:
    with pytest.raises(SourceAnswerError, match="answered 204"):
        read(open_store(FakeStore(hook=first_pages(Reply(204, b""), 1))), tmp_path)


BROKEN = {
    "NaN": b"NaN",
    "Infinity": b"-Infinity",
    "not UTF-8": b'"\xff"',
    "a lone surrogate": b'"\\ud800"',
    "nested 100,000 deep": b"[" * 100_000 + b"]" * 100_000,
    "a control character": b'"a\x01b"',
    "a trailing comma": b"[1,]",
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_record_that_is_no_valid_json_costs_no_other(open_store, tmp_path, pauses, records, broken) -> None:
    store = FakeStore(products={"": [product(n, mark=n == 13) for n in ALL]})

    def breaks_one(request: Request) -> Reply | None:
        if not request.is_product_page:
            return None
        return Reply(200, store.found(request).body.replace(b'"mark": true', b'"mark": ' + broken))

    store.hook = breaks_one

    con = records(read(open_store(store), tmp_path))

    assert product_ids(con) == ALL
    stand_in = con.execute("SELECT record FROM records.products WHERE (record->>'$.id')::INT = 13").fetchall()
    assert [json.loads(row[0]) for row in stand_in] == [{"id": 13, "sku": "P13"}]
    assert pauses == []


@pytest.mark.parametrize("value", [b"1e400", b"9" * 5000, b'"\\u0000"', b'{"a":1,"a":2}'])
def test_odd_but_valid_values_are_kept_for_the_compiler_to_judge(open_store, tmp_path, records, value) -> None:
    page = PAGE.replace(b"1.5", value)
    store = FakeStore(products={"": [product(1)]})
    store.hook = lambda request: Reply(200, page) if request.is_product_page else None

    con = records(read(open_store(store), tmp_path))

    assert con.execute("SELECT record->>'$.sku' FROM records.products").fetchall() == [("P1",)]
