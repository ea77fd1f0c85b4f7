"""Where things lie in a data directory: the one home of its layout."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """The layout below one data directory (docs/how-it-works.md)."""

    root: Path

    @property
    def engine_lock(self) -> Path:
        """Held with flock for the engine's life; never deleted."""
        return self.root / "engine.lock"

    @property
    def layout(self) -> Path:
        """Which layout the lake's tables have."""
        return self.root / "layout.json"

    @property
    def lake(self) -> Path:
        """Everything of the lake."""
        return self.root / "lake"

    @property
    def lake_catalog(self) -> Path:
        """DuckLake's metadata: the engine's own, nobody else opens it."""
        return self.lake / "catalog.ducklake"

    @property
    def lake_files(self) -> Path:
        """The Parquet files of the lake."""
        return self.lake / "files"

    @property
    def published(self) -> Path:
        """The frozen copies that readers attach."""
        return self.lake / "published"

    @property
    def current(self) -> Path:
        """The pointer to the newest frozen copy."""
        return self.lake / "CURRENT"

    @property
    def tmp(self) -> Path:
        """DuckDB's spill space."""
        return self.root / "tmp"

    @property
    def mirror(self) -> Path:
        """The store's answers of the last complete read, and what changed since."""
        return self.root / "catalog"

    @property
    def stagings(self) -> Path:
        """The working files of runs, a folder each."""
        return self.root / "staging"

    @property
    def outboxes(self) -> Path:
        """What runs send, a folder each."""
        return self.root / "outbox"

    @property
    def indexed(self) -> Path:
        """What the last index saw of the mirror."""
        return self.root / "indexed"

    def staging(self, run_id: str) -> Path:
        """Compiled feeds of one run."""
        return self.stagings / run_id

    def outbox(self, run_id: str) -> Path:
        """The changesets being sent by one run."""
        return self.outboxes / run_id

    def make(self) -> None:
        """Create the directories, closed to other users: catalogs hold group prices."""
        for directory in (self.root, self.mirror, self.lake, self.lake_files, self.published, self.tmp):
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)


def fsync_directory(directory: Path) -> None:
    """Make the names in `directory` durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fsync_file(path: Path) -> None:
    """Make the content of `path` durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_durably(temporary: Path, target: Path) -> None:
    """Make `temporary` durable and put it in the place of `target` in one step."""
    fsync_file(temporary)
    temporary.replace(target)
    fsync_directory(target.parent)
