"""A control store of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncengine.control.store import ControlStore, open_control_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ControlStore]:
    """An empty control store."""
    opened = open_control_store(tmp_path)
    yield opened
    opened.close()
