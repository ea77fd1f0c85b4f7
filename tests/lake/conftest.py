"""A lake of its own for each test: a copy of one that was made once, because copying is quicker than making."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.lakes import Stand, open_copy


@pytest.fixture
def stand(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Iterator[Stand]:
    """An empty lake with the tables of products and scopesWebsite."""
    opened = open_copy(tmp_path_factory, tmp_path / "data")
    yield opened
    opened.writer.close()
