"""The readers' side of the lake: the newest publication, attached read-only into a locked in-memory DuckDB."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import duckdb

from syncengine.errors import LakeUnavailableError
from syncengine.lake.extension import load_ducklake
from syncengine.lake.paths import DataDirectory
from syncengine.lake.publish import Publication, current_publication
from syncengine.lake.spill import SPILL_LIMIT_GB, spill_place
from syncengine.lake.writer import LAKE

_ATTEMPTS = 3  # the sweep may take a copy between reading the pointer and attaching it: read the pointer again


@dataclass(frozen=True, slots=True)
class LakeReader:
    """One publication, as `lake.<schema>.<feed>` and `search.<table>`.

    Take a cursor per query, always: one connection used by several threads mixes up rows.
    """

    publication: Publication
    connection: duckdb.DuckDBPyConnection

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor of its own for one query."""
        return self.connection.cursor()


def _locked_connection(
    directory: DataDirectory, publication: Publication, memory_limit_mb: int
) -> duckdb.DuckDBPyConnection:
    place = spill_place(directory)
    connection = duckdb.connect(
        config={
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
    load_ducklake(connection)

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
    """A reader of the newest publication.

    Raises: LakeUnavailableError before the first publication, or when it cannot be read.
    """
    failure = "no attempt was made"
    for _ in range(_ATTEMPTS):
        publication = current_publication(directory)
        if publication is None:
            raise LakeUnavailableError(
                "Nothing has been published yet.", hint="Run `catalog-sync sync` for the first sync."
            )
        try:
            return LakeReader(publication, _locked_connection(directory, publication, memory_limit_mb))
        except duckdb.Error as error:
            failure = str(error).splitlines()[0]
    raise LakeUnavailableError(
        f"The published copy cannot be read: {failure}", hint="Run `catalog-sync sync`: it publishes anew."
    )


class CurrentReader:
    """Hands out the reader of the publication in force, opening a new one when the pointer moves. Thread-safe."""

    def __init__(self, directory: DataDirectory) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._reader: LakeReader | None = None

    def get(self) -> LakeReader:
        """The reader to use for one page or one command; the last good one while the newest cannot be read.

        Raises: LakeUnavailableError when there never was a good one.
        """
        with self._lock:
            try:
                publication = current_publication(self._directory)
                if self._reader is None or publication != self._reader.publication:
                    self._reader = open_reader(self._directory)
            except LakeUnavailableError:
                if self._reader is None:
                    raise
            return self._reader
