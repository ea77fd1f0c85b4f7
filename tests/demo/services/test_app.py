from __future__ import annotations

import itertools
import json
from collections.abc import Callable

import pytest
import requests

from syncengine.demo.services.faults import FaultPlan, RateLimit, parse_fault

from .client import Client, price, product, tombstone

Start = Callable[..., Client]


def plan(*texts: str) -> FaultPlan:
    return FaultPlan([parse_fault(text) for text in texts])


def test_health_needs_no_key(client: Client) -> None:
    assert requests.get(f"{client.url}/health", timeout=5).json() == {"status": "ok"}


def test_accepted_and_rejected_add_up_to_what_was_sent(client: Client) -> None:
    answer = client.post("products", [product("A"), {"sku": "B"}, product("C")])
    value = answer.json()
    assert answer.status_code == 200
    assert value["accepted"] == 2
    assert [r["index"] for r in value["rejected"]] == [1]
    assert value["requestId"]
    assert client.get("/feeds/products/count") == {"live": 2, "deleted": 0}


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"x-api-key": None}, 401, "api_key"),
        ({"x-api-key": "wrong"}, 401, "api_key"),
        ({"x-environment-id": None}, 403, "environment"),
        ({"x-environment-id": "other"}, 403, "environment"),
        ({"x-data-space-id": None}, 403, "data_space"),
        ({"Idempotency-Key": None}, 400, "header"),
        ({"x-run-sequence": None}, 400, "header"),
        ({"x-run-sequence": "-1"}, 400, "header"),
        ({"Content-Type": "text/plain"}, 400, "header"),
        ({"Content-Encoding": "br"}, 400, "encoding"),
    ],
)
def test_missing_or_wrong_headers_are_refused(client: Client, headers: dict, status: int, code: str) -> None:
    answer = client.post("products", [tombstone("A")], headers=headers)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code
    assert answer.json()["requestId"]
    assert client.get("/feeds/products/count") == {"live": 0, "deleted": 0}


def test_unknown_feed_and_unknown_address_are_404_in_the_contracts_shape(client: Client) -> None:
    for answer in (client.post("nosuchfeed", [tombstone("A")]), client.ask("/api/feeds/products/count")):
        assert answer.status_code == 404
        assert set(answer.json()) == {"error", "requestId"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"[1",
        b'[{"sku":NaN}]',
        b"\xef\xbb\xbf[{}]",
        b'[{"sku":"\xff"}]',
        b"[" * 3000,
    ],
)
def test_a_body_that_is_no_array_of_items_is_refused_whole(client: Client, body: bytes) -> None:
    assert client.post("products", body).status_code == 400


def test_gzip_is_optional_and_a_cut_one_is_refused(client: Client) -> None:
    plain = client.post("products", [tombstone("A")], headers={"Content-Encoding": "identity"})
    cut = client.post("products", b"not gzip at all", headers={"Content-Encoding": "gzip "})
    assert plain.json()["accepted"] == 1
    assert cut.status_code == 400


@pytest.mark.parametrize(("feed", "allowed"), [("products", 100), ("prices", 500)])
def test_the_item_limit_is_exact(client: Client, feed: str, allowed: int) -> None:
    make = tombstone if feed == "products" else (lambda sku: {**price(sku, 1.0), "deleted": False})
    items = [make(f"S{number}") for number in range(allowed + 1)]
    assert client.post(feed, items[:allowed]).json()["accepted"] == allowed
    assert client.post(feed, items).status_code == 413


def test_more_than_four_mib_decoded_are_too_large_however_small_on_the_wire(client: Client) -> None:
    assert client.post("products", b"[" + b" " * (4 * 2**20) + b"]").status_code == 413


def test_the_same_key_and_bytes_are_applied_once_and_answered_the_same(client: Client) -> None:
    first = client.post("products", [product("A", name="one")], key="k", sequence=1)
    client.post("products", [product("A", name="two")], key="k2", sequence=1)
    again = client.post("products", [product("A", name="one")], key="k", sequence=1)
    assert again.content == first.content
    assert client.get("/feeds/products/items")["items"][0]["name"] == "two"
    log = client.get("/demo/requests")["requests"]
    assert [(row["idempotency_key"], row["outcome"]) for row in log] == [
        ("k", "applied"),
        ("k2", "applied"),
        ("k", "repeated"),
    ]
    assert log[0]["body_sha256"] == log[2]["body_sha256"] != log[1]["body_sha256"]


def test_a_repeat_may_be_compressed_differently(client: Client) -> None:
    client.post("products", [tombstone("A")], key="k")
    again = client.post("products", [tombstone("A")], key="k", headers={"Content-Encoding": "identity"})
    assert again.status_code == 200


@pytest.mark.parametrize(("feed", "sku"), [("products", "B"), ("variants", "A")])
def test_a_key_used_with_other_bytes_or_another_feed_is_409(client: Client, feed: str, sku: str) -> None:
    client.post("products", [tombstone("A")], key="k")
    answer = client.post(feed, [tombstone(sku)], key="k")
    assert answer.status_code == 409
    assert client.get("/feeds/products/count") == {"live": 0, "deleted": 1}


def test_a_refused_batch_does_not_use_up_its_key(client: Client) -> None:
    client.post("products", b"[]", key="k")
    assert client.post("products", [tombstone("A")], key="k").status_code == 200


def test_an_older_sequence_is_acknowledged_and_ignored(client: Client) -> None:
    client.post("products", [product("A", name="new"), product("B", name="b7")], sequence=7)
    older = client.post("products", [product("A", name="old"), product("C")], sequence=6)
    equal = client.post("products", [product("B", name="b7 again")], sequence=7)
    assert older.json()["accepted"] == 2
    assert equal.json()["accepted"] == 1
    held = {item["sku"]: item["name"] for item in client.get("/feeds/products/items")["items"]}
    assert held == {"A": "new", "B": "b7 again", "C": None}
    assert client.get("/demo/requests")["requests"][1]["ignored"] == 1


def test_a_tombstone_takes_the_item_away_and_an_older_create_does_not_bring_it_back(client: Client) -> None:
    client.post("products", [product("A")], sequence=1)
    client.post("products", [tombstone("A")], sequence=3)
    client.post("products", [product("A")], sequence=2)
    assert client.get("/feeds/products/count") == {"live": 0, "deleted": 1}
    assert client.ask("/products/A").status_code == 404


def test_items_come_back_byte_for_byte(client: Client) -> None:
    odd = product('Ü/ß "x" 😀', name="\u2028 <b>&amp;</b>")
    texts = [
        json.dumps(odd, ensure_ascii=False),
        json.dumps(product("B"), separators=(",", " :  ")),
        json.dumps(product("C", weight=1.50)).replace("1.5", "1.50e0"),
        json.dumps(product("D", name="\u00e9")),
    ]
    answer = client.post("products", ("[\n" + " ,\t".join(texts) + "\r\n]").encode())
    assert answer.json()["accepted"] == 4
    raw = client.ask("/feeds/products/items").content
    assert raw == ('{"items":[' + ",".join(texts) + '],"next":null}').encode()


def test_paging_gives_every_item_once_while_items_change(client: Client) -> None:
    client.post("products", [product(f"S{number}") for number in range(25)])
    seen, after = [], None
    for _ in itertools.count():
        page = client.get("/feeds/products/items", limit=10, **({"after": after} if after else {}))
        seen += [item["sku"] for item in page["items"]]
        after = page["next"]
        client.post("products", [product("S3", name="changed")], sequence=2)
        if after is None:
            break
    assert sorted(seen) == sorted(f"S{number}" for number in range(25))


def test_a_page_that_ends_exactly_at_the_last_item_has_no_next(client: Client) -> None:
    client.post("products", [product("A"), tombstone("B")])
    assert client.get("/feeds/products/items", limit=2)["next"] is None
    assert [item["sku"] for item in client.get("/feeds/products/items", deleted="false")["items"]] == ["A"]


@pytest.mark.parametrize("params", [{"after": "x"}, {"limit": "0"}, {"limit": "99999"}, {"deleted": "1"}])
def test_a_bad_parameter_is_400(client: Client, params: dict) -> None:
    assert client.ask("/feeds/products/items", **params).status_code == 400


def test_environments_and_data_spaces_do_not_see_each_other(start: Start) -> None:
    client = start(environment_ids=("demo-env", "two"))
    client.post("products", [product("A")], key="k")
    client.data_space_id = "other"
    assert client.get("/feeds/products/count") == {"live": 0, "deleted": 0}
    assert client.post("products", [tombstone("B")], key="k").status_code == 200
    client.environment_id = "two"
    assert client.get("/feeds/products/count") == {"live": 0, "deleted": 0}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 429, 500, 502, 503])
def test_a_status_fault_is_answered_and_nothing_applied(start: Start, status: int) -> None:
    client = start(plan=plan(f"status-{status}"), retry_after_seconds=3)
    answer = client.post("products", [tombstone("A")])
    assert answer.status_code == status
    assert ("Retry-After" in answer.headers) == (status in (429, 503))
    assert client.get("/feeds/products/count")["deleted"] == 0
    assert client.get("/demo/requests")["requests"][0]["http_status"] == status


@pytest.mark.parametrize(("name", "applied"), [("reset", 0), ("reset-after-read", 0), ("lost-answer", 1)])
def test_a_reset_answers_nothing_and_the_repeat_is_applied_once(start: Start, name: str, applied: int) -> None:
    client = start(plan=plan(name))
    with pytest.raises(requests.ConnectionError):
        client.post("products", [tombstone("A")], key="k")
    assert client.get("/feeds/products/count")["deleted"] == applied
    client.session.put(f"{client.url}/demo/faults", data='{"faults": []}', headers=client.who, timeout=5)
    assert client.post("products", [tombstone("A")], key="k").json()["accepted"] == 1
    outcomes = [row["outcome"] for row in client.get("/demo/requests")["requests"]]
    assert outcomes == (["applied", "repeated"] if applied else [f"fault {name}", "applied"])


def test_answers_outside_the_contract(start: Start) -> None:
    client = start(slow_seconds=0.05)

    def post_with(fault: str) -> requests.Response:
        client.session.put(
            f"{client.url}/demo/faults", json={"faults": [fault]}, headers=client.who, timeout=5
        ).raise_for_status()
        return client.post("products", [tombstone("A"), tombstone("B"), tombstone("C")])

    assert post_with("html-200").text.startswith("<!doctype html>")
    assert post_with("empty-200").content == b""
    assert post_with("wrong-count").json()["accepted"] == 4
    assert post_with("unknown-index").json()["rejected"][0]["index"] == 10_000
    assert [r["index"] for r in post_with("duplicate-index").json()["rejected"]] == [0, 0]
    assert post_with("reject-all").json()["accepted"] == 0
    assert [r["index"] for r in post_with("reject-one").json()["rejected"]] == [0]
    assert post_with("slow").json()["accepted"] == 3
    assert post_with("slow-body").json()["accepted"] == 3
    with pytest.raises(requests.RequestException):
        post_with("cut-answer").json()


def test_a_poisoned_item_spoils_every_batch_it_is_in_and_no_other(start: Start) -> None:
    client = start(plan=plan("poison-item=0.2"))
    skus = [f"S{number}" for number in range(40)]
    poisoned = {sku for sku in skus if client.post("products", [tombstone(sku)]).status_code == 400}
    assert 0 < len(poisoned) < 40
    assert client.post("products", [tombstone(sku) for sku in skus]).status_code == 400
    good = [tombstone(sku) for sku in skus if sku not in poisoned]
    assert client.post("products", good).json()["accepted"] == len(good)


def test_a_rejected_item_is_named_wherever_it_stands(start: Start) -> None:
    client = start(plan=plan("reject-item=0.2"))
    skus = [f"S{number}" for number in range(40)]
    first = client.post("products", [tombstone(sku) for sku in skus]).json()["rejected"]
    again = client.post("products", [tombstone(sku) for sku in reversed(skus)]).json()["rejected"]
    assert first
    assert {r["index"] for r in first} == {39 - r["index"] for r in again}


def test_beyond_the_rate_comes_429_with_retry_after(start: Start) -> None:
    client = start(rate=RateLimit(per_second=2.0, clock=lambda: 0.0))
    answers = [client.post("products", [tombstone("A")]) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["Retry-After"] == "1"
    assert answers[2].headers["Content-Type"].startswith("text/html")


def test_faults_can_be_read_and_a_wrong_one_is_refused(start: Start) -> None:
    client = start(plan=plan("status-500=0.5"))
    url = f"{client.url}/demo/faults"
    assert client.get("/demo/faults") == {"faults": ["status-500=0.5"], "rate": None, "slow_seconds": 2.0}
    answer = client.session.put(url, data='{"faults": ["nonsense"]}', headers=client.who, timeout=5)
    assert answer.status_code == 400
    assert client.session.put(url, data='{"faults": []}', timeout=5).status_code == 401
    assert client.get("/demo/faults")["faults"] == ["status-500=0.5"]
