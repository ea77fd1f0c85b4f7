"""One product's story and its diff."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from syncengine.errors import SettingsError
from syncengine.inspection.products import product_diff, product_story
from syncengine.inspection.story import UnknownProductError
from syncengine.inspection.view import CatalogView
from syncengine.settings import DestinationSettings, Settings

from .lake_of import LakeOf, product


def test_a_story_holds_every_feed_item_of_the_sku(seen: CatalogView) -> None:
    story = product_story(seen, "same")
    assert [(item.feed, item.scope, item.state) for item in story.items] == [
        ("products", "default", "in_sync"),
        ("products", "french", "in_sync"),
        ("variants", "parent/same", "in_sync"),
        ("prices", "base/0", "in_sync"),
        ("prices", "base/" + "b" * 40, "in_sync"),
    ]


def test_a_variant_belongs_to_its_parent_and_to_its_child(seen: CatalogView) -> None:
    (of_parent,) = product_story(seen, "parent").of_feed("variants")
    (of_child,) = product_story(seen, "same").of_feed("variants")
    assert of_parent == of_child
    assert of_parent.identity == {"parentSku": "parent", "productSku": "same"}


def test_a_refused_item_carries_the_answer(seen: CatalogView) -> None:
    (item,) = product_story(seen, "refused-now").items
    assert (item.state, item.kind) == ("rejected", "different")
    assert item.refusal is not None
    assert (item.refusal.outcome, item.refusal.error_code, item.refusal.http_status) == ("rejected", "BAD_PRICE", 200)
    assert item.refusal.message == "price `9.99` is not a number"
    assert item.refusal.request_id is not None
    assert orjson.loads(item.exported or "")["name"] == "Name of refused-now"
    assert orjson.loads(item.catalog or "")["name"] == "Too much"


def test_a_removed_product_has_a_story_without_payloads(seen: CatalogView) -> None:
    (item,) = product_story(seen, "gone").items
    assert (item.state, item.catalog, item.exported, item.kind) == ("removed", None, None, None)
    assert item.last_exported_at is not None


def test_a_record_set_aside_is_part_of_the_story(seen: CatalogView) -> None:
    story = product_story(seen, "aside")
    assert story.items == ()
    assert [record.code for record in story.set_aside] == ["malformed_price"]


def test_a_scope_of_the_same_name_is_not_the_sku(lake: LakeOf, view: CatalogView) -> None:
    record = {"feed": "products", "source_entity_id": "1", "identity_text": '[null,"default"]', "scope": "default",
              "code": "no_sku", "message": "No SKU."}  # fmt: skip
    lake.synced(products=[product("default")], set_aside=[record])
    assert product_story(view, "default").set_aside == ()


def test_skus_match_without_case_and_are_spelled_as_in_the_catalog(seen: CatalogView) -> None:
    assert product_story(seen, "SAME ").sku == "same"


@pytest.mark.parametrize("sku", ["", "nobody", "' OR true --", "%", "a\0b", "\ud800", "x" * 10_000])
def test_an_unknown_sku_is_an_error_with_the_next_step(seen: CatalogView, sku: str) -> None:
    with pytest.raises(UnknownProductError) as caught:
        product_story(seen, sku)
    assert "products search" in caught.value.hint
    assert caught.value.exit_code == 2


def test_before_the_first_sync_the_next_step_is_to_sync(view: CatalogView) -> None:
    for question in (product_story, product_diff):
        with pytest.raises(UnknownProductError) as caught:
            question(view, "a")
        assert "catalog-sync sync" in caught.value.hint


def test_the_json_of_a_story_holds_both_payloads(seen: CatalogView) -> None:
    shape = product_story(seen, "busy").as_json()
    assert shape["sku"] == "busy"
    (entry,) = shape["feeds"]
    assert {"feed", "feed_id", "scope", "state", "last_exported_at", "catalog", "exported"} <= set(entry)
    assert (entry["state"], entry["catalog"]["name"], entry["exported"]["name"]) == ("retry", "Later", "Name of busy")
    assert entry["answer"]["http_status"] == 503
    assert entry["last_exported_at"] == "2026-05-04T11:17:00+00:00"


def test_equal_sides_have_no_differences(seen: CatalogView) -> None:
    diff = product_diff(seen, "same")
    assert diff.equal
    assert {item.kind for item in diff.items} == {"equal"}
    assert all(not item.differences for item in diff.items)


def test_different_sides_are_told_field_by_field(seen: CatalogView) -> None:
    shape = product_diff(seen, "busy").as_json()
    assert shape["equal"] is False
    (entry,) = shape["feeds"]
    assert entry["kind"] == "different"
    assert entry["fields"] == [{"path": "name", "catalog": "Later", "exported": "Name of busy", "change": "changed"}]


@pytest.mark.parametrize(("sku", "kind"), [("lost", "only_catalog"), ("refused", "only_catalog")])
def test_what_was_never_accepted_is_only_in_the_catalog(seen: CatalogView, sku: str, kind: str) -> None:
    diff = product_diff(seen, sku)
    assert [item.kind for item in diff.items] == [kind]
    assert not diff.equal


def test_what_left_the_catalog_and_was_not_yet_removed_is_only_in_the_export(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a"), product("b")])
    run = lake.begin()
    lake.says(products=[product("a")], run_id=run.run_id)
    lake.publish()
    (item,) = product_diff(view, "b").items
    assert (item.kind, item.state) == ("only_exported", "waiting")


def test_a_removal_that_was_acknowledged_is_no_difference(seen: CatalogView) -> None:
    diff = product_diff(seen, "gone")
    assert diff.equal
    assert diff.items == ()


def test_a_field_differs_exactly_where_the_hashes_do(seen: CatalogView) -> None:
    for sku in ("same", "changed", "new", "parent", "busy", "refused-now"):
        for item, diff in zip(product_story(seen, sku).items, product_diff(seen, sku).items, strict=True):
            assert (item.catalog_hash != item.exported_hash) == bool(diff.differences)


def test_every_destination_is_compared_unless_one_is_named(lake: LakeOf, tmp_path: Path) -> None:
    lake.synced(products=[product("a")])
    own = next(iter(lake.settings.all_destinations().values()))
    other = DestinationSettings(kind="folder", path=tmp_path / "elsewhere")
    view = CatalogView(Settings(data_dir=lake.settings.data_dir, destinations={"own": own, "other": other}))
    assert {(item.destination, item.kind) for item in product_diff(view, "a").items} == {
        (own.destination_id, "equal"),
        (other.destination_id, "only_catalog"),
    }
    assert product_diff(view, "a", destination="own").equal
    with pytest.raises(SettingsError):
        product_diff(view, "a", destination="third")
