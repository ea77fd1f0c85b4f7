"""A data directory of its own for each test: a lake and a control store."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.items import PRODUCTS, WEBSITES
from support.lakes import Stand, open_stand

from syncengine.control.store import ControlStore, open_control_store
from syncengine.settings import DestinationSettings, Settings


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


@pytest.fixture
def control(stand: Stand) -> Iterator[ControlStore]:
    """The control store beside the lake."""
    opened = open_control_store(stand.directory.root)
    yield opened
    opened.close()


@pytest.fixture
def settings(stand: Stand) -> Settings:
    """Settings of that data directory, with a folder as the one destination."""
    return Settings(
        data_dir=stand.directory.root,
        destination=DestinationSettings(kind="folder", path=stand.directory.root / "out"),
    )
