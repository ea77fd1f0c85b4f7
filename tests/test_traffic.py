"""Requests are counted and logged at the one seam, by what became of them."""

from __future__ import annotations

import gzip
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncengine.traffic import LOGGED_BYTES, PAYLOADS, SIGN_IN, TRAFFIC, Traffic, TrafficCounts, shown_body
from syncengine.transport import ConnectionFailedError, RedirectRefusedError, RetryPolicy, Transport

BODY = b'{"name": "payload-canary"}'


@pytest.fixture
def address() -> Iterator[str]:
    """A server that answers with the status that its path names."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status = int(self.path.strip("/"))
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "http://127.0.0.1:9/")
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(BODY)

        def log_message(self, *_args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def counted(before: TrafficCounts) -> dict[tuple[str, str, str], int]:
    return dict((TRAFFIC.snapshot() - before).requests)


def test_each_request_is_counted_by_target_method_and_status(address: str) -> None:
    before = TRAFFIC.snapshot()
    transport = Transport(address, auth=None, target="services")
    transport.request("POST", "/200", body=b"{}")
    transport.request("POST", "/503", body=b"{}")
    with pytest.raises(RedirectRefusedError):
        transport.request("POST", "/302", body=b"{}")
    transport.close()

    assert counted(before) == {
        ("services", "POST", "200"): 1, ("services", "POST", "503"): 1, ("services", "POST", "302"): 1,
    }  # fmt: skip


def test_a_request_without_an_answer_is_counted_by_its_reason() -> None:
    before = TRAFFIC.snapshot()
    transport = Transport("http://127.0.0.1:9", auth=None, target="store")
    with pytest.raises(ConnectionFailedError):
        transport.request("GET", "/")
    transport.close()

    assert counted(before) == {("store", "GET", "refused"): 1}


def test_retries_are_counted_against_the_target_that_was_asked(address: str) -> None:
    before = TRAFFIC.snapshot()
    transport = Transport(address, auth=None, target="store")
    policy = RetryPolicy(attempts=3, sleep=lambda seconds: None)
    policy.call(lambda: transport.request("POST", "/503"))
    transport.close()

    assert dict((TRAFFIC.snapshot() - before).retries) == {"store": 2}


def test_bodies_are_logged_only_when_asked_for_and_never_of_a_sign_in(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    payloads = logging.getLogger(PAYLOADS)
    level = payloads.level
    try:
        payloads.setLevel(logging.CRITICAL + 1)
        Transport(address, auth=None, target="store").request("POST", "/200", body=BODY)
        payloads.setLevel(logging.INFO)
        Transport(address, auth=None, target=SIGN_IN).request("POST", "/200", body=BODY)
        assert "payload-canary" not in caplog.text
        Transport(address, auth=None, target="store").request("POST", "/200", body=gzip.compress(BODY))
    finally:
        payloads.setLevel(level)

    assert caplog.text.count("payload-canary") == 2


def test_a_long_or_broken_body_is_shown_in_part() -> None:
    assert shown_body(b"x" * (LOGGED_BYTES + 1)).startswith("x" * LOGGED_BYTES + "… (cut")
    assert shown_body(b"\x1f\x8b broken") == "\\x1f\\x8b broken".replace("\\x1f", "\x1f")
    assert len(shown_body(gzip.compress(b"0" * 10**7))) < LOGGED_BYTES + 100


_counts = st.builds(
    TrafficCounts,
    requests=st.dictionaries(
        st.tuples(st.sampled_from(["store", "services"]), st.sampled_from(["GET", "POST"]), st.sampled_from(["200"])),
        st.integers(1, 99),
    ),
    retries=st.dictionaries(st.sampled_from(["store", "services"]), st.integers(1, 99)),
)


@given(_counts, _counts)
def test_what_is_added_can_be_subtracted(one: TrafficCounts, other: TrafficCounts) -> None:
    assert (one + other) - other == one


def test_counts_come_back_from_json_as_they_were() -> None:
    traffic = Traffic()
    for seconds in (0.01, 0.3, 7.0, 600.0):
        traffic.count("store", "GET", "200", seconds)
    traffic.count_retry()
    counts = traffic.snapshot()

    assert TrafficCounts.from_json(json.loads(json.dumps(counts.as_json()))) == counts
    assert TrafficCounts.from_json({}) == TrafficCounts()


def test_buckets_of_another_version_are_left_out() -> None:
    assert TrafficCounts.from_json({"buckets": {"store": [1, 2]}, "seconds": {"store": 3.0}}) == TrafficCounts()


def test_threads_count_together() -> None:
    traffic = Traffic()

    def work() -> None:
        for _ in range(500):
            traffic.count("store", "GET", "200", 0.1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert traffic.snapshot().requests == {("store", "GET", "200"): 4000}
