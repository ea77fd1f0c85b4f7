"""Faults: each does what it says, as often as it says, and nothing else."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from syncengine.demo.store.faults import (
    QUIRKS,
    RECORD_FAULTS,
    REQUEST_FAULTS,
    Fault,
    FaultError,
    Faults,
    parse_fault,
)

from .asking import Api

Start = Callable[..., AbstractContextManager[Api]]
LIST = "/rest/V1/products?searchCriteria[pageSize]=50"


def _store(start: Start, *names: str, **options: Any) -> AbstractContextManager[Api]:
    return start(products=150, faults=tuple(parse_fault(name) for name in names), **options)


@pytest.mark.parametrize("text", ["nosuch", "cut=2", "cut=-1", "cut=x", ""])
def test_a_wrong_fault_is_refused_and_the_known_ones_are_named(text: str) -> None:
    with pytest.raises(FaultError, match="fault"):
        parse_fault(text)


def test_a_fault_without_a_rate_strikes_always_and_records_rarely() -> None:
    assert parse_fault("cut") == Fault(name="cut", rate=1.0)
    assert parse_fault("missing-sku") == Fault(name="missing-sku", rate=0.01)
    assert parse_fault("html=0.25") == Fault(name="html", rate=0.25)


@pytest.mark.parametrize(("rate", "struck"), [(0.0, 0), (0.1, 10), (0.33, 33), (0.5, 50), (1.0, 100)])
def test_a_rate_is_kept_exactly(rate: float, struck: int) -> None:
    faults = Faults([Fault(name="html", rate=rate)])
    assert sum(faults.strike() == "html" for _ in range(100)) == struck


@pytest.mark.parametrize(
    ("name", "status", "kind"),
    [
        ("status-400", 400, "application/json"),
        ("status-401", 401, "application/json"),
        ("status-403", 403, "text/html"),
        ("status-404", 404, "text/html"),
        ("status-429", 429, "text/html"),
        ("status-500", 500, "application/json"),
        ("status-502", 502, "text/html"),
        ("status-503", 503, "text/html"),
        ("status-504", 504, "text/html"),
        ("retry-after-date", 503, "text/html"),
        ("retry-after-hour", 503, "text/html"),
        ("fatal-error", 500, "application/json"),
        ("html", 200, "text/html"),
        ("empty-body", 200, "application/json"),
        ("wrong-shape", 200, "application/json"),
    ],
)
def test_a_status_fault_answers_with_it(start: Start, name: str, status: int, kind: str) -> None:
    with _store(start, name) as api:
        answer = api.answer(LIST)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith(kind)
    assert ("Retry-After" in answer.headers) == (status in (429, 503))


def test_the_list_in_the_docs_is_the_list_of_faults() -> None:
    page = (Path(__file__).parents[3] / "docs/demo-store.md").read_text("utf-8")
    section = page.split("## Faults")[1].split("\n## ")[0]
    told = dict(re.findall(r"(?m)^\| `([a-z0-9-]+)` \| (.+) \|$", section))
    assert list(told) == [*REQUEST_FAULTS, *QUIRKS, *RECORD_FAULTS]
    for name, text in {**REQUEST_FAULTS, **QUIRKS, **RECORD_FAULTS}.items():
        assert told[name] == text.partition(" (RATE")[0]


def test_a_retry_after_may_be_a_date_or_an_hour(start: Start) -> None:
    with _store(start, "retry-after-date") as api:
        date = api.answer(LIST).headers["Retry-After"]
    with _store(start, "retry-after-hour") as api:
        seconds = api.answer(LIST).headers["Retry-After"]
    assert parsedate_to_datetime(date).tzinfo is not None
    assert seconds == "3600"


def test_redirect_points_to_another_host(start: Start) -> None:
    with _store(start, "redirect") as api:
        answer = api.answer(LIST, allow_redirects=False)
    assert answer.status_code == 302
    assert "127.0.0.1" not in answer.headers["Location"]


def test_reset_is_a_reset_and_the_next_request_works(start: Start) -> None:
    with _store(start, "reset=0.5") as api:
        assert api.answer(LIST).status_code == 200
        with pytest.raises(requests.exceptions.ConnectionError, match=r"(?i)reset"):
            api.answer(LIST)
        assert api.answer(LIST).status_code == 200


def test_cut_headers_break_off_before_a_length_is_told(start: Start) -> None:
    with _store(start, "cut-headers=0.5") as api:
        assert api.answer(LIST).status_code == 200
        broken = api.answer(LIST)  # http.client takes the end of the stream for that of the head
        assert (dict(broken.headers), broken.content) == ({"Content-Type": "appl"}, b"")
        assert api.answer(LIST).status_code == 200


def test_hang_answers_nothing_and_the_store_still_ends(start: Start) -> None:
    with _store(start, "hang") as api, pytest.raises(requests.exceptions.ReadTimeout):
        api.session.get(api.base + LIST, timeout=0.3)


def test_delay_is_waited_before_the_answer(start: Start) -> None:
    with _store(start, "delay") as api:
        assert api.answer(LIST).elapsed.total_seconds() >= 0.5


def test_gzip_cut_has_a_matching_length_and_no_end(start: Start) -> None:
    with _store(start, "gzip-cut") as api:
        answer = api.session.get(api.base + LIST, stream=True, timeout=5)
        raw = answer.raw.read(decode_content=False)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(raw) == int(answer.headers["Content-Length"])
    assert raw[:2] == b"\x1f\x8b"


def test_gzip_garbage_cannot_be_unpacked(start: Start) -> None:
    with _store(start, "gzip-garbage") as api, pytest.raises(requests.exceptions.ContentDecodingError):
        api.answer(LIST)


def test_cut_ends_the_connection_in_the_middle_of_the_body(start: Start) -> None:
    with _store(start, "cut") as api, pytest.raises(requests.exceptions.ChunkedEncodingError):
        api.answer(LIST)


def test_bad_json_is_whole_for_http_and_broken_for_json(start: Start) -> None:
    with _store(start, "bad-json") as api:
        answer = api.answer(LIST)
        with pytest.raises(ValueError, match=r"char|Expecting|Unterminated"):
            answer.json()
    assert answer.status_code == 200


def test_empty_finds_no_products_and_leaves_the_rest(start: Start) -> None:
    with _store(start, "empty") as api:
        answer = api.get(LIST)
        assert (answer["items"], answer["total_count"]) == ([], 0)
        assert api.get("/rest/V1/store/websites")


def test_slow_trickles_beyond_a_client_s_patience(start: Start) -> None:
    with _store(start, "slow") as api:
        answer = api.session.get(api.base + LIST, stream=True, timeout=5)
        first = answer.raw.read(64)
        answer.close()
    assert len(first) == 64


def test_half_of_the_requests_fail_and_the_next_succeed(start: Start) -> None:
    with _store(start, "status-503=0.5") as api:
        statuses = [api.answer(LIST).status_code for _ in range(6)]
    assert statuses == [200, 503] * 3


def test_missing_skus_and_bad_prices_are_always_the_same_products(start: Start) -> None:
    with start(products=150) as plain:
        whole = list(plain.every_product())
    seen = []
    for _ in range(2):
        with _store(start, "missing-sku=0.1", "bad-price=0.1") as api:
            records = list(api.every_product("default"))
            seen.append(records)
            prices = api.post(
                "/rest/V1/products/base-prices-information",
                {"skus": [record["sku"] for record in whole]},
            )
    assert seen[0] == seen[1]
    nameless = [record for record in records if "sku" not in record]
    broken = [record for record in records if isinstance(record.get("price"), str)]
    assert 5 <= len(nameless) <= 30
    assert 5 <= len(broken) <= 30
    assert [record["id"] for record in records] == [record["id"] for record in whole]
    assert any(isinstance(row["price"], str) for row in prices)


def test_latency_is_waited_before_each_answer(start: Start) -> None:
    with start(products=20, latency_ms=120) as api:
        answer = api.answer("/rest/V1/store/websites")
    assert answer.elapsed.total_seconds() >= 0.12


def test_strikes_are_counted_once_under_many_threads() -> None:
    faults = Faults([Fault(name="cut", rate=0.5)])
    struck: list[str | None] = []
    threads = [threading.Thread(target=lambda: struck.extend(faults.strike() for _ in range(50))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert struck.count("cut") == 100
