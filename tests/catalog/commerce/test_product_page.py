"""A product page is read the fast way when it looks as it should, and in full whenever it does not."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from syncengine.catalog.commerce import product_page
from syncengine.catalog.commerce.product_page import JsonCheck, ProductPage, parsed_page, read_page, skus_of
from syncengine.errors import SourceAnswerError

SKUS = ["a", 'quote"d', "back\\slash", "slash/1", "\u65e5\u672c", "\U0001f600", '{"id":9,"sku":"x"}']


def body_of(*ids: int, total: int | None = None, **values: object) -> bytes:
    items = [{"id": id_, "sku": SKUS[id_ % len(SKUS)], **values} for id_ in ids]
    page = {"items": items, "search_criteria": {}, "total_count": len(ids) if total is None else total}
    return json.dumps(page, separators=(",", ":")).encode()


@pytest.fixture
def check() -> Iterator[JsonCheck]:
    one = JsonCheck()
    yield one
    one.close()


@pytest.fixture
def only_scanning(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(what: str, body: bytes) -> ProductPage:
        raise AssertionError("parsed in full")

    monkeypatch.setattr(product_page, "parsed_page", refuses)


def test_an_ordinary_page_is_not_parsed_in_python(check, only_scanning) -> None:
    part = {"extension_attributes": {"bundle_product_options": [{"product_links": [{"id": "7", "sku": "part"}]}]}}

    page = read_page("GET x", body_of(3, 5, 8, total=11, **part), after=2, asked=3)

    assert (list(page.ids), page.total) == ([3, 5, 8], 11)
    assert check.passes(body_of(3, 5, 8, total=11, **part))


@pytest.mark.parametrize(
    "body",
    [
        body_of(3, 5, note={"id": 4, "sku": "looks like a product"}),
        b'{"total_count": 2, "items": [{"sku":"a","id":3},{"sku":"b","id":5}]}',
        b' { "items" : [ { "id" : 3 , "sku" : "a" } , {"id":5} ] , "total_count" : 2 } ',
    ],
)
def test_an_unusual_page_is_parsed_in_full(body) -> None:
    page = read_page("GET x", body, after=2, asked=300)

    assert (list(page.ids), page.total) == ([3, 5], 2)


@pytest.mark.parametrize(
    "body",
    [
        body_of(3, 5)[:-1],
        body_of(3, 5).replace(b'"sku"', b'"sku":}', 1),
        body_of(3, 5, price=1.5).replace(b"1.5", b"NaN"),
        body_of(3, 5, price=1.5).replace(b"1.5", b"-Infinity"),
        body_of(3, 5, price=1.5).replace(b"1.5", b"nan"),
        body_of(3, 5, price=[1]).replace(b"[1]", b"[1,]"),
        body_of(3, 5, price=1.5).replace(b"1.5", b'"\xff"'),
        body_of(3, 5, price=1.5).replace(b"1.5", b'"a\x01b"'),
        body_of(3, 5) + b"x",
    ],
)
def test_what_is_no_strict_json_is_refused_however_it_looks(check, body) -> None:
    assert not check.passes(body)
    with pytest.raises(SourceAnswerError):
        parsed_page("GET x", body)


def test_skus_are_found_as_they_are_written() -> None:
    assert skus_of(body_of(*range(1, 8)), records=7) == [*SKUS[1:], SKUS[0]]


def test_skus_of_an_unusual_page_are_found_too() -> None:
    body = b'{"items": [{"sku": "b", "id": 1}, {"id": 2, "sku": null}, {"id": 3}]}'
    assert skus_of(body, records=3) == ["b"]
