from __future__ import annotations

import gzip
import hashlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
import responses
from pydantic import SecretStr

from syncengine.demo.services.app import ServicesConfig
from syncengine.demo.services.faults import FaultPlan, parse_fault
from syncengine.demo.services.receiving import BatchLimits
from syncengine.demo.services.server import running
from syncengine.errors import DestinationRefusedError, DestinationUnreachableError, KeyReusedError
from syncengine.export.destinations import open_destination
from syncengine.export.destinations.base import AskableDestination, BatchOutcome, Outcome, Receipt
from syncengine.export.destinations.services import ServicesDestination
from syncengine.feeds.registry import FEEDS
from syncengine.settings import DestinationSettings

BASE = "https://services.example/v1"
KEY = "a-very-secret-key"
GOOD = {"accepted": 2, "rejected": [], "requestId": "r1"}
ERROR = {"error": {"code": "why", "message": f"because, {KEY}"}, "requestId": "r2"}


@contextmanager
def opened(url: str = BASE, **more: Any) -> Iterator[ServicesDestination]:
    given = {"url": url, "api_key": SecretStr(KEY), "environment_id": "demo-env", "data_space_id": "space", **more}
    destination = open_destination("shop", DestinationSettings(**given))
    assert isinstance(destination, ServicesDestination)
    try:
        yield destination
    finally:
        destination.close()


def body(*skus: str) -> bytes:
    items = [{"sku": sku, "storeViewCode": "default", "deleted": True} for sku in skus]
    return json.dumps(items, separators=(",", ":")).encode()


def send(destination: ServicesDestination, *skus: str, key: str | None = None, sequence: int = 1) -> Receipt:
    payload = body(*(skus or ("A", "B")))
    used = key or hashlib.sha256(payload).hexdigest()
    return destination.send("products", payload, items=len(skus) or 2, key=used, sequence=sequence)


@contextmanager
def demo(*faults: str, **config: Any) -> Iterator[ServicesDestination]:
    """A destination over real demo services with these faults."""
    plan = FaultPlan([parse_fault(text) for text in faults])
    timeout_seconds = config.pop("timeout_seconds", 10)
    with (
        running(ServicesConfig(api_key=KEY, plan=plan, **config)) as url,
        opened(url, timeout_seconds=timeout_seconds) as destination,
    ):
        yield destination


@responses.activate
def test_what_goes_over_the_wire() -> None:
    responses.post(f"{BASE}/feeds/products", json=GOOD)
    with opened() as destination:
        first, second = (send(destination, key="k1", sequence=12) for _ in range(2))
    one, two = (call.request for call in responses.calls)
    assert one.headers["x-api-key"] == KEY
    assert one.headers["x-environment-id"] == "demo-env"
    assert one.headers["x-data-space-id"] == "space"
    assert one.headers["Idempotency-Key"] == "k1"
    assert one.headers["x-run-sequence"] == "12"
    assert one.headers["Content-Type"] == "application/json"
    assert one.headers["Content-Encoding"] == "gzip"
    assert "Authorization" not in one.headers
    assert gzip.decompress(one.body) == body("A", "B")
    assert one.body == two.body, "the same batch is the same bytes"
    assert first.items == second.items


@responses.activate
def test_a_success_is_answered_per_item() -> None:
    rejected = [{"index": 1, "code": "schema", "message": "no"}]
    responses.post(f"{BASE}/feeds/products", json={"accepted": 1, "rejected": rejected, "requestId": "r1"})
    with opened() as destination:
        receipt = send(destination)
    assert receipt.outcome is BatchOutcome.answered
    assert [item.outcome for item in receipt.items] == [Outcome.accepted, Outcome.rejected]
    assert (receipt.request_id, receipt.http_status) == ("r1", 200)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (201, BatchOutcome.unknown),
        (202, BatchOutcome.unknown),
        (400, BatchOutcome.refused_whole),
        (408, BatchOutcome.retry),
        (413, BatchOutcome.too_large),
        (422, BatchOutcome.refused_whole),
        (425, BatchOutcome.retry),
        (429, BatchOutcome.retry),
        (500, BatchOutcome.unknown),
        (502, BatchOutcome.unknown),
        (503, BatchOutcome.retry),
        (504, BatchOutcome.unknown),
        (599, BatchOutcome.unknown),
    ],
)
@responses.activate
def test_what_each_status_means(status: int, outcome: BatchOutcome) -> None:
    responses.post(f"{BASE}/feeds/products", json=ERROR, status=status)
    with opened() as destination:
        receipt = send(destination)
    assert (receipt.outcome, receipt.http_status, receipt.items) == (outcome, status, ())
    assert receipt.request_id == "r2"
    assert receipt.message is not None
    assert receipt.message == f"{status} why: because, ***"


@pytest.mark.parametrize("status", [401, 402, 403, 404, 405, 407, 410, 415, 451])
@responses.activate
def test_what_only_a_person_can_mend_stops_the_destination(status: int) -> None:
    responses.post(f"{BASE}/feeds/products", json=ERROR, status=status)
    with opened() as destination, pytest.raises(DestinationRefusedError) as refused:
        send(destination)
    assert str(status) in refused.value.message
    assert "why: because" in refused.value.message
    assert refused.value.hint
    assert refused.value.fields["http_status"] == status
    assert KEY not in repr(refused.value) + refused.value.hint


@responses.activate
def test_a_reused_key_is_our_fault_and_never_a_receipt() -> None:
    responses.post(f"{BASE}/feeds/products", json=ERROR, status=409)
    with opened() as destination, pytest.raises(KeyReusedError):
        send(destination)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@responses.activate
def test_a_redirect_is_not_followed_and_names_the_host_only(status: int) -> None:
    target = "https://elsewhere.example/secret/path?token=1"
    responses.post(f"{BASE}/feeds/products", status=status, headers={"Location": target})
    with opened() as destination, pytest.raises(DestinationRefusedError) as refused:
        send(destination)
    assert len(responses.calls) == 1
    assert "elsewhere.example" in refused.value.message
    assert "secret" not in refused.value.message


@pytest.mark.parametrize(
    "content",
    [b"{}", b"<html>Welcome</html>", b'{"accepted":1,"rejected":[],"requestId":"r"}', b'{"accepted":2,"rejected"'],
)
@responses.activate
def test_a_200_that_is_no_success_is_unknown_and_quoted(content: bytes) -> None:
    responses.post(f"{BASE}/feeds/products", body=content, content_type="application/json")
    with opened() as destination:
        receipt = send(destination)
    assert (receipt.outcome, receipt.http_status) == (BatchOutcome.unknown, 200)
    assert receipt.message is not None
    assert receipt.message.startswith("not a success")
    assert content[:12].decode() in receipt.message


@pytest.mark.parametrize(
    ("value", "seconds"), [("2", 2.0), ("86400", 120.0), ("soon", None), ("-5", None), (None, None), ("0", 0.0)]
)
@responses.activate
def test_retry_after_is_read_and_capped(value: str | None, seconds: float | None) -> None:
    headers = {} if value is None else {"Retry-After": value}
    responses.post(f"{BASE}/feeds/products", body="<html>slow</html>", status=429, headers=headers)
    with opened() as destination:
        receipt = send(destination)
    assert (receipt.outcome, receipt.retry_after_seconds) == (BatchOutcome.retry, seconds)


@responses.activate
def test_an_echoed_key_is_not_kept() -> None:
    rejected = [{"index": 0, "code": "schema", "message": f"key {KEY} may not"}]
    responses.post(f"{BASE}/feeds/products", json={"accepted": 1, "rejected": rejected, "requestId": "r1"})
    with opened() as destination:
        receipt = send(destination)
    assert receipt.items[0].message == "key *** may not"


def test_a_peer_that_is_not_there_was_never_sent_to() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with opened(f"http://127.0.0.1:{unused.getsockname()[1]}") as destination:
            receipt = send(destination)
    assert (receipt.outcome, receipt.http_status) == (BatchOutcome.retry, None)


@pytest.mark.parametrize("fault", ["reset", "reset-after-read", "lost-answer", "cut-answer"])
def test_a_lost_connection_is_unknown_and_the_same_batch_again_is_applied_once(fault: str) -> None:
    with demo(fault) as destination:
        assert send(destination).outcome is BatchOutcome.unknown
        clear_faults(destination)
        assert send(destination).outcome is BatchOutcome.answered
        assert applied(destination) == [1]


@pytest.mark.parametrize(
    "fault",
    ["html-200", "empty-200", "wrong-count", "unknown-index", "duplicate-index", "status-500", "502", "201", "204"],
)
def test_an_answer_outside_the_contract_is_unknown_and_the_same_batch_again_succeeds(fault: str) -> None:
    with demo(fault) as destination:
        assert send(destination).outcome is BatchOutcome.unknown
        clear_faults(destination)
        again = send(destination)
        assert [item.outcome for item in again.items] == [Outcome.accepted] * 2
        assert applied(destination) == [1]


def test_an_answer_that_drips_ends_at_the_deadline_and_is_unknown() -> None:
    with demo("slow-body", slow_seconds=30.0, timeout_seconds=0.5) as destination:
        receipt = send(destination)
        assert receipt.outcome is BatchOutcome.unknown
        assert receipt.message is not None
        assert "0.5 seconds" in receipt.message


def test_one_bad_item_is_named_and_the_others_are_held() -> None:
    with demo() as destination:
        bad = b'[{"sku":"A","storeViewCode":"d","deleted":true},{"sku":"B","deleted":true}]'
        receipt = destination.send("products", bad, items=2, key="k", sequence=1)
        assert [item.outcome for item in receipt.items] == [Outcome.accepted, Outcome.rejected]
        assert receipt.items[1].code == "schema"
        assert "storeViewCode" in str(receipt.items[1].message)
        assert destination.count("products").deleted == 1


@pytest.mark.parametrize(
    ("config", "outcome"),
    [
        ({"limits": BatchLimits(max_items=1)}, BatchOutcome.too_large),
        ({"limits": BatchLimits(max_bytes=50)}, BatchOutcome.too_large),
    ],
)
def test_a_batch_over_the_limits_is_too_large(config: dict, outcome: BatchOutcome) -> None:
    with demo(**config) as destination:
        assert send(destination).outcome is outcome


def test_other_bytes_under_the_same_key_are_refused_by_real_services() -> None:
    with demo() as destination:
        send(destination, "A", key="k")
        with pytest.raises(KeyReusedError):
            send(destination, "B", key="k")


def test_a_wrong_key_and_an_unknown_feed_stop_with_nothing_held() -> None:
    with running(ServicesConfig(api_key="another")) as url, opened(url) as destination:
        with pytest.raises(DestinationRefusedError, match="401"):
            send(destination)
        with pytest.raises(DestinationRefusedError, match="401"):
            destination.count("products")
    with demo() as destination, pytest.raises(DestinationRefusedError, match="404"):
        destination.send("no/such feed", body("A"), items=1, key="k", sequence=1)


def test_what_is_held_can_be_asked_page_by_page() -> None:
    with demo() as destination:
        assert isinstance(destination, AskableDestination)
        skus = [f"S{number}" for number in range(25)]
        send(destination, *skus)
        texts, after, pages = [], None, 0
        while True:
            page = destination.fetch("products", after=after, limit=10)
            texts += page.items
            after, pages = page.next, pages + 1
            if after is None:
                break
        assert pages == 3
        assert ("[" + ",".join(texts) + "]").encode() == body(*skus)
        assert destination.count("products").live == 0


@responses.activate
def test_an_answer_without_end_is_unknown_and_dropped() -> None:
    responses.post(f"{BASE}/feeds/products", body=b" " * (3 * 2**20))
    with opened() as destination:
        receipt = send(destination)
    assert (receipt.outcome, receipt.http_status) == (BatchOutcome.unknown, None)


@responses.activate
def test_asking_a_peer_that_redirects_is_refused() -> None:
    responses.get(f"{BASE}/feeds/products/count", status=302, headers={"Location": "https://elsewhere.example/x"})
    with opened() as destination, pytest.raises(DestinationRefusedError, match=r"elsewhere\.example"):
        destination.count("products")


def test_asking_a_peer_that_is_not_there_is_unreachable() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with (
            opened(f"http://127.0.0.1:{unused.getsockname()[1]}") as destination,
            pytest.raises(DestinationUnreachableError) as unreachable,
        ):
            destination.count("products")
    assert unreachable.value.exit_code == 5


@pytest.mark.parametrize("ask", [lambda d: d.count("products"), lambda d: d.fetch("products")])
@responses.activate
def test_asking_without_a_usable_answer_is_unreachable(ask: Callable[[ServicesDestination], object]) -> None:
    for path in ("count", "items"):
        responses.get(f"{BASE}/feeds/products/{path}", json={"live": -1, "items": 3})
        responses.get(f"{BASE}/feeds/products/{path}", json=ERROR, status=503)
    with opened() as destination:
        for _ in range(2):
            with pytest.raises(DestinationUnreachableError) as unreachable:
                ask(destination)
            assert KEY not in unreachable.value.message


def test_many_threads_share_a_destination() -> None:
    with demo("lost-answer=0.2", "status-503=0.2") as destination:
        outcomes: list[bool] = []

        def work(number: int) -> None:
            key = f"k{number}"
            while send(destination, f"S{number}", key=key).outcome is not BatchOutcome.answered:
                pass
            outcomes.append(True)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(outcomes) == 12
        assert destination.count("products").deleted == 12
        assert applied(destination) == [1] * 12


def test_limits_are_the_contracts() -> None:
    with opened() as destination:
        limits = {name: destination.limits(feed) for name, feed in FEEDS.items()}
        assert all(destination.offers(feed) for feed in FEEDS.values())
    assert limits["prices"].max_items == 500
    assert {limit.max_items for name, limit in limits.items() if name != "prices"} == {100}
    assert {limit.max_bytes for limit in limits.values()} == {4 * 2**20}


def _demo_request(destination: ServicesDestination, method: str, path: str, **more: Any) -> requests.Response:
    headers = {"x-api-key": KEY, "x-environment-id": "demo-env", "x-data-space-id": "space"}
    url = f"{destination._transport.base_url}{path}"
    answer = requests.request(method, url, headers=headers, timeout=10, **more)
    answer.raise_for_status()
    return answer


def clear_faults(destination: ServicesDestination) -> None:
    _demo_request(destination, "PUT", "/demo/faults", json={"faults": []})


def applied(destination: ServicesDestination) -> list[int]:
    """How often each idempotency key was applied."""
    times: dict[str, int] = {}
    for row in _demo_request(destination, "GET", "/demo/requests").json()["requests"]:
        times[row["idempotency_key"]] = times.get(row["idempotency_key"], 0) + (row["outcome"] == "applied")
    return list(times.values())
