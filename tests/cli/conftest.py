"""A lake made by hand, and commands that find it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from inspection.lake_of import LakeOf

from .reading import Commands


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LakeOf]:
    """A lake whose place the commands find in the environment."""
    made = LakeOf(tmp_path)
    monkeypatch.setenv("CATALOG_SYNC_DATA_DIR", str(made.settings.data_dir))
    monkeypatch.setenv("CATALOG_SYNC_DESTINATION__KIND", "folder")
    monkeypatch.setenv("CATALOG_SYNC_DESTINATION__PATH", str(tmp_path / "out"))
    yield made
    made.close()


@pytest.fixture
def commands(lake: LakeOf, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(monkeypatch, capsys)
