"""Damage done to a data directory, for tests of what is told then."""

from __future__ import annotations

from syncengine.lake.paths import DataDirectory


def spoil_publications(directory: DataDirectory) -> None:
    """Leave a damaged pointer, and no earlier publication that could be read instead."""
    directory.current.write_text("{")
    for description in directory.published.glob("*.json"):
        description.unlink()
