"""The readers' side of the lake: the newest publication, attached read-only into a locked in-memory DuckDB."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

import duckdb

from syncengine.errors import LakeUnavailableError
from syncengine.lake.extension import connect_with_ducklake
from syncengine.lake.names import LAKE
from syncengine.lake.paths import DataDirectory
from syncengine.lake.publication import REMEDY, Publication, earlier_publications, publication_to_read
from syncengine.lake.spill import SPILL_LIMIT_GB, spill_place
from syncengine.lake.tables import LAKE_LAYOUT

_SIGNS_OF_DAMAGE = ("Corrupt", "checksum", "database has been invalidated")
_ATTEMPTS = 3  # the sweep may take a copy between reading the pointer and attaching it: read the pointer again


@dataclass(frozen=True, slots=True)
class LakeReader:
    """One publication, as `lake.<schema>.<feed>` and `search.<table>`.

    Take a cursor per query, always: one connection used by several threads mixes up rows. `prepared`: what tables were
    made beside it (`memory.main`, which all its cursors see, and which spills and goes with it); hold `preparing`.
    """

    publication: Publication
    connection: duckdb.DuckDBPyConnection
    is_damaged: threading.Event = field(default_factory=threading.Event, compare=False)
    prepared: dict[Any, Any] = field(default_factory=dict, compare=False)
    preparing: threading.Lock = field(default_factory=threading.Lock, compare=False)

    def distrust(self, error: duckdb.Error) -> None:
        """Have the next one who asks given an earlier publication, if `error` says that a file of this is damaged."""
        if any(word in str(error) for word in _SIGNS_OF_DAMAGE):
            self.is_damaged.set()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor of its own for one query."""
        return self.connection.cursor()


def _locked_connection(
    directory: DataDirectory, publication: Publication, memory_limit_mb: int
) -> duckdb.DuckDBPyConnection:
    place = spill_place(directory)
    connection = connect_with_ducklake(
        {
            "memory_limit": f"{memory_limit_mb}MB",
            "threads": 2,
            "temp_directory": "" if place is None else str(place),
            "max_temp_directory_size": f"{SPILL_LIMIT_GB}GB",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
        }
    )
    try:
        _attach_locked(connection, directory, publication)
    except BaseException:
        connection.close()
        raise
    return connection


def _attach_locked(connection: duckdb.DuckDBPyConnection, directory: DataDirectory, publication: Publication) -> None:
    def quoted(path: object) -> str:
        return "'" + str(path).replace("'", "''") + "'"

    frozen = quoted(f"ducklake:{directory.published / publication.lake_file}")
    connection.execute(
        f"ATTACH {frozen} AS {LAKE} (READ_ONLY, DATA_PATH {quoted(directory.lake_files)}, OVERRIDE_DATA_PATH true)"
    )
    connection.execute(f"ATTACH {quoted(directory.published / publication.search_file)} AS search (READ_ONLY)")
    connection.execute(f"SET allowed_directories = [{quoted(directory.lake_files)}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def open_reader(directory: DataDirectory, *, memory_limit_mb: int = 512) -> LakeReader:
    """A reader of the newest publication, or of the newest earlier one while that cannot be read.

    Raises: LakeUnavailableError before the first publication, or when none can be read.
    """
    failure = "no attempt was made"
    for _ in range(_ATTEMPTS):
        publication = publication_to_read(directory)
        if publication is None:
            raise LakeUnavailableError(
                "Nothing has been published yet.", hint="Run `catalog-sync sync` for the first sync."
            )
        _refuse_earlier_layout(publication)
        try:
            return LakeReader(publication, _locked_connection(directory, publication, memory_limit_mb))
        except duckdb.Error as error:
            failure = str(error).splitlines()[0]
    assert publication is not None
    reader = _open_earlier(directory, publication, memory_limit_mb)
    if reader is None:
        raise LakeUnavailableError(f"The published copy cannot be read: {failure}", hint=REMEDY)
    return reader


def _open_earlier(directory: DataDirectory, damaged: Publication, memory_limit_mb: int = 512) -> LakeReader | None:
    """A reader of the newest publication before a damaged one, or None when there is none that can be read."""
    for publication in earlier_publications(directory):
        if publication.number < damaged.number and publication.layout == damaged.layout:
            try:
                return LakeReader(publication, _locked_connection(directory, publication, memory_limit_mb))
            except duckdb.Error:
                continue
    return None


def _refuse_earlier_layout(publication: Publication) -> None:
    if publication.layout < LAKE_LAYOUT:
        raise LakeUnavailableError(
            "What is published was written by an earlier version of Catalog Sync.",
            hint="Start the engine, or run `catalog-sync repair`: both bring the data directory up to this version.",
        )


class CurrentReader:
    """Hands out the reader of the publication in force, opening a new one when the pointer moves. Thread-safe."""

    def __init__(self, directory: DataDirectory) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._reader: LakeReader | None = None
        self._opened_for: Publication | None = None  # what was to be read; the reader's own when it could be

    def get(self) -> LakeReader:
        """The reader to use for one page or one command; the last good one while the newest cannot be read.

        Raises: LakeUnavailableError when there never was a good one.
        """
        with self._lock:
            try:
                publication = publication_to_read(self._directory)
                if self._reader is None or publication != self._opened_for:
                    self._reader = open_reader(self._directory)
                    self._opened_for = publication
            except LakeUnavailableError:
                if self._reader is None:
                    raise
            if self._reader.is_damaged.is_set():
                self._reader = _open_earlier(self._directory, self._reader.publication) or self._reader
            return self._reader
