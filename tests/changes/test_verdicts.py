"""The property that every comparison of payloads must have, for all feeds: never 'different' where the content hashes
agree, never 'equal' where they differ. The payloads are those of the odd catalog, changed in any place."""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncengine.changes.line_diff import compare_payloads, unified_lines
from syncengine.changes.payload_diff import diff_payloads
from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import FEEDS

GOLDEN = Path(__file__).resolve().parents[1] / "feeds" / "golden"
VALUES = st.sampled_from([None, True, False, 0, 1, 1.0, -0.0, 2**53, "", "1", "null", "ä", "a\nb", [], {}, [None]])


def content_hash(payload: dict[str, Any], feed: Feed) -> str:
    """As feeds/canonical.py: the hash of the hashed fields as one JSON text."""
    unhashed = {"deleted", feed.modified_field, *(field.name for field in feed.fields if not field.hashed)}
    content = {name: value for name, value in payload.items() if name not in unhashed}
    return hashlib.md5(json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path into a payload, the whole excepted."""
    entries: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [
        found for key, inner in entries for found in ((*path, key), *places(inner, (*path, key)))
    ]  # fmt: skip


def edited(draw: st.DrawFn, payload: dict[str, Any]) -> dict[str, Any]:
    """A copy with up to three edits anywhere: a value set, a key or an entry gone, a list turned round or doubled."""
    result = copy.deepcopy(payload)
    for _ in range(draw(st.integers(0, 3))):
        *outer, last = draw(st.sampled_from(places(result) or [("sku",)]))
        holder: Any = result
        for key in outer:
            holder = holder[key]
        kind = draw(st.sampled_from(["set", "drop", "reverse", "double"]))
        value = holder.get(last) if isinstance(holder, dict) else holder[last]
        if kind == "drop":
            del holder[last]
        elif kind == "reverse" and isinstance(value, list):
            value.reverse()
        elif kind == "double" and isinstance(value, list):
            value.extend(copy.deepcopy(value))
        else:
            holder[last] = copy.deepcopy(draw(VALUES))
    return result


def golden(feed: Feed) -> list[dict[str, Any]]:
    lines = (GOLDEN / f"{feed.name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("feed", FEEDS.values(), ids=lambda feed: feed.name)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_comparison_says_otherwise_than_the_content_hashes(feed: Feed, data: st.DataObject) -> None:
    before = data.draw(st.sampled_from(golden(feed)))
    after = edited(data.draw, data.draw(st.sampled_from([before, *golden(feed)[:2]])))
    agree = content_hash(before, feed) == content_hash(after, feed)
    rows = compare_payloads(before, after, feed)
    assert (diff_payloads(before, after, feed) == ()) == agree
    assert all(row.kind == "equal" for row in rows) == agree
    assert (list(unified_lines(rows)) == []) == agree


@pytest.mark.parametrize("feed", FEEDS.values(), ids=lambda feed: feed.name)
def test_the_hashes_of_this_test_see_what_the_contract_hashes_and_nothing_else(feed: Feed) -> None:
    payload = golden(feed)[0]
    for field in feed.fields:
        changed = {**payload, field.name: "something else"}
        assert (content_hash(changed, feed) != content_hash(payload, feed)) == field.hashed
        assert bool(diff_payloads(payload, changed, feed)) == field.hashed
