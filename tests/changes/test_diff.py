"""The one diff: applied to the state before, it gives the state after."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncengine.changes.diff import Changeset, diff_states
from syncengine.errors import DiffError

CONNECTION = duckdb.connect(config={"threads": 1})
CONNECTION.execute("CREATE TABLE state (side VARCHAR, feed_id UUID, feed_hash UUID)")

ids = st.integers(0, 12)
contents = st.none() | st.integers(0, 3)
states = st.dictionaries(ids, contents, max_size=13)

State = list[tuple[int, int | None]]


def text(number: int | None) -> str | None:
    return None if number is None else str(uuid.UUID(int=number))


def compared(before: State, after: State) -> Changeset:
    """The changeset of two states, each a list of (id, content)."""
    CONNECTION.execute("DELETE FROM state")
    rows = [[side, text(key), text(value)] for side, pairs in (("b", before), ("a", after)) for key, value in pairs]
    if rows:
        CONNECTION.executemany("INSERT INTO state VALUES (?, ?, ?)", rows)
    return diff_states(
        CONNECTION,
        before="SELECT feed_id, feed_hash FROM state WHERE side = $before",
        after="SELECT feed_id, feed_hash FROM state WHERE side = $after",
        into='"the diff"',
        parameters={"before": "b", "after": "a"},
    )


def changes() -> Iterator[tuple[int, str, int | None, int | None]]:
    for key, operation, was, now in CONNECTION.execute('SELECT * FROM "the diff"').fetchall():
        yield key.int, operation, was and was.int, now and now.int


@settings(max_examples=60, deadline=None)
@given(before=states, after=states)
def test_the_diff_applied_to_before_gives_after(before: dict[int, int | None], after: dict[int, int | None]) -> None:
    changeset = compared(list(before.items()), list(after.items()))

    result = dict(before)
    for key, operation, was, now in changes():
        assert (key in before, key in after) == {
            "insert": (False, True), "update": (True, True), "delete": (True, False),
        }[operation]  # fmt: skip
        assert was == before.get(key)
        if operation == "delete":
            del result[key]
        else:
            result[key] = now
    assert result == after
    unchanged = sum(1 for key in before if key in after and before[key] == after[key])
    assert changeset.unchanged == unchanged
    assert changeset.before == len(before) == unchanged + changeset.updated + changeset.deleted
    assert changeset.after == len(after) == unchanged + changeset.updated + changeset.inserted


@settings(max_examples=25, deadline=None)
@given(state=states)
def test_the_diff_of_a_state_with_itself_is_empty(state: dict[int, int | None]) -> None:
    changeset = compared(list(state.items()), list(state.items())[::-1])

    assert list(changes()) == []
    assert (changeset.inserted, changeset.updated, changeset.deleted, changeset.unchanged) == (0, 0, 0, len(state))


@settings(max_examples=25, deadline=None)
@given(before=states, after=states, seed=st.randoms())
def test_the_order_of_rows_does_not_matter(before: dict[int, int], after: dict[int, int], seed: object) -> None:
    one = compared(list(before.items()), list(after.items()))
    first = sorted(changes(), key=str)
    shuffled = [list(side.items()) for side in (before, after)]
    for side in shuffled:
        seed.shuffle(side)  # type: ignore[attr-defined]

    assert compared(shuffled[0], shuffled[1]) == one
    assert sorted(changes(), key=str) == first


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param([(1, 1), (1, 1)], [(1, 1)], id="twice before, the same content"),
        pytest.param([(1, 1)], [(1, 1), (1, 2)], id="twice after, one of them new"),
        pytest.param([(1, 1), (1, 1)], [], id="twice before, deleted"),
        pytest.param([], [(1, 1), (1, 1)], id="twice after, inserted"),
        pytest.param([(1, 1), (1, 1)], [(1, 2), (1, 2)], id="twice on both sides, changed"),
        pytest.param([(1, 1), (1, 2)], [(1, 1), (1, 2)], id="twice on both sides, with both contents"),
    ],
)
def test_a_key_that_stands_twice_is_refused(before: State, after: State) -> None:
    with pytest.raises(DiffError):
        compared([*before, (5, 5)], [*after, (5, 5)])


@pytest.mark.parametrize("counts", [(2, 1, 0, 0, 0), (1, 1, 1, 0, 0), (1, 1, 0, 2, 0)])
def test_counts_that_do_not_add_up_are_refused(counts: tuple[int, int, int, int, int]) -> None:
    before, after, inserted, updated, deleted = counts

    with pytest.raises(DiffError, match="do not add up"):
        Changeset(table="t", before=before, after=after, inserted=inserted, updated=updated, deleted=deleted)
