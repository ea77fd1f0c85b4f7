"""Search texts in memory: the same answers as a look through the copy."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncengine.inspection import texts
from syncengine.inspection.texts import search_texts

# a busy machine is no fault of the code
steady = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
letters = st.text(alphabet="ab\u00e41-", max_size=6)
products = st.lists(st.tuples(letters, letters, st.integers(0, 30)), max_size=12)


def table_of(found: list[tuple[str, str, int]]) -> pa.Table:
    lines = [f"{sku}\n{name}\n{number}\0" for sku, name, number in found]
    places = [position * 3 for position in range(len(found))]
    return pa.table({"place": pa.array(places, pa.int64()), "text": pa.array(lines, pa.string())})


@steady
@given(products, letters.filter(bool))
def test_a_row_is_found_exactly_when_its_text_holds_the_needle(found: list[tuple[str, str, int]], needle: str) -> None:
    matches = search_texts(table_of(found)).find(needle)
    assert matches is not None
    expected = {
        position * 3: 0 if needle in (sku, str(number)) else 1 if sku.startswith(needle) else 2
        for position, (sku, name, number) in enumerate(found)
        if any(needle in part for part in (sku, name, str(number)))
    }
    assert dict(zip(matches.places.tolist(), matches.nearness.tolist(), strict=True)) == expected


def test_chunks_and_slices_are_put_together() -> None:
    whole = table_of([("a", "x", 1), ("b", "x", 2), ("ab", "y", 3)])
    parts = pa.concat_tables([whole.slice(1, 1), whole.slice(2, 1)])
    matches = search_texts(parts).find("b")
    assert matches is not None
    assert (matches.places.tolist(), matches.nearness.tolist()) == ([3, 6], [0, 2])


def test_a_text_that_occurs_too_often_is_left_to_the_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "MOST_HITS", 2)
    assert search_texts(table_of([("a", "", 1)] * 3)).find("a") is None
    assert search_texts(table_of([("a", "", 1)] * 2)).find("a") is not None
