"""The definition of a feed, and the JSON Schema made from it."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from syncengine.feeds.feed import Feed, Field, snake_case
from syncengine.feeds.registry import FEEDS

ALL_FEEDS = pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)


def small_feed(**changes: object) -> Feed:
    values: dict[str, object] = {
        "name": "thingParts",
        "title": "Parts.",
        "identity": ("sku",),
        "minimal": ("sku",),
        "modified_field": "modifiedAt",
        "order": 1,
        "fields": (
            Field("sku", "ID", required=True),
            Field("price", "Float"),
            Field("tiers", "Record", (Field("qty", "Float", skip_null=True),), repeated=True),
            Field("deleted", "Boolean", required=True, hashed=False),
            Field("modifiedAt", hashed=False),
        ),
    }
    return Feed(**{**values, **changes})  # type: ignore[arg-type]


def test_columns_are_ids_identity_listing_and_payload() -> None:
    feed = small_feed(listing=(("name", "VARCHAR"),))
    assert feed.columns == (
        ("feed_id", "UUID"),
        ("feed_hash", "UUID"),
        ("sku", "VARCHAR"),
        ("source_entity_id", "VARCHAR"),
        ("modified_at", "TIMESTAMP"),
        ("name", "VARCHAR"),
        ("payload", "VARCHAR"),
    )


@pytest.mark.parametrize(
    ("name", "snake"), [("storeViewCode", "store_view_code"), ("sku", "sku"), ("optionsV2", "options_v2")]
)
def test_names_in_the_lake_are_snake_case(name: str, snake: str) -> None:
    assert snake_case(name) == snake


@pytest.mark.parametrize(
    "changes", [{"identity": ("nothing",)}, {"minimal": ("nothing",)}, {"modified_field": "price"}]
)
def test_a_feed_that_names_unknown_fields_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="thingParts"):
        small_feed(**changes)


def test_a_record_without_inner_fields_is_refused() -> None:
    with pytest.raises(ValueError, match="price"):
        Field("price", "Record")


LIVE = {"sku": "A", "price": 1.5, "tiers": [{"qty": 2}], "deleted": False, "modifiedAt": None}


@pytest.mark.parametrize(
    ("item", "is_valid"),
    [
        (LIVE, True),
        ({**LIVE, "price": None, "tiers": None}, True),
        ({**LIVE, "tiers": [{}]}, True),
        ({**LIVE, "price": "1.5"}, False),
        ({**LIVE, "sku": None}, False),
        ({**LIVE, "unknown": 1}, False),
        ({**LIVE, "deleted": True}, False),
        ({key: value for key, value in LIVE.items() if key != "price"}, False),
        ({"sku": "A", "deleted": True}, True),
        ({"sku": "A", "deleted": True, "modifiedAt": "2026-01-01 00:00:00"}, True),
        ({"deleted": True}, False),
    ],
)
def test_schema_knows_live_items_and_tombstones(item: dict[str, object], is_valid: bool) -> None:
    assert Draft202012Validator(small_feed().json_schema()).is_valid(item) is is_valid


@ALL_FEEDS
def test_every_schema_is_a_schema(feed: Feed) -> None:
    Draft202012Validator.check_schema(feed.json_schema())


@ALL_FEEDS
def test_a_tombstone_of_minimal_fields_is_valid(feed: Feed) -> None:
    values = {"Int": 1, "ID": "1", "String": "x"}
    minimal = {name: [] if feed.field(name).repeated else values[feed.field(name).kind] for name in feed.minimal}
    assert set(feed.identity) <= set(minimal)
    Draft202012Validator(feed.json_schema()).validate({**minimal, "deleted": True})


@ALL_FEEDS
def test_times_of_change_and_deleted_are_not_hashed(feed: Feed) -> None:
    assert not {field.name for field in feed.fields if field.hashed} & {"modifiedAt", "updatedAt", "deleted"}


@ALL_FEEDS
def test_each_feed_has_its_place(feed: Feed) -> None:
    assert (feed.place / "compile.sql").is_file()
