"""Every field of every feed, flipped once at its source: exactly its item changes, and what must follow."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from feed_docs import ALWAYS_EMPTY
from mutations import workshop
from mutations.scopes import SCOPE_CHANGES
from mutations.workshop import Key, Workshop
from odd_catalog import compile_catalog, rows, set_aside
from record_files import Records

from syncengine.feeds.registry import FEEDS

# what no record of a source can change, with the reason
FIXED = {
    ("productAttributes", "attributeType"): "There are product attributes in this feed only.",
    **{
        (feed, path): reason
        for (feed, path), reason in ALWAYS_EMPTY.items()
        if path in {f.name for f in FEEDS[feed].fields}
    },
}
FIXED.pop(("productAttributes", "searchWeight"))  # empty over REST; a source of files may have it

SHOP = workshop()
EVERY_FIELD = [(name, field.name) for name, feed in FEEDS.items() for field in feed.fields]

Compiled = dict[str, dict[Key, dict[str, Any]]]


def compiled(records: Records, out: Path) -> Compiled:
    """Every feed's rows by identity; nothing may be set aside."""
    done = compile_catalog(records, out)
    assert set_aside(out) == []
    return {
        name: {tuple(row[column] for column in feed.feed.identity_columns): row for row in rows(feed)}
        for name, feed in done.items()
    }


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    return compiled(SHOP.records, tmp_path_factory.mktemp("before"))


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """The catalog with every mutation applied."""
    records = deepcopy(SHOP.records)
    for mutation in SHOP.mutations.values():
        mutation.change(records)
    return compiled(records, tmp_path_factory.mktemp("after"))


def test_every_field_of_every_feed_has_a_mutation() -> None:
    covered = set(SHOP.mutations) | set(FIXED)
    covered |= {(feed, field) for _, fields in SCOPE_CHANGES.values() for feed, field in fields.items()}
    assert covered == set(EVERY_FIELD)
    assert not SHOP.mutations.keys() & FIXED.keys()


@pytest.mark.parametrize(("feed", "field"), SHOP.mutations, ids=str)
def test_a_flipped_field_changes_its_item_there_and_nowhere_else(
    feed: str, field: str, before: Compiled, after: Compiled
) -> None:
    mutation = SHOP.mutations[feed, field]
    old = before[feed][mutation.subject]
    if mutation.becomes is None:
        assert mutation.subject not in after[feed]
        return
    new = after[feed][mutation.becomes]
    assert mutation.becomes == mutation.subject or mutation.subject not in after[feed]
    changed = {name for name in old["item"] if old["item"][name] != new["item"][name]}
    assert field in changed
    assert changed == mutation.fields
    is_content = any(FEEDS[feed].field(name).hashed for name in changed)
    assert (old["feed_hash"] != new["feed_hash"]) == is_content


def test_together_they_send_those_items_and_what_must_follow_and_no_others(before: Compiled, after: Compiled) -> None:
    sent = {
        (feed, key)
        for feed, found in before.items()
        for key in found.keys() | after[feed].keys()
        if key not in found or key not in after[feed] or found[key]["feed_hash"] != after[feed][key]["feed_hash"]
    }
    expected = set()
    for (feed, field), mutation in SHOP.mutations.items():
        expected |= mutation.others
        if field == "deleted" or any(FEEDS[feed].field(name).hashed for name in mutation.fields):
            expected |= {(feed, key) for key in (mutation.subject, mutation.becomes) if key is not None}
    assert sent == expected


def _without(compiled_items: dict[Key, dict[str, Any]], field: str | None) -> list[str]:
    found = ({k: v for k, v in row["item"].items() if k != field} for row in compiled_items.values())
    return sorted(json.dumps(item, sort_keys=True) for item in found)


@pytest.mark.parametrize("name", SCOPE_CHANGES)
def test_a_changed_scope_changes_one_field_of_every_item_below_it(name: str, before: Compiled, tmp_path: Path) -> None:
    change, fields = SCOPE_CHANGES[name]
    records = deepcopy(SHOP.records)
    change(records)
    after = compiled(records, tmp_path)
    for feed in FEEDS:
        field = fields.get(feed)
        assert _without(after[feed], field) == _without(before[feed], field), feed
        if field is not None:
            assert _values(before[feed], field) != _values(after[feed], field)


def _values(compiled_items: dict[Key, dict[str, Any]], field: str) -> set[str]:
    return {json.dumps(row["item"][field]) for row in compiled_items.values()}


def test_the_workshop_gives_the_same_catalog_each_time() -> None:
    again: Workshop = workshop()
    assert again.records == SHOP.records
    assert again.mutations.keys() == SHOP.mutations.keys()
