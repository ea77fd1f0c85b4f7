"""A data directory of its own for each test: a lake and a control store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.lakes import Stand, open_copy

from syncengine.control.store import ControlStore, open_control_store
from syncengine.settings import DestinationSettings, Settings


@pytest.fixture
def stand(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Iterator[Stand]:
    """An empty lake with the tables of products and scopesWebsite."""
    opened = open_copy(tmp_path_factory, tmp_path / "data")
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
