from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import responses

from syncengine.errors import DestinationRefusedError
from syncengine.export.destinations.base import AskableDestination, BatchOutcome, Outcome, Receipt
from syncengine.export.destinations.optimizer.mapping import MAPPED_FEEDS
from syncengine.feeds.registry import FEEDS

from .samples import GROUP_3, category, item, price, product, product_tombstone
from .wire import BASE, GRANTED, SECRET, TOKEN_URL, demo, opened, send, sent_records

PRODUCTS = f"{BASE}/v1/catalog/products"
BAD = {"code": "status", "message": "status: no such value", "value": "active"}


def accepted(count: int) -> dict[str, Any]:
    return {"status": "ACCEPTED", "acceptedCount": count}


def refused(*indexes: int, **more: Any) -> dict[str, Any]:
    errors = [{**BAD, "itemIndex": index} for index in indexes]
    return {"status": "FAILED", "message": "Items validation failed", "errors": errors, **more}


def outcomes(receipt: Receipt) -> list[str]:
    assert receipt.outcome is BatchOutcome.answered, receipt
    assert [one.index for one in receipt.items] == list(range(len(receipt.items)))
    return [one.outcome.value for one in receipt.items]


def batch(count: int) -> list[dict[str, Any]]:
    return [product(f"P{number}") for number in range(count)]


@responses.activate
def test_what_goes_over_the_wire() -> None:
    responses.post(TOKEN_URL, json=GRANTED)
    responses.post(PRODUCTS, json=accepted(2), headers={"x-request-id": "r1"})
    with opened() as destination:
        receipts = [send(destination, "products", *batch(2)) for _ in range(2)]
    token, first, second = (call.request for call in responses.calls)
    assert token.url == TOKEN_URL
    assert first.headers["Authorization"] == "Bearer canary-token"
    assert first.headers["Content-Type"] == "application/json"
    assert first.headers["Content-Encoding"] == "gzip"
    assert first.body == second.body
    assert [record["sku"] for record in sent_records(first)] == ["P0", "P1"]
    assert outcomes(receipts[0]) == ["accepted", "accepted"]
    assert (receipts[0].request_id, receipts[0].http_status) == ("r1", 200)


@responses.activate
def test_the_good_items_of_a_refused_batch_go_again_without_the_bad_ones() -> None:
    responses.post(TOKEN_URL, json=GRANTED)
    responses.post(PRODUCTS, json=refused(1, 3), status=400)
    responses.post(PRODUCTS, json=accepted(2))
    with opened() as destination:
        receipt = send(destination, "products", *batch(4))
    assert [record["sku"] for record in sent_records(responses.calls[2].request)] == ["P0", "P2"]
    assert outcomes(receipt) == ["accepted", "rejected", "accepted", "rejected"]
    bad = receipt.items[1]
    assert (bad.http_status, bad.code, bad.message) == (400, "status", "status: no such value")
    assert receipt.items[0].http_status == 200


@responses.activate
def test_items_named_one_after_the_other_are_told_by_their_own_place() -> None:
    responses.post(TOKEN_URL, json=GRANTED)
    responses.post(PRODUCTS, json=refused(0), status=400)
    responses.post(PRODUCTS, json=refused(1), status=400)
    responses.post(PRODUCTS, json=accepted(1))
    with opened() as destination:
        receipt = send(destination, "products", *batch(3))
    assert outcomes(receipt) == ["rejected", "accepted", "rejected"]


@responses.activate
def test_a_batch_of_bad_items_only_is_answered_by_one_request() -> None:
    responses.post(TOKEN_URL, json=GRANTED)
    responses.post(PRODUCTS, json=refused(0, 1), status=400)
    with opened() as destination:
        assert outcomes(send(destination, "products", *batch(2))) == ["rejected", "rejected"]
    assert len(responses.calls) == 2


@responses.activate
def test_no_item_is_accepted_before_its_own_200_and_what_was_named_is_not_forgotten() -> None:
    responses.post(TOKEN_URL, json=GRANTED)
    responses.post(PRODUCTS, json=refused(1), status=400)
    responses.post(PRODUCTS, body="<h1>Busy</h1>", status=503, content_type="text/html")
    responses.post(PRODUCTS, json=accepted(2))
    with opened() as destination:
        failed = send(destination, "products", *batch(3), key="same")
        assert (failed.outcome, failed.items) == (BatchOutcome.retry, ())
        receipt = send(destination, "products", *batch(3), key="same")
    assert outcomes(receipt) == ["accepted", "rejected", "accepted"]
    assert [len(sent_records(call.request)) for call in list(responses.calls)[1:]] == [3, 2, 2]


@responses.activate
@pytest.mark.parametrize(
    "body",
    [
        refused(),
        refused(7),
        refused(-1),
        refused(0, errors=[{"itemIndex": "0"}]),
        refused(0, errors=[{"itemIndex": True}]),
        refused(0, errors=[BAD]),
        {"status": "FAILED"},
        ["nonsense"],
    ],
)
def test_a_refusal_that_names_nobody_is_for_bisecting(body: Any) -> None:
    responses.post(TOKEN_URL, json=GRANTED)
    responses.post(PRODUCTS, json=body, status=400)
    with opened() as destination:
        receipt = send(destination, "products", *batch(2))
    assert (receipt.outcome, receipt.http_status) == (BatchOutcome.refused_whole, 400)


@responses.activate
def test_a_peer_that_names_one_at_a_time_for_ever_is_not_followed_for_ever() -> None:
    responses.post(TOKEN_URL, json=GRANTED)
    responses.post(PRODUCTS, json=refused(0), status=400)
    with opened() as destination:
        assert send(destination, "products", *batch(100)).outcome is BatchOutcome.refused_whole
    assert len(responses.calls) == 6


@responses.activate
@pytest.mark.parametrize(
    "body",
    [
        *("<html>", "[]", "null", json.dumps(accepted(1)), json.dumps(accepted(3)), '{"status": "ACCEPTED"}'),
        *('{"status": "QUEUED", "acceptedCount": 2}', '{"status": "ACCEPTED", "acceptedCount": "2"}'),
    ],
)
def test_a_200_that_does_not_add_up_is_an_unknown_outcome(body: str) -> None:
    responses.post(TOKEN_URL, json=GRANTED)
    responses.post(PRODUCTS, body=body, content_type="application/json")
    with opened() as destination:
        receipt = send(destination, "products", *batch(2))
    assert receipt.outcome is BatchOutcome.unknown
    assert "not a success" in (receipt.message or "")


@responses.activate
@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((408, "retry"), (425, "retry"), (429, "retry"), (503, "retry"), (413, "too_large"), (422, "refused_whole")),
        *((500, "unknown"), (502, "unknown"), (504, "unknown"), (201, "unknown"), (204, "unknown")),
    ],
)
def test_what_each_status_means(status: int, outcome: str) -> None:
    responses.post(TOKEN_URL, json=GRANTED)
    responses.post(PRODUCTS, status=status, body="", headers={"Content-Length": "0"})
    with opened() as destination:
        receipt = send(destination, "products", *batch(2))
    assert (receipt.outcome.value, receipt.http_status) == (outcome, status)


@responses.activate
def test_a_page_of_html_asks_to_wait() -> None:
    page = f"<html><style>p {{}}</style><h1>Too many</h1> requests, {SECRET}, canary-token</html>"
    responses.post(TOKEN_URL, json=GRANTED)
    responses.post(PRODUCTS, status=429, body=page, headers={"retry-after": "7"}, content_type="text/html")
    with opened() as destination:
        receipt = send(destination, "products", *batch(2))
    assert (receipt.outcome, receipt.retry_after_seconds) == (BatchOutcome.retry, 7)
    assert receipt.message == "429 Too many requests, ***, ***"


@responses.activate
def test_an_ended_token_is_renewed_once_and_the_batch_sent_again() -> None:
    responses.post(TOKEN_URL, json=GRANTED)
    responses.post(PRODUCTS, status=401, json={"title": "ErrInvalidOauthToken", "error_code": "401013"})
    responses.post(TOKEN_URL, json={**GRANTED, "access_token": "another"})
    responses.post(PRODUCTS, json=accepted(2))
    with opened() as destination:
        assert outcomes(send(destination, "products", *batch(2))) == ["accepted", "accepted"]
    assert responses.calls[3].request.headers["Authorization"] == "Bearer another"


@responses.activate
@pytest.mark.parametrize(("status", "hint", "calls"), [(401, "organisation", 4), (403, "tenant", 2), (404, "base", 2)])
def test_credentials_or_an_address_that_are_not_taken_stop_the_destination(status: int, hint: str, calls: int) -> None:
    responses.post(TOKEN_URL, json=GRANTED)
    responses.post(PRODUCTS, status=status, json={"title": "Err", "message": f"no {SECRET} canary-token"})
    with opened() as destination, pytest.raises(DestinationRefusedError) as stopped:
        send(destination, "products", *batch(2))
    assert hint in stopped.value.hint
    assert "canary" not in stopped.value.message
    assert stopped.value.fields["http_status"] == status
    assert len(responses.calls) == calls


@responses.activate
def test_a_redirect_is_not_followed() -> None:
    responses.post(TOKEN_URL, json=GRANTED)
    responses.post(PRODUCTS, status=307, headers={"Location": "https://elsewhere.invalid/x"})
    with opened() as destination, pytest.raises(DestinationRefusedError, match=r"elsewhere\.invalid"):
        send(destination, "products", *batch(1))


@responses.activate
def test_what_cannot_be_sent_costs_no_request() -> None:
    with opened() as destination:
        receipt = send(destination, "categories", category("Bad Slug"), category(""))
    assert outcomes(receipt) == ["rejected", "accepted"]
    assert [one.http_status for one in receipt.items] == [None, None]
    assert len(responses.calls) == 0


@responses.activate
def test_a_refused_price_book_takes_its_prices_with_it_and_no_others() -> None:
    responses.post(TOKEN_URL, json=GRANTED)
    responses.post(f"{BASE}/v1/catalog/price-books", json=refused(2), status=400)
    responses.post(f"{BASE}/v1/catalog/price-books", json=accepted(2))
    responses.post(f"{BASE}/v1/catalog/products/prices", json=accepted(2))
    with opened() as destination:
        receipt = send(destination, "prices", price("A"), price("A", GROUP_3), price("A", website="eu"))
    assert outcomes(receipt) == ["accepted", "rejected", "accepted"]


def test_price_books_are_sent_once_a_destination_and_again_after_a_delete() -> None:
    website = item("scopesWebsite", websiteId="1", websiteCode="base", stores=[])
    with demo() as shop:
        for sku in "AB":
            send(shop.destination, "prices", price(sku), price(sku, GROUP_3))
        send(shop.destination, "scopesWebsite", {**website, "deleted": True})
        assert shop.held("products/prices") == []
        send(shop.destination, "prices", price("C"))
        assert [one["feed"] for one in shop.log()] == [
            "POST price-books",
            "POST products/prices",
            "POST products/prices",
            "DELETE price-books",
            "POST price-books",
            "POST products/prices",
        ]
        assert [one["sku"] for one in shop.held("products/prices")] == ["C"]


def test_more_price_books_than_one_request_takes_go_in_several() -> None:
    websites = [f"w{number}" for number in range(300)]
    group = item("scopesCustomerGroup", customerGroupId="3", customerGroupCode=GROUP_3, websites=websites)
    with demo() as shop:
        assert outcomes(send(shop.destination, "scopesCustomerGroup", group)) == ["accepted"]
        assert [one["items"] for one in shop.log()] == [500, 100]
        assert len(shop.held("price-books")) == 600


def test_which_feeds_have_a_place() -> None:
    with opened() as destination:
        offered = {feed.name for feed in FEEDS.values() if destination.offers(feed)}
        assert offered == MAPPED_FEEDS
        assert {destination.limits(FEEDS[name]).max_items for name in ("products", "categories")} == {100}
        assert destination.limits(FEEDS["prices"]).max_items == 500
        assert not isinstance(destination, AskableDestination)
        with pytest.raises(DestinationRefusedError, match="variants"):
            send(destination, "variants", {"id": "1", "deleted": True})


@pytest.mark.shared
@responses.activate
def test_every_request_of_a_whole_catalog_is_what_the_schema_says(
    catalog_items: Mapping[str, list[dict[str, Any]]], judge: Callable[[str, bytes], None]
) -> None:
    def take(request: Any) -> tuple[int, dict[str, str], str]:
        body = gzip.decompress(request.body)
        judge(request.url.removeprefix(BASE), body)
        return 200, {}, json.dumps(accepted(len(json.loads(body))))

    responses.post(TOKEN_URL, json=GRANTED)
    for path in ("products", "products/metadata", "categories", "price-books", "products/prices"):
        for end in ("", "/delete"):
            responses.add_callback("POST", f"{BASE}/v1/catalog/{path}{end}", take)
    with opened() as destination:
        for feed in sorted(MAPPED_FEEDS):
            items = catalog_items[feed][:100]
            assert send(destination, feed, *items).outcome is BatchOutcome.answered
            gone = [{**one, "deleted": True} for one in items]
            assert send(destination, feed, *gone).outcome is BatchOutcome.answered


@pytest.mark.shared
def test_a_whole_catalog_reaches_the_services_and_leaves_them_again(
    catalog_items: Mapping[str, list[dict[str, Any]]],
) -> None:
    order = ("productAttributes", "products", "categories", "scopesCustomerGroup", "scopesWebsite", "prices")
    resources = ("products/metadata", "products", "categories", "price-books", "products/prices")
    with demo() as shop:
        results = {}
        for feed in order:
            results[feed] = _send_all(shop.destination, feed, catalog_items[feed])
        held = {resource: len(shop.held(resource)) for resource in resources}
        taken = {feed: results[feed].count("accepted") for feed in order}
        roots = sum(one["urlPath"] == "" for one in catalog_items["categories"])
        assert held["products/metadata"] == taken["productAttributes"] == len(catalog_items["productAttributes"])
        assert held["products"] == taken["products"] > 0
        assert held["categories"] == taken["categories"] - roots
        assert held["products/prices"] == taken["prices"] == len(catalog_items["prices"])
        groups = {(w, g["customerGroupCode"]) for g in catalog_items["scopesCustomerGroup"] for w in g["websites"]}
        groups |= {(p["websiteCode"], p["customerGroupCode"]) for p in catalog_items["prices"]} - {("base", "0")}
        groups -= {("europe", "0")}
        books = {"base", "europe", *(f"{website}::{group}" for website, group in groups)}
        assert {one["priceBookId"] for one in shop.held("price-books")} == books
        assert {row["http_status"] for row in shop.log()} == {200}
        assert {row["ignored"] for row in shop.log()} == {0}
        assert shop.tokens() == 1
        for feed in order:
            _send_all(shop.destination, feed, [{**one, "deleted": True} for one in catalog_items[feed]])
        assert [shop.held(resource) for resource in resources] == [[]] * len(resources)


def _send_all(destination: Any, feed: str, items: list[dict[str, Any]]) -> list[str]:
    size = FEEDS[feed].batch_items
    found: list[str] = []
    for first in range(0, len(items), size):
        found += outcomes(send(destination, feed, *items[first : first + size], key=f"{feed} {first}"))
    return found


@pytest.mark.parametrize(
    ("fault", "outcome", "held"),
    [
        ("status-429", "retry", 0),
        ("status-503", "retry", 0),
        ("status-500", "unknown", 0),
        ("status-413", "too_large", 0),
        ("reset", "unknown", 0),
        ("reset-after-read", "unknown", 0),
        ("lost-answer", "unknown", 2),
        ("cut-answer", "unknown", 2),
        ("html-200", "unknown", 0),
        ("empty-200", "unknown", 0),
        ("wrong-count", "unknown", 2),
        ("poison-item", "refused_whole", 0),
        ("unknown-index", "refused_whole", 0),
    ],
)
def test_a_fault_of_the_services_and_the_same_batch_again(fault: str, outcome: str, held: int) -> None:
    with demo(fault) as shop:
        assert send(shop.destination, "products", *batch(2)).outcome.value == outcome
        assert len(shop.held("products")) == held
        shop.set_faults()
        assert outcomes(send(shop.destination, "products", *batch(2))) == ["accepted", "accepted"]
        assert len(shop.held("products")) == 2


@pytest.mark.parametrize("fault", ["status-401", "status-403", "status-404", "redirect"])
def test_a_fault_that_stops_the_destination(fault: str) -> None:
    with demo(fault) as shop, pytest.raises(DestinationRefusedError):
        send(shop.destination, "products", *batch(2))


@pytest.mark.parametrize(
    ("fault", "expected"),
    [("reject-one", ["rejected", "rejected", "rejected"]), ("reject-all", ["rejected"] * 3)],
)
def test_named_items_are_rejected(fault: str, expected: list[str]) -> None:
    with demo(fault) as shop:
        assert outcomes(send(shop.destination, "products", *batch(3))) == expected


def test_items_that_are_always_refused_do_not_hold_up_the_others() -> None:
    with demo("reject-item=0.2") as shop:
        found = outcomes(send(shop.destination, "products", *batch(100)))
        assert 5 < found.count("rejected") < 40
        assert len(shop.held("products")) == found.count("accepted")
        assert len(shop.log()) == 2


def test_an_expired_token_is_not_noticed_by_the_caller() -> None:
    with demo() as shop:
        send(shop.destination, "products", product("A"))
        shop.set_faults("expired-token=0.5")
        for number in range(8):
            try:
                receipt = send(shop.destination, "products", product(f"B{number}"))
            except DestinationRefusedError:
                continue  # the dice fell twice
            assert outcomes(receipt) == ["accepted"]
        assert shop.tokens() > 2


def test_a_tombstone_takes_the_product_out() -> None:
    with demo() as shop:
        send(shop.destination, "products", product("A"), product("B"))
        assert outcomes(send(shop.destination, "products", product_tombstone("A"))) == ["accepted"]
        assert [one["sku"] for one in shop.held("products")] == ["B"]


def test_nothing_is_asked_of_anybody_by_opening() -> None:
    with responses.RequestsMock(), opened():
        pass


def test_a_peer_that_is_not_there_was_not_sent_to() -> None:
    with demo() as shop:
        url = shop.url
    with opened(url=f"{url}/demo-tenant", token_url=f"{url}/ims/token/v3") as destination:
        assert send(destination, "products", *batch(1)).outcome is BatchOutcome.retry


def test_the_number_of_items_must_be_true() -> None:
    with opened() as destination, pytest.raises(ValueError, match="1 items, not 2"):
        destination.send("products", json.dumps(batch(1)).encode(), items=2, key="k", sequence=1)


def test_two_workers_share_one_destination() -> None:
    with demo() as shop, ThreadPoolExecutor(2) as pool:
        futures = [
            pool.submit(send, shop.destination, "prices", price(f"S{number}", GROUP_3), key=f"k{number}")
            for number in range(20)
        ]
        assert all(outcomes(future.result()) == [Outcome.accepted.value] for future in futures)
        assert len(shop.held("products/prices")) == 20
        assert shop.tokens() == 1
