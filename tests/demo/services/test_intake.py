from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncengine.demo.services.intake import (
    IDENTITIES,
    RefusedError,
    decode_body,
    max_items,
    read_headers,
    split_items,
)
from syncengine.feeds.registry import FEEDS

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**50), 2**50) | st.floats(-1e9, 1e9) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.lists(_VALUES, min_size=1, max_size=8), st.sampled_from([None, 1]), st.booleans())
def test_each_slice_is_the_text_of_its_value(values: list, indent: int | None, ascii_only: bool) -> None:
    try:
        body = json.dumps(values, indent=indent, ensure_ascii=ascii_only).encode()
        items = split_items(body, limit=100)
    except UnicodeEncodeError:
        return
    assert [json.loads(item.raw) for item in items] == [item.value for item in items] == values
    assert [item.index for item in items] == list(range(len(values)))
    assert all(item.raw in body for item in items)


@pytest.mark.parametrize("body", [b'["\\ud800"]', b"[1] x", b"[1,]", b"[01]", b"[" + b"9" * 5000 + b"]"])
def test_loose_json_is_refused(body: bytes) -> None:
    with pytest.raises(RefusedError) as refused:
        split_items(body, limit=100)
    assert refused.value.status == 400


def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    with pytest.raises(RefusedError) as refused:
        decode_body(bomb, "gzip", max_bytes=1000)
    assert refused.value.status == 413


@pytest.mark.parametrize("damage", [lambda b: b[:-4], lambda b: b + b"x", lambda b: b[:-8] + b"\0" * 8])
def test_a_damaged_gzip_body_is_refused(damage: object) -> None:
    with pytest.raises(RefusedError) as refused:
        decode_body(damage(gzip.compress(b"[1]")), "gzip")  # type: ignore[operator]
    assert refused.value.status == 400


def test_a_body_of_exactly_the_limit_passes() -> None:
    assert decode_body(gzip.compress(b"x" * 1000), "gzip", max_bytes=1000) == b"x" * 1000
    with pytest.raises(RefusedError):
        decode_body(gzip.compress(b"x" * 1001), "gzip", max_bytes=1000)


def test_headers_name_key_and_sequence() -> None:
    given_headers = {
        "idempotency-key": "k",
        "x-run-sequence": "12",
        "content-type": "application/json; charset=utf-8",
    }
    headers = read_headers(given_headers)
    assert (headers.idempotency_key, headers.run_sequence) == ("k", 12)


def test_limits_can_be_narrowed_and_never_widened() -> None:
    assert (max_items("products"), max_items("prices")) == (100, 500)
    assert (max_items("products", 10), max_items("products", 1000)) == (10, 100)


def test_the_receivers_own_contract_agrees_with_the_registry() -> None:
    assert {name: feed.identity for name, feed in FEEDS.items()} == IDENTITIES
    assert {name: feed.batch_items for name, feed in FEEDS.items()} == {name: max_items(name) for name in FEEDS}
