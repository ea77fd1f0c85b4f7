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


def test_rows_of_several_blocks_are_found_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "_BLOCK", 16)
    found = [(f"sku-{number}", "blue" if number % 7 else "red", number) for number in range(100)]
    looked_through = search_texts(table_of(found))
    assert len(looked_through.blocks) > 10
    assert looked_through.find("red").places.tolist() == [3 * number for number in range(0, 100, 7)]
    assert looked_through.find("sku-").places.tolist() == [3 * number for number in range(100)]
    assert looked_through.find("green").places.tolist() == []


def test_what_shares_an_end_with_a_text_is_near_and_what_shares_both_stands_first() -> None:
    skus = ["red-100", "red-200", "xed-100", "blue-9", "green", "red-10", "other"]
    looked_through = search_texts(table_of([(sku, "", number) for number, sku in enumerate(skus)]))

    def near(text: str, most: int = 10) -> list[str]:
        return [skus[place // 3] for place in looked_through.nearly(text, most=most)]

    assert near("red-1x0", most=2) == ["red-100", "red-10"]
    assert near("yed-100") == ["red-100", "xed-100"]
    assert near("gren") == ["green"]
    assert near("zzz") == []
