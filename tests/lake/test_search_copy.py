"""The search copy renewed from the touched products equals the one made anew, whatever happened in between."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.items import PRODUCTS, product
from support.lakes import open_copy

from lake.test_publish import search_rows
from syncengine.changes.plan import Selection
from syncengine.lake.publish import current_publication, publish

SKUS = ("a", "b", "c", "d")
ANSWERS = st.sampled_from(["accepted", "accepted", "rejected", "retry", "unknown"])

merges = st.dictionaries(st.sampled_from(SKUS), st.sampled_from(["one", "two"]))
deliveries = st.tuples(st.sampled_from(["x", "y"]), st.fixed_dictionaries(dict.fromkeys(SKUS, ANSWERS)), st.booleans())


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.lists(merges | deliveries, min_size=2, max_size=2)), min_size=3, max_size=3))
def test_renewed_search_copy_equals_one_made_anew(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[list[object]]]
) -> None:
    with tempfile.TemporaryDirectory() as place:
        stand = open_copy(tmp_path_factory, Path(place) / "data")
        for (actions,) in steps:
            for action in actions:
                if isinstance(action, dict):
                    stand.merge(PRODUCTS, [product(sku, name=name) for sku, name in action.items()])
                else:
                    destination, answers, resync = action  # type: ignore[misc]
                    stand.deliver(answers, destination=destination, selection=Selection(resync=resync))
            publish(stand.writer, ["x", "y"])
        renewed = {name: search_rows(stand.directory, name) for name in ("synced_products", "catalog_products")}

        stand.directory.current.unlink()
        publish(stand.writer, ["x", "y"])

        assert current_publication(stand.directory) is not None
        for name, rows in renewed.items():
            assert search_rows(stand.directory, name) == rows
        stand.writer.close()
