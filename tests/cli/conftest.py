"""A lake made by hand, and commands that find it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from inspection.lake_of import LakeOf

from .reading import Commands


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LakeOf]:
    """A lake of a test's own, whose place the commands find in the environment."""
    made = LakeOf(tmp_path)
    _announce(made, monkeypatch)
    yield made
    made.close()


@pytest.fixture
def commands(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Commands:
    """Commands on `filled`, the lake that a module made for those of its tests that only read, or on `lake`."""
    if "filled" in request.fixturenames:
        _announce(request.getfixturevalue("filled"), monkeypatch)
    else:
        request.getfixturevalue("lake")
    return Commands(monkeypatch, capsys)


def _announce(lake: LakeOf, monkeypatch: pytest.MonkeyPatch) -> None:
    destination = lake.settings.destination
    assert destination is not None
    monkeypatch.setenv("CATALOG_SYNC_DATA_DIR", str(lake.settings.data_dir))
    monkeypatch.setenv("CATALOG_SYNC_DESTINATION__KIND", "folder")
    monkeypatch.setenv("CATALOG_SYNC_DESTINATION__PATH", str(destination.path))
