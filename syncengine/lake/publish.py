"""Publishing: a frozen copy of the lake's catalog and a search copy beside it, then one pointer to both.

Readers never open what the engine writes. A publication is complete before the pointer names it, and the pointer is
replaced in one step, so that a kill at any moment leaves the earlier one in force.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import duckdb
import orjson

from syncengine.errors import LakeUnavailableError
from syncengine.lake.names import LAKE, sql_text
from syncengine.lake.paths import DataDirectory, replace_durably
from syncengine.lake.publication import (
    SEARCH_FORMAT,
    Publication,
    current_publication,
    damage_of,
    description_path,
    file_sha256,
)
from syncengine.lake.tables import LAKE_LAYOUT
from syncengine.lake.writer import LakeWriter, translated_errors

KEEP_SECONDS = 3600.0  # longer than any reader needs from reading the pointer to attaching
KEEP_NEWEST = 3


def publish(writer: LakeWriter, destinations: Sequence[str], *, anew: bool = False) -> Publication:
    """Freeze the newest snapshot for readers; does nothing when the pointer names it already, unless told `anew`.

    `destinations` are the ids whose state search rows carry. The search copy is made from the previous one and
    `writer.touched_products` where that covers all that happened since, and from the lake otherwise.
    """
    directory = writer.directory
    try:
        before = current_publication(directory)
    except LakeUnavailableError:
        before = None
    snapshot = writer.snapshot_id()
    wanted = tuple(sorted(set(destinations)))
    if before is not None and not anew and _is_current(before, snapshot, wanted):
        return before
    number = _next_number(directory)
    lake_copy, search_copy = (directory.published / f"{number}.{kind}" for kind in ("ducklake", "search.duckdb"))
    with translated_errors("published"):
        _freeze_lake(writer, lake_copy)
        earlier = _search_copy_to_renew(writer, before, wanted)
        try:
            _freeze_search(writer, earlier, search_copy, wanted)
        except duckdb.Error:
            if earlier is None:
                raise
            _freeze_search(writer, None, search_copy, wanted)  # the earlier copy is damaged: make it anew
    after = Publication(
        snapshot_id=snapshot,
        lake_file=lake_copy.name,
        search_file=search_copy.name,
        destinations=wanted,
        lake_bytes=lake_copy.stat().st_size,
        search_bytes=search_copy.stat().st_size,
        lake_sha256=file_sha256(lake_copy),
        search_sha256=file_sha256(search_copy),
        layout=LAKE_LAYOUT,
    )
    for place in (description_path(directory, number), directory.current):
        temporary = place.with_suffix(".tmp")
        temporary.write_bytes(orjson.dumps(asdict(after), option=orjson.OPT_INDENT_2))
        replace_durably(temporary, place)
    writer.connection.execute("DELETE FROM touched_products")
    writer.published_snapshot_id = snapshot
    _sweep(directory, newest=number)
    return after


def mend_publication(writer: LakeWriter, destinations: Sequence[str]) -> str | None:
    """Publish anew when the publication in force is damaged, missing or of an earlier layout; returns what was wrong.

    Before the first publication there is nothing to mend.
    """
    directory = writer.directory
    try:
        publication = current_publication(directory)
    except LakeUnavailableError as error:
        problem: str | None = error.message
    else:
        if publication is not None:
            problem = damage_of(directory, publication)
            if problem is None and publication.layout != LAKE_LAYOUT:
                problem = "What is published has the layout of an earlier version."
        else:
            has_copies = any(directory.published.glob("*.ducklake"))
            problem = f"The pointer `{directory.current}` is missing." if has_copies else None
    if problem is not None:
        publish(writer, destinations, anew=True)
    return problem


def _is_current(publication: Publication, snapshot: int, destinations: tuple[str, ...]) -> bool:
    return (
        publication.snapshot_id == snapshot
        and set(destinations) <= set(publication.destinations)
        and publication.layout == LAKE_LAYOUT
    )


def _next_number(directory: DataDirectory) -> int:
    numbers = [int(name) for path in directory.published.iterdir() if (name := path.name.split(".")[0]).isdigit()]
    return max(numbers, default=0) + 1


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _freeze_lake(writer: LakeWriter, target: Path) -> None:
    """Copy the metadata by SQL: copying the open file would drop the lock on it."""
    temporary = target.with_suffix(".tmp")
    temporary.unlink(missing_ok=True)
    connection = writer.connection
    connection.execute(f"ATTACH {_quoted(temporary)} AS frozen")
    try:
        connection.execute(f"COPY FROM DATABASE __ducklake_metadata_{LAKE} TO frozen")
        connection.execute("CHECKPOINT frozen")
    finally:
        connection.execute("DETACH frozen")
    replace_durably(temporary, target)


def _search_copy_to_renew(writer: LakeWriter, before: Publication | None, destinations: tuple[str, ...]) -> Path | None:
    """The earlier search copy, when the products touched since it was made are known; else None."""
    if (
        before is None
        or before.search_format != SEARCH_FORMAT
        or before.destinations != destinations
        or before.snapshot_id != writer.published_snapshot_id
    ):
        return None
    earlier = writer.directory.published / before.search_file
    # what is damaged where nobody looked would be handed on from copy to copy
    return earlier if before.search_sha256 in (None, file_sha256(earlier)) else None


def _freeze_search(writer: LakeWriter, earlier: Path | None, target: Path, destinations: tuple[str, ...]) -> None:
    """Make the search copy; wide rows are read only for the products that changed since `earlier`, if there is one."""
    connection = writer.connection
    temporary = target.with_suffix(".tmp")
    temporary.unlink(missing_ok=True)
    if earlier is not None:
        shutil.copyfile(earlier, temporary)
    connection.execute(f"ATTACH {_quoted(temporary)} AS search")
    try:
        connection.execute("CREATE OR REPLACE TEMP TABLE search_destinations (destination VARCHAR)")
        connection.executemany("INSERT INTO search_destinations VALUES (?)", [[name] for name in destinations])
        connection.execute("BEGIN")
        try:
            _write_search(connection, renew=earlier is not None)
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("CHECKPOINT search")
    finally:
        connection.execute("DETACH search")
    replace_durably(temporary, target)


def _write_search(connection: duckdb.DuckDBPyConnection, *, renew: bool) -> None:
    connection.execute(sql_text("search_tables.sql"))
    condition = ""
    if renew:
        connection.execute("CREATE OR REPLACE TEMP TABLE renewed AS SELECT DISTINCT feed_id FROM touched_products")
        condition = "AND feed_id IN (SELECT feed_id FROM renewed)"
        for table in ("synced_products", "catalog_products"):
            connection.execute(f"DELETE FROM search.{table} WHERE true {condition}")
    connection.execute(sql_text("search_synced.sql").format(condition=condition))
    connection.execute(sql_text("search_catalog.sql").format(condition=condition))


def _sweep(directory: DataDirectory, *, newest: int) -> None:
    """Remove old copies and what a killed publication left; a reader that has one open keeps its file.

    The newest ones stay whatever their age: one of them is read when the one in force is damaged.
    """
    now = time.time()
    for path in directory.published.iterdir():
        number = path.name.split(".")[0]
        half_made = path.suffix in (".tmp", ".wal") or not number.isdigit()
        if half_made or (int(number) <= newest - KEEP_NEWEST and now - path.stat().st_mtime > KEEP_SECONDS):
            path.unlink(missing_ok=True)
