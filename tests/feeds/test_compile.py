"""Compiling: exact columns, stable bytes, and what is set aside instead of failing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from odd_catalog import Item, compile_catalog, odd_catalog, product, rows, set_aside
from record_files import ENTITIES, Records, connect, load_records, luma_records

from syncengine.errors import FeedError
from syncengine.feeds import preparation
from syncengine.feeds.compile import CompiledFeed, CompileProgress, compile_feeds
from syncengine.feeds.registry import FEEDS, get_feed

from odd_catalog import NOW  # isort: skip

SIX = ("productAttributes", "products", "variants", "categories", "scopesCustomerGroup", "scopesWebsite")


@pytest.fixture(scope="module")
def compiled_feeds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CompiledFeed]:
    """The odd catalog's feeds."""
    return compile_catalog(odd_catalog(), tmp_path_factory.mktemp("odd"))


@pytest.fixture(scope="module")
def compiled(compiled_feeds: dict[str, CompiledFeed]) -> dict[str, list[Item]]:
    """All rows of the odd catalog, by feed."""
    return {name: rows(feed) for name, feed in compiled_feeds.items()}


def hashes(records: Records, out: Path, name: str) -> dict[str, str]:
    """feed_hash by feed_id."""
    return {str(row["feed_id"]): str(row["feed_hash"]) for row in rows(compile_catalog(records, out, name)[name])}


@pytest.mark.parametrize("name", FEEDS)
def test_a_file_has_exactly_the_columns_of_its_feed(name: str, compiled_feeds: dict[str, CompiledFeed]) -> None:
    done = compiled_feeds[name]
    with connect() as con:
        described = con.execute(f"DESCRIBE SELECT * FROM read_parquet('{done.path}')").fetchall()
    assert tuple((row[0], row[1]) for row in described) == done.feed.columns


@pytest.mark.parametrize("name", FEEDS)
def test_every_item_is_valid_and_every_row_is_one_identity(name: str, compiled: dict[str, list[Item]]) -> None:
    validator = Draft202012Validator(FEEDS[name].json_schema())
    for row in compiled[name]:
        validator.validate(row["item"])
    assert compiled[name]
    assert len({row["feed_id"] for row in compiled[name]}) == len(compiled[name])


@pytest.mark.parametrize("name", FEEDS)
def test_payload_fields_stand_in_one_order_with_the_hashed_ones_first(
    name: str, compiled: dict[str, list[Item]]
) -> None:
    fields = [field.name for field in FEEDS[name].fields if field.hashed]
    fields += [field.name for field in FEEDS[name].fields if not field.hashed]
    assert all(list(row["item"]) == fields for row in compiled[name])


def test_ids_are_those_that_anyone_can_compute(compiled: dict[str, list[Item]]) -> None:
    for row in compiled["products"]:
        identity = json.dumps([row["sku"], row["store_view_code"]], ensure_ascii=False, separators=(",", ":"))
        content = {key: value for key, value in row["item"].items() if FEEDS["products"].field(key).hashed}
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        assert row["feed_id"].hex == hashlib.md5(identity.encode()).hexdigest()
        assert row["feed_hash"].hex == hashlib.md5(text.encode()).hexdigest()


def test_payload_is_compact_canonical_json(compiled: dict[str, list[Item]]) -> None:
    for row in compiled["products"]:
        assert row["payload"] == json.dumps(row["item"], ensure_ascii=False, separators=(",", ":"))


def test_same_catalog_gives_the_same_bytes(tmp_path: Path, compiled: dict[str, list[Item]]) -> None:
    again = compile_catalog(odd_catalog(), tmp_path)
    assert {name: [row["payload"] for row in rows(feed)] for name, feed in again.items()} == {
        name: [row["payload"] for row in found] for name, found in compiled.items()
    }


def test_small_ranges_give_the_same_items_as_one(
    tmp_path: Path, compiled: dict[str, list[Item]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "RANGE_ITEMS", 3)
    again = compile_catalog(odd_catalog(), tmp_path)
    for name, feed in again.items():
        assert [row["payload"] for row in rows(feed)] == [row["payload"] for row in compiled[name]]


def test_progress_counts_ranges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparation, "RANGE_ITEMS", 10)
    seen: list[CompileProgress] = []
    with connect() as con:
        load_records(con, odd_catalog())
        compile_feeds(con, [get_feed("products")], out=tmp_path, now=NOW, progress=seen.append)
    assert [step.done for step in seen] == list(range(seen[-1].total + 1))
    assert seen[-1].total > 1


def _each_product(change: Callable[[Item], None]) -> Callable[[Records], None]:
    def apply(records: Records) -> None:
        for products in records["products"].values():
            change(products[0])

    return apply


def _reverse_lists(item: Item) -> None:
    for key in ("product_links", "media_gallery_entries", "options", "custom_attributes"):
        item[key].reverse()
    item["extension_attributes"]["website_ids"].reverse()
    item["extension_attributes"]["category_links"].reverse()


def _set(**values: Any) -> Callable[[Item], None]:
    return lambda item: item.update(values)


def _set_custom(code: str, value: Any) -> Callable[[Item], None]:
    def change(item: Item) -> None:
        item["custom_attributes"] = [entry for entry in item["custom_attributes"] if entry["attribute_code"] != code]
        item["custom_attributes"].append({"attribute_code": code, "value": value})

    return change


def _reverse_keys(item: Item) -> None:
    pairs = list(item.items())[::-1]
    item.clear()
    item.update(pairs)


SAME = {
    "lists in another order": _reverse_lists,
    "keys in another order": _reverse_keys,
    "numbers as text": _set(weight="1.5000", price="10.0000", status="1", visibility="4"),
    "a long number": _set(weight=1.4999999999999999),
    "null instead of missing": _set_custom("swatch_image", None),
    "empty text instead of missing": _set_custom("meta_keyword", ""),
    "a set in another order": _set_custom("materials", "31,33,32"),
    "only the time of change": _set(updated_at="2026-03-03 03:03:03"),
}
OTHER = {
    "name": _set(name="Another"),
    "weight": _set(weight=1.5001),
    "a text with a space more": _set_custom("description", "<p>Tabs\tand\nlines &trade;</p> "),
    "text null": _set_custom("note", "null"),
    "one option less": _set_custom("materials", "31,33"),
    "disabled": _set(status=2),
    "invisible": _set(visibility=1),
    "no links": _set(product_links=[]),
    "no images": _set(media_gallery_entries=[]),
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_the_hash_stays_when_only_the_form_changes(
    change: Callable[[Item], None], tmp_path: Path, compiled: dict[str, list[Item]]
) -> None:
    records = odd_catalog()
    _each_product(change)(records)
    before = {str(row["feed_id"]): str(row["feed_hash"]) for row in compiled["products"]}
    assert hashes(records, tmp_path, "products") == before


@pytest.mark.parametrize("change", OTHER.values(), ids=OTHER)
def test_the_hash_of_that_product_alone_changes_with_its_content(
    change: Callable[[Item], None], tmp_path: Path, compiled: dict[str, list[Item]]
) -> None:
    records = odd_catalog()
    _each_product(change)(records)
    before = {str(row["feed_id"]): str(row["feed_hash"]) for row in compiled["products"]}
    after = hashes(records, tmp_path, "products")
    own = {str(row["feed_id"]) for row in compiled["products"] if row["source_entity_id"] == "1"}
    changed = {key for key in before if before[key] != after[key]}
    assert changed
    assert changed <= own


def _broken(**changes: Any) -> Item:
    return {**product(90, "BROKEN"), **changes}


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (_broken(sku=None), "missing_sku"),
        (_broken(sku="  "), "missing_sku"),
        (_broken(id=None), "missing_id"),
        (_broken(id="x"), "missing_id"),
        (_broken(type_id=None), "missing_type"),
        (_broken(status=None), "missing_status"),
        (_broken(status="on"), "missing_status"),
        (_broken(price="12,50"), "malformed_price"),
        (_broken(price="NaN"), "malformed_price"),
        (_broken(price={"value": 3}), "malformed_price"),
        (_broken(sku="VIRTUAL"), "duplicate_identity"),
    ],
)
def test_a_record_that_cannot_be_compiled_is_set_aside_and_the_others_are_not(
    record: Item, code: str, tmp_path: Path, compiled: dict[str, list[Item]]
) -> None:
    records = odd_catalog()
    for products in records["products"].values():
        products.append(record)
    done = compile_catalog(records, tmp_path, "products", "variants")
    number = "90" if code != "missing_id" else None
    assert set_aside(tmp_path) == [("products", number, code), ("variants", number, code)]
    assert done["products"].set_aside == 1
    assert [row["payload"] for row in rows(done["products"])] == [row["payload"] for row in compiled["products"]]


def test_a_set_aside_configurable_keeps_the_links_to_its_children(tmp_path: Path) -> None:
    records = odd_catalog()
    for products in records["products"].values():
        products[4]["status"] = None
    compile_catalog(records, tmp_path, "variants")
    assert ("variants", "3", "parent_set_aside") in set_aside(tmp_path)
    assert ("variants", "4", "parent_set_aside") in set_aside(tmp_path)


def test_a_record_read_twice_counts_once_with_its_newest_values(tmp_path: Path) -> None:
    records = odd_catalog()
    newer = product(2, "VIRTUAL", "virtual", name="Newer", updated_at="2026-05-05 00:00:00")
    records["products"]["en"].insert(0, newer)
    done = compile_catalog(records, tmp_path, "products")["products"]
    names = {row["store_view_code"]: row["name"] for row in rows(done) if row["sku"] == "VIRTUAL"}
    assert names == {"en": "Newer", "es": "Product 2"}
    assert set_aside(tmp_path) == []


def test_two_categories_with_one_url_path_are_one_item_and_one_set_aside(tmp_path: Path) -> None:
    records = odd_catalog()
    twin = {**records["categories"]["all"][2], "id": 99, "path": "1/2/99"}
    records["categories"] = {"": [*records["categories"]["all"], twin]}
    done = compile_catalog(records, tmp_path, "categories")["categories"]
    assert [row["source_entity_id"] for row in rows(done) if row["item"]["urlPath"] == "c10"] == ["10"] * 3
    assert set_aside(tmp_path) == [("categories", "99", "duplicate_identity")] * 3


@pytest.mark.parametrize(
    "odd",
    [
        {"extension_attributes": []},
        {"extension_attributes": {"website_ids": "1", "category_links": {"a": 1}}},
        {"custom_attributes": {"a": "b"}, "media_gallery_entries": "none", "options": 5},
        {"custom_attributes": [{"attribute_code": "materials", "value": ["31", {"x": 1}]}, "text", None]},
        {"product_links": [{"link_type": None}, {}], "weight": "heavy", "updated_at": "yesterday"},
        {"tier_prices": [{"qty": "many"}], "visibility": "everywhere"},
    ],
)
def test_odd_values_cannot_stop_a_compilation(odd: Item, tmp_path: Path) -> None:
    records = odd_catalog()
    for products in records["products"].values():
        products.append(product(90, "ODD", **odd) if "extension_attributes" not in odd else _broken(**odd))
    for done in compile_catalog(records, tmp_path).values():
        validator = Draft202012Validator(done.feed.json_schema())
        assert all(validator.is_valid(row["item"]) for row in rows(done))


def test_a_nul_character_reaches_no_column(tmp_path: Path) -> None:
    records = odd_catalog()
    for products in records["products"].values():
        products.append(product(90, "NUL\x00SKU", name="NUL\x00NAME"))
    done = compile_catalog(records, tmp_path, "products")["products"]
    row = next(row for row in rows(done) if row["source_entity_id"] == "90")
    assert (row["sku"], row["name"], row["item"]["name"]) == ("NULSKU", "NULNAME", "NULNAME")


def test_an_empty_catalog_gives_empty_files(tmp_path: Path) -> None:
    done = compile_catalog({entity: {"": []} for entity in ENTITIES}, tmp_path)
    assert {name: (feed.items, feed.set_aside) for name, feed in done.items() if name != "categoryPermissions"} == {
        name: (0, 0) for name in FEEDS if name != "categoryPermissions"
    }


def test_a_feed_whose_entities_are_not_offered_is_empty_and_says_so(tmp_path: Path) -> None:
    records = odd_catalog()
    del records["category_permissions"]
    done = compile_catalog(records, tmp_path, "categoryPermissions", "products")
    assert (done["categoryPermissions"].offered, done["categoryPermissions"].items) == (False, 0)
    assert rows(done["categoryPermissions"]) == []
    assert done["products"].offered


def test_failing_sql_names_its_feed_and_file(tmp_path: Path) -> None:
    with connect() as con:
        load_records(con, odd_catalog())
        con.execute("DROP TABLE records.attribute_sets")
        with pytest.raises(FeedError, match=r"products.*prepare\.sql") as raised:
            compile_feeds(con, [get_feed("products")], out=tmp_path, now=NOW)
    assert raised.value.feed == "products"


def test_nothing_but_the_results_is_left_behind(tmp_path: Path) -> None:
    compile_catalog(odd_catalog(), tmp_path, "products")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["products.parquet", "set_aside.parquet"]


@pytest.mark.shared
def test_every_item_of_luma_is_valid(shared: Path, tmp_path: Path) -> None:
    for done in compile_catalog(luma_records(shared), tmp_path, *SIX).values():
        validator = Draft202012Validator(done.feed.json_schema())
        found = rows(done)
        problems = [error.message for row in found for error in validator.iter_errors(row["item"])]
        assert (done.feed.name, problems) == (done.feed.name, [])
        assert len(found) == done.items > 0
    assert set_aside(tmp_path) == []
