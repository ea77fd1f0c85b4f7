"""The catalogs that the plain reference is run over, read once."""

from __future__ import annotations

from pathlib import Path

import pytest

from .records import Records, read_changed_recording, read_directory, read_pristine_recording


@pytest.fixture(scope="session")
def luma(shared: Path) -> Records:
    """The Luma catalog."""
    return read_directory(shared / "luma")


@pytest.fixture(scope="session")
def pristine(shared: Path) -> Records:
    """The recorded store before any change."""
    return read_pristine_recording(shared / "recordings")


@pytest.fixture(scope="session")
def changed(shared: Path) -> Records:
    """The recorded store after its changes."""
    return read_changed_recording(shared / "recordings")
