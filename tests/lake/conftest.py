"""A lake of its own for each test: a copy of one that was made once, because copying is quicker than making."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.items import PRODUCTS, WEBSITES
from support.lakes import Stand, open_stand


@pytest.fixture(scope="session")
def empty_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a closed lake with the tables of products and scopesWebsite."""
    root = tmp_path_factory.mktemp("lake") / "data"
    open_stand(root, PRODUCTS, WEBSITES).writer.close()
    return root


@pytest.fixture
def stand(empty_lake: Path, tmp_path: Path) -> Iterator[Stand]:
    """An empty lake with the tables of products and scopesWebsite."""
    shutil.copytree(empty_lake, tmp_path / "data")
    (tmp_path / "data").chmod(0o700)
    opened = open_stand(tmp_path / "data", PRODUCTS, WEBSITES)
    yield opened
    opened.writer.close()
