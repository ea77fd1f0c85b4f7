"""docs/feeds.md and docs/feeds/ say what the feeds are; nothing there is written by hand twice."""

from __future__ import annotations

import json

import pytest
from feed_docs import (
    ALWAYS_EMPTY,
    FOLDER,
    PAGE,
    Items,
    differences_table,
    fill,
    generated_items,
    luma_items,
    odd_items,
    schema_text,
)
from jsonschema import Draft202012Validator

from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import FEEDS

ALL_FEEDS = pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
AGAIN = "run `python tests/feeds/feed_docs.py`"


@pytest.fixture(scope="module")
def catalogs() -> tuple[Items, ...]:
    return luma_items(), generated_items(), odd_items()


@ALL_FEEDS
def test_schema_is_the_one_of_the_definition(feed: Feed) -> None:
    assert (FOLDER / f"{feed.name}.schema.json").read_text("utf-8") == schema_text(feed), AGAIN


@ALL_FEEDS
def test_example_is_valid(feed: Feed) -> None:
    example = json.loads((FOLDER / f"{feed.name}.example.json").read_text("utf-8"))
    Draft202012Validator(feed.json_schema()).validate(example)


@ALL_FEEDS
def test_every_field_is_in_the_fill_table(feed: Feed) -> None:
    table = PAGE.read_text("utf-8").split(f"### {feed.name}\n", 1)[1].split("### ", 1)[0]
    missing = [path for field in feed.fields for path in field.paths() if f"| `{path}` |" not in table]
    assert not missing, AGAIN


@ALL_FEEDS
def test_the_page_names_order_and_identity(feed: Feed) -> None:
    row = next(line for line in PAGE.read_text("utf-8").splitlines() if f"| `{feed.name}` |" in line)
    assert row.startswith(f"| {feed.order} |")
    assert row.endswith(f"| {', '.join(feed.identity)} |")


def test_every_difference_from_the_reference_is_on_the_page() -> None:
    assert differences_table() in PAGE.read_text("utf-8"), AGAIN


@pytest.mark.shared
def test_a_field_that_is_always_empty_has_its_reason(shared: object, catalogs: tuple[Items, ...]) -> None:
    empty = set()
    for name, feed in FEEDS.items():
        shares = [fill(items[name], feed.fields) for items in catalogs]
        paths = [path for path in shares[0] if not any(share[path] for share in shares)]
        # one reason for a record is enough for what is inside it
        empty |= {(name, path) for path in paths if not any(path.startswith(other + ".") for other in paths)}
    assert empty - ALWAYS_EMPTY.keys() == set(), "fields without a value and without a reason"
    assert ALWAYS_EMPTY.keys() - empty == set(), "reasons for fields that do have values"


@pytest.mark.shared
@ALL_FEEDS
def test_every_item_of_all_catalogs_is_valid(feed: Feed, shared: object, catalogs: tuple[Items, ...]) -> None:
    validator = Draft202012Validator(feed.json_schema())
    for items in catalogs:
        assert [error.message for item in items[feed.name] for error in validator.iter_errors(item)] == []
