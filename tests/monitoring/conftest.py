"""A lake made by hand, and a view of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from inspection.lake_of import LakeOf

from syncengine.inspection.view import CatalogView


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[LakeOf]:
    """An installation before its first sync."""
    made = LakeOf(tmp_path)
    yield made
    made.close()


@pytest.fixture
def view(lake: LakeOf) -> CatalogView:
    """The read side of `lake`."""
    return CatalogView(lake.settings)
