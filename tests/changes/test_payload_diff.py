"""The field-level diff: readable paths, records matched by name, and never another verdict than the content hash."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncengine.changes.payload_diff import (
    FieldAdded,
    FieldChanged,
    FieldRemoved,
    OrderChanged,
    content_of,
    diff_payloads,
    field_of,
)
from syncengine.feeds.feed import Feed, Field
from syncengine.feeds.registry import FEEDS, get_feed

# a busy machine is no fault of the code
steady = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
PRODUCTS = get_feed("products")
PRICES = get_feed("prices")

COLOR = {"attributeCode": "color", "value": ["Red"], "valueId": ["5"]}
SIZE = {"attributeCode": "size", "value": ["L"], "valueId": ["9"]}


def paths(before: Any, after: Any, feed: Feed = PRODUCTS) -> list[tuple[str, str]]:
    return [(edit.change, edit.path) for edit in diff_payloads(before, after, feed)]


def test_equal_payloads_have_no_difference() -> None:
    payload = {"sku": "a", "attributes": [COLOR, SIZE]}
    assert diff_payloads(payload, copy.deepcopy(payload), PRODUCTS) == ()


def test_a_changed_value_names_its_path_and_both_sides() -> None:
    assert diff_payloads({"name": "old"}, {"name": "new"}, PRODUCTS) == (FieldChanged("name", "old", "new"),)


def test_a_record_in_a_list_is_found_by_its_name_not_its_position() -> None:
    before = {"attributes": [COLOR, SIZE]}
    after = {"attributes": [{"attributeCode": "brand", "value": ["X"]}, {**COLOR, "value": ["Blue"]}, SIZE]}
    assert diff_payloads(before, after, PRODUCTS) == (
        FieldAdded("attributes[brand]", {"attributeCode": "brand", "value": ["X"]}),
        FieldChanged("attributes[color].value", ["Red"], ["Blue"]),
    )


def test_a_record_that_is_gone_is_one_removal() -> None:
    edits = diff_payloads({"attributes": [COLOR, SIZE]}, {"attributes": [SIZE]}, PRODUCTS)
    assert edits == (FieldRemoved("attributes[color]", COLOR),)


def test_records_inside_records_are_named_all_the_way() -> None:
    def option(label: str) -> dict[str, Any]:
        return {"optionsV2": [{"id": "93", "values": [{"id": "12", "label": "Small"}, {"id": "13", "label": label}]}]}

    assert paths(option("Large"), option("Big")) == [("changed", "optionsV2[93].values[13].label")]


def test_a_name_of_two_fields_is_shown_with_both() -> None:
    before = {"links": [{"sku": "b", "type": "related"}, {"sku": "b", "type": "upsell"}]}
    after = {"links": [{"sku": "b", "type": "related"}, {"sku": "b", "type": "crosssell"}]}
    assert paths(before, after) == [("added", "links[b, crosssell]"), ("removed", "links[b, upsell]")]


def test_a_name_inside_a_record_is_reached() -> None:
    before = {"images": [{"resource": {"url": "/a.jpg", "label": "A"}, "sortOrder": "1"}]}
    after = {"images": [{"resource": {"url": "/a.jpg", "label": "B"}, "sortOrder": "1"}]}
    assert paths(before, after) == [("changed", "images[/a.jpg].resource.label")]


def test_numbers_name_tier_prices() -> None:
    before = {"tierPrices": [{"qty": 5, "price": 9}, {"qty": 10, "price": 8}]}
    after = {"tierPrices": [{"qty": 5, "price": 9}, {"qty": 10, "price": 7.5}]}
    assert diff_payloads(before, after, PRICES) == (FieldChanged("tierPrices[10].price", 8, 7.5),)


def test_records_of_one_name_are_numbered_and_none_is_lost() -> None:
    before = {"images": [{"resource": {"url": "/a.jpg"}, "sortOrder": "1"}] * 2}
    after = {"images": [{"resource": {"url": "/a.jpg"}, "sortOrder": "1"}]}
    assert paths(before, after) == [("removed", "images[/a.jpg #2]")]


def test_records_without_a_name_are_told_by_position() -> None:
    before = {"images": [{"resource": None, "sortOrder": "1"}]}
    after = {"images": [{"resource": None, "sortOrder": "2"}]}
    assert paths(before, after) == [("changed", "images[0].sortOrder")]


def test_another_order_of_the_same_records_is_said_once() -> None:
    edits = diff_payloads({"attributes": [COLOR, SIZE]}, {"attributes": [SIZE, COLOR]}, PRODUCTS)
    assert edits == (OrderChanged("attributes", ["color", "size"], ["size", "color"]),)


def test_a_list_of_plain_values_is_one_value() -> None:
    edits = diff_payloads({"categories": ["men", "men/tops"]}, {"categories": ["men"]}, PRODUCTS)
    assert edits == (FieldChanged("categories", ["men", "men/tops"], ["men"]),)


@pytest.mark.parametrize(
    ("before", "after"),
    [(None, ""), (None, 0), (1, 1.0), (1, "1"), (True, 1), (0, False), ([], None), ({}, None), ([], {}), (0.0, -0.0)],
)
def test_values_that_are_written_differently_differ(before: Any, after: Any) -> None:
    assert diff_payloads({"weight": before}, {"weight": after}, PRODUCTS)


def test_null_is_not_absence() -> None:
    assert diff_payloads({"weight": None}, {}, PRODUCTS) == (FieldRemoved("weight", None),)


@pytest.mark.parametrize("name", ["updatedAt", "modifiedAt", "deleted"])
def test_fields_that_are_not_hashed_are_left_out(name: str) -> None:
    assert diff_payloads({"sku": "a", name: 1}, {"sku": "a", name: 2}, PRODUCTS) == ()


def test_a_side_without_the_item_is_one_edit_of_the_whole() -> None:
    assert diff_payloads(None, {"sku": "a", "deleted": False}, PRODUCTS) == (FieldAdded("", {"sku": "a"}),)
    assert diff_payloads({"sku": "a", "deleted": False}, None, PRODUCTS) == (FieldRemoved("", {"sku": "a"}),)
    assert diff_payloads(None, None, PRODUCTS) == ()


def records_of(fields: tuple[Field, ...], prefix: str = "") -> list[tuple[str, Field]]:
    found = []
    for field in fields:
        if field.kind == "Record":
            if field.repeated:
                found.append((prefix + field.name, field))
            found += records_of(field.fields, f"{prefix}{field.name}.")
    return found


@pytest.mark.parametrize("feed", FEEDS.values(), ids=lambda feed: feed.name)
def test_every_list_of_records_of_the_contract_is_matched_by_a_name(feed: Feed) -> None:
    for path, field in records_of(feed.fields):
        entry = filled(field.fields)
        *outer, own = path.split(".")
        assert own == field.name
        before: Any = {own: [entry]}
        after: Any = {own: [other_values(entry), entry]}
        for name in reversed(outer):
            before, after = {name: [before]}, {name: [after]}
        changes = [change for change, _ in paths(before, after, feed)]
        assert "changed" not in changes, f"{feed.name}: `{path}` is matched by position"


def filled(fields: tuple[Field, ...]) -> dict[str, Any]:
    return {
        field.name: None if field.repeated else filled(field.fields) if field.kind == "Record" else f"a {field.name}"
        for field in fields
    }


def other_values(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        name: other_values(value) if isinstance(value, dict) else None if value is None else f"{value} too"
        for name, value in entry.items()
    }


# -- the diff and the content hash agree --------------------------------------------------------------------------

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([0.0, -0.0, 0.5, 1.0, 1e22])
    | st.sampled_from(["", "a", "1", "null", "ä", "\ud800"])
)
names = st.sampled_from(["id", "sku", "type", "attributeCode", "qty", "url", "value"])
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=6
)
payloads = st.dictionaries(
    st.sampled_from(
        ["sku", "name", "attributes", "optionsV2", "links", "images", "updatedAt", "deleted", "modifiedAt", "unknown"]
    ),
    values,
    max_size=5,
)


def canonical(payload: dict[str, Any]) -> str:
    """What is hashed: the hashed fields, as JSON text."""
    return json.dumps(
        {name: value for name, value in payload.items() if name not in ("updatedAt", "deleted", "modifiedAt")}
    )


@st.composite
def neighbours(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two payloads that share most of what they hold, as two versions of an item do."""
    before = draw(payloads)
    after = copy.deepcopy(before)
    touched = draw(st.lists(st.sampled_from([*sorted(before), "name"]), max_size=2))
    for name in touched:
        kind = draw(st.sampled_from(["drop", "set", "reverse", "add"]))
        if kind == "drop":
            after.pop(name, None)
        elif kind == "reverse" and isinstance(after.get(name), list):
            after[name].reverse()
        elif kind == "add" and isinstance(after.get(name), list):
            after[name].append(draw(values))
        else:
            after[name] = draw(values)
    return before, after


@steady
@given(neighbours())
def test_the_diff_is_empty_exactly_when_the_hashed_content_is_the_same(
    pair: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    before, after = pair
    assert (diff_payloads(before, after, PRODUCTS) == ()) == (canonical(before) == canonical(after))


@steady
@given(neighbours())
def test_every_edit_tells_two_values_apart(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    for edit in diff_payloads(*pair, PRODUCTS):
        if isinstance(edit, FieldChanged | OrderChanged):
            assert json.dumps(edit.before) != json.dumps(edit.after)


@steady
@given(neighbours())
def test_the_diff_the_other_way_round_has_as_many_edits(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    before, after = pair
    mirrored = {"added": "removed", "removed": "added"}
    there = sorted((mirrored.get(change, change), path) for change, path in paths(before, after))
    assert there == sorted(paths(after, before))


@steady
@given(payloads)
def test_a_payload_does_not_differ_from_itself(payload: dict[str, Any]) -> None:
    assert diff_payloads(payload, copy.deepcopy(payload), PRODUCTS) == ()


@steady
@given(payloads)
def test_the_content_is_what_the_contract_hashes(payload: dict[str, Any]) -> None:
    assert json.dumps(content_of(payload, PRODUCTS)) == canonical(payload)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("name", "name"),
        ("attributes[color].value", "attributes[color].value"),
        ("variants[24-MB01]", "variants[]"),
        ("optionsV2[93].values[13].label", "optionsV2[].values[].label"),
        ("image.url", "image.url"),
    ],
)
def test_the_field_of_a_path_is_the_same_for_every_item(path: str, field: str) -> None:
    assert field_of(path) == field


def test_numbers_beyond_64_bits_and_halves_of_surrogates_are_compared_too() -> None:
    big = 2**70
    assert paths({"a": {"x": big}}, {"a": {"x": big}}) == []
    assert paths({"a": {"x": big}}, {"a": {"x": big + 1}}) == [("changed", "a.x")]
    assert paths({"a": ["\ud800"]}, {"a": ["\ud801"]}) == [("changed", "a")]
    assert paths({"a": ["\ud800"]}, {"a": ["\ud800"]}) == []
