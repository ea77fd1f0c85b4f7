"""Publications as readers find them: the pointer, each one's own description, and what tells that one is damaged."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import orjson

from syncengine.errors import LakeUnavailableError
from syncengine.lake.paths import DataDirectory
from syncengine.lake.tables import LAKE_LAYOUT

SEARCH_FORMAT = 1
REMEDY = "Run `catalog-sync repair`, or a sync: both publish anew."


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One publication: the lake's snapshot and the two files, relative to the published directory.

    The sizes tell at a glance a copy that was truncated since, the hashes tell any other change. `layout`: of the
    lake's tables.
    """

    snapshot_id: int
    lake_file: str
    search_file: str
    destinations: tuple[str, ...]
    search_format: int = SEARCH_FORMAT
    lake_bytes: int | None = None
    search_bytes: int | None = None
    lake_sha256: str | None = None
    search_sha256: str | None = None
    layout: int = 1

    @property
    def number(self) -> int:
        """The number in the names of its files."""
        return int(self.lake_file.split(".")[0])

    @property
    def copies(self) -> tuple[tuple[str, int | None, str | None], ...]:
        """Name, size and SHA-256 of its two files."""
        return (
            (self.lake_file, self.lake_bytes, self.lake_sha256),
            (self.search_file, self.search_bytes, self.search_sha256),
        )


def description_path(directory: DataDirectory, number: int) -> Path:
    """Where a publication describes itself, in the words of the pointer: what is left when the pointer is lost."""
    return directory.published / f"{number}.json"


def current_publication(directory: DataDirectory) -> Publication | None:
    """The publication in force, or None before the first one.

    Raises: LakeUnavailableError when the pointer is damaged or names what is not there.
    """
    if not directory.current.exists():
        return None
    return _described(directory, directory.current, "The pointer")


def earlier_publications(directory: DataDirectory) -> Iterator[Publication]:
    """The publications that are whole at a glance, newest first, whatever the pointer says."""
    numbers = sorted(
        (int(path.stem) for path in directory.published.glob("*.json") if path.stem.isdigit()), reverse=True
    )
    for number in numbers:
        try:
            publication = _described(directory, description_path(directory, number), "The description")
        except LakeUnavailableError:
            continue
        yield publication


def publication_to_read(directory: DataDirectory) -> Publication | None:
    """The publication in force; the newest whole one when that is damaged or missing; None before the first.

    Raises: LakeUnavailableError when the one in force is damaged and there is no other.
    """
    try:
        publication = current_publication(directory)
    except LakeUnavailableError:
        publication = next(earlier_publications(directory), None)
        if publication is None:
            raise
        return publication
    return publication or next(earlier_publications(directory), None)


def damage_of(directory: DataDirectory, publication: Publication) -> str | None:
    """What is wrong with the content of a publication's files, read in full, or None."""
    for name, size, sha256 in publication.copies:
        try:
            _check_copy(directory, name, size)
            if sha256 is not None and file_sha256(directory.published / name) != sha256:
                return f"The published copy `{name}` is not the file that was published."
        except LakeUnavailableError as error:
            return error.message
        except OSError as error:
            return f"The published copy `{name}` cannot be read: {error.strerror}."
    return None


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _described(directory: DataDirectory, place: Path, what: str) -> Publication:
    """The publication that a pointer or description names, its files looked at. Raises: LakeUnavailableError."""
    try:
        text = place.read_bytes()
    except OSError as error:
        raise LakeUnavailableError(f"{what} `{place}` cannot be read: {error.strerror}.", hint=REMEDY) from error
    try:
        publication = _parsed(text)
        is_newer = publication.layout > LAKE_LAYOUT
    except (orjson.JSONDecodeError, TypeError, KeyError, AttributeError) as error:
        raise LakeUnavailableError(f"{what} `{place}` is damaged.", hint=REMEDY) from error
    if is_newer:
        raise LakeUnavailableError(
            f"What is published was written by a newer version of Catalog Sync (layout {publication.layout}).",
            hint="Install that version.",
        )
    for name, size, _ in publication.copies:
        _check_copy(directory, name, size)
    return publication


@lru_cache(maxsize=16)
def _parsed(text: bytes) -> Publication:
    """A description as it was read: every page asks for it several times, and it changes with a publication only."""
    values = orjson.loads(text)
    values["destinations"] = tuple(values["destinations"])
    publication = Publication(**values)
    if not all(isinstance(name, str) for name, _, _ in publication.copies):
        raise TypeError("a file's name is not a text")
    return publication


def _check_copy(directory: DataDirectory, name: str, size: int | None) -> None:
    copy = os.path.join(directory.published, name)  # noqa: PTH118  (paths as objects take most of a page's look here)
    try:
        status = os.stat(copy)  # noqa: PTH116
    except (OSError, ValueError):
        status = None
    if os.path.basename(name) != name or status is None or not stat.S_ISREG(status.st_mode):  # noqa: PTH119
        raise LakeUnavailableError(f"The published copy `{name}` is missing.", hint=REMEDY)
    if os.path.exists(f"{copy}.wal"):  # noqa: PTH110
        raise LakeUnavailableError(
            f"The published copy `{name}` has a `.wal` beside it: something wrote to it.", hint=REMEDY
        )
    if size is not None and status.st_size != size:
        raise LakeUnavailableError(
            f"The published copy `{name}` has {status.st_size:,} bytes instead of {size:,}.", hint=REMEDY
        )
