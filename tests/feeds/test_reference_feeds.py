"""The answers recorded of a real store, compiled, beside the items that the reference system compiled of it."""

from __future__ import annotations

import gzip
import json
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from record_files import connect, load_records, recorded_records
from reference_differences import DIFFERENCES, Difference, Item

from syncengine.feeds.compile import compile_feeds
from syncengine.feeds.registry import get_feed

FEEDS = ("productAttributes", "products", "variants", "categories", "scopesCustomerGroup", "scopesWebsite")
STATES = ("pristine", "after")
NOW = datetime(2026, 11, 22, 13, 15, tzinfo=UTC)

# made by the reference while it indexed, so after the store's attributes were recorded
ATTRIBUTES_OF_THE_REFERENCE = {"ac_downloadable"}

Identity = tuple[str, ...]


@pytest.fixture(scope="module")
def compiled(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], dict[Identity, Item]]:
    """Our items by state and feed, then by identity."""
    items: dict[tuple[str, str], dict[Identity, Item]] = {}
    for state in STATES:
        con = connect()
        load_records(con, recorded_records(shared, state))
        out = tmp_path_factory.mktemp(state)
        for feed in compile_feeds(con, [get_feed(name) for name in FEEDS], out=out, now=NOW):
            rows = con.execute("SELECT payload FROM read_parquet($path)", {"path": str(feed.path)}).fetchall()
            payloads = [json.loads(payload) for (payload,) in rows]
            items[state, feed.feed.name] = {_identity(feed.feed.identity, item): item for item in payloads}
    return items


def _identity(names: tuple[str, ...], item: Item) -> Identity:
    return tuple(str(item[name]) for name in names)


def _reference(shared: Path, state: str, name: str) -> list[Item]:
    path = shared / "reference-feeds" / state / f"{name}.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line)["feed_data"] for line in lines]


def _edited_skus(shared: Path) -> set[str]:
    """Products changed between the recording of `after` and the reference's indexing of it."""
    path = shared / "recordings" / "updated_at" / "experiments.jsonl"
    names = {json.loads(line)["entity"] for line in path.read_text("utf-8").splitlines()}
    return names | {f"{name}-NEW" for name in names} | {"MH02-XS-Black"}


def _without_nulls(value: Any) -> Any:
    """The reference leaves a key out or writes null, both meaning no value."""
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value


def _without_edited(item: Item, edited: set[str]) -> None:
    for name in ("links", "parents", "variants"):
        if item.get(name):
            item[name] = [entry for entry in item[name] if entry["sku"] not in edited] or None


def _agreed(item: Item, differences: list[Difference]) -> Item:
    item = _without_nulls(deepcopy(item))
    for difference in differences:
        difference.agree(item)
    return _without_nulls(item)


def _unexplained(
    shared: Path, state: str, name: str, ours: dict[Identity, Item], differences: list[Difference]
) -> list[str]:
    edited = _edited_skus(shared) if state == "after" else set()
    identity = get_feed(name).identity
    problems = []
    for reference in _reference(shared, state, name):
        key = _identity(identity, reference)
        if edited & set(key) or reference.get("attributeCode") in ATTRIBUTES_OF_THE_REFERENCE:
            continue
        if key not in ours:
            problems.append(f"{key}: missing")
            continue
        theirs, own = deepcopy(reference), deepcopy(ours[key])
        _without_edited(theirs, edited)
        _without_edited(own, edited)
        theirs, own = _agreed(theirs, differences), _agreed(own, differences)
        for field in sorted(theirs.keys() | own.keys()):
            if theirs.get(field) != own.get(field):
                problems.append(f"{key} {field}: reference {theirs.get(field)!r}, ours {own.get(field)!r}")
    return problems


@pytest.mark.shared
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", FEEDS)
def test_every_field_equals_the_reference_or_differs_for_a_reason(
    shared: Path, compiled: dict[tuple[str, str], dict[Identity, Item]], state: str, name: str
) -> None:
    reasoned = [difference for difference in DIFFERENCES if name in difference.feeds]
    problems = _unexplained(shared, state, name, compiled[state, name], reasoned)
    assert not problems, f"{len(problems)} unexplained differences:\n" + "\n".join(problems[:20])


@pytest.mark.shared
@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: "+".join(difference.fields))
def test_every_listed_difference_is_still_needed(
    shared: Path, compiled: dict[tuple[str, str], dict[Identity, Item]], difference: Difference
) -> None:
    for name in difference.feeds:
        others = [other for other in DIFFERENCES if name in other.feeds and other is not difference]
        assert any(_unexplained(shared, state, name, compiled[state, name], others) for state in STATES), name


@pytest.mark.shared
@pytest.mark.parametrize(("state", "items"), [("pristine", 2046), ("after", 4154)])
def test_products_count_is_products_times_views_of_their_websites(
    compiled: dict[tuple[str, str], dict[Identity, Item]], state: str, items: int
) -> None:
    assert len(compiled[state, "products"]) == items
