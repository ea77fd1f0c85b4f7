"""A payload put in the order of another: what is matched moves, and nothing is lost."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from syncengine.changes.alignment import in_order_of

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["a", "b", ""]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)


def test_fields_and_entries_stand_in_the_order_of_the_other_side() -> None:
    like = {"b": 1, "tags": ["red", "blue"], "a": 2}
    value = {"a": 2, "b": 1, "tags": ["blue", "green", "red"]}
    assert json.dumps(in_order_of(like, value)) == '{"b": 1, "tags": ["red", "blue", "green"], "a": 2}'


def test_records_are_matched_by_what_names_them() -> None:
    like = {"variants": [{"sku": "B", "price": 1}, {"sku": "A", "price": 2}]}
    value = {"variants": [{"price": 2, "sku": "A"}, {"price": 9, "sku": "B"}]}
    assert json.dumps(in_order_of(like, value)) == json.dumps(
        {"variants": [{"sku": "B", "price": 9}, {"sku": "A", "price": 2}]}
    )


def test_an_entry_that_stands_twice_stays_twice() -> None:
    assert in_order_of(["b", "a"], ["a", "a", "b"]) == ["b", "a", "a"]


@given(_VALUES, _VALUES)
def test_nothing_is_lost_or_altered_whatever_the_other_side_is(like: Any, value: Any) -> None:
    assert _counted(in_order_of(like, value)) == _counted(value)


@given(_VALUES)
def test_a_payload_in_its_own_order_is_itself(value: Any) -> None:
    assert json.dumps(in_order_of(value, value)) == json.dumps(value)


def _counted(value: Any) -> Any:
    """The same for two values exactly when only order tells them apart."""
    if isinstance(value, dict):
        return sorted((key, _counted(inner)) for key, inner in value.items())
    if isinstance(value, list):
        return sorted(repr(_counted(inner)) for inner in value)
    return repr(value)
