"""Publishing: a frozen copy of the lake's catalog and a search copy beside it, then one pointer to both.

Readers never open what the engine writes. A publication is complete before the pointer names it, and the pointer is
replaced in one step, so that a kill at any moment leaves the earlier one in force.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb
import orjson

from syncengine.errors import LakeUnavailableError
from syncengine.lake.paths import DataDirectory, replace_durably
from syncengine.lake.writer import LAKE, LakeWriter, sql_text, translated_errors

SEARCH_FORMAT = 1
_REMEDY = "Run `catalog-sync sync`: it publishes anew."
KEEP_SECONDS = 3600.0  # longer than any reader needs from reading the pointer to attaching
KEEP_NEWEST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What the pointer names: the lake's snapshot and the two files, relative to the published directory.

    The sizes tell a copy that was truncated since.
    """

    snapshot_id: int
    lake_file: str
    search_file: str
    destinations: tuple[str, ...]
    search_format: int = SEARCH_FORMAT
    lake_bytes: int | None = None
    search_bytes: int | None = None


def current_publication(directory: DataDirectory) -> Publication | None:
    """The publication in force, or None before the first one.

    Raises: LakeUnavailableError when the pointer is damaged or names what is not there.
    """
    try:
        text = directory.current.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LakeUnavailableError(
            f"The pointer `{directory.current}` cannot be read: {error.strerror}.", hint=_REMEDY
        ) from error
    try:
        values = orjson.loads(text)
        values["destinations"] = tuple(values["destinations"])
        publication = Publication(**values)
        copies = (
            (Path(publication.lake_file), publication.lake_bytes),
            (Path(publication.search_file), publication.search_bytes),
        )
    except (orjson.JSONDecodeError, TypeError, KeyError, AttributeError) as error:
        raise LakeUnavailableError(f"The pointer `{directory.current}` is damaged.", hint=_REMEDY) from error
    for name, size in copies:
        _check_copy(directory, name, size)
    return publication


def _check_copy(directory: DataDirectory, name: Path, size: int | None) -> None:
    copy = directory.published / name
    if name.name != str(name) or not copy.is_file():
        raise LakeUnavailableError(f"The published copy `{name}` is missing.", hint=_REMEDY)
    if copy.with_name(f"{name}.wal").exists():
        raise LakeUnavailableError(
            f"The published copy `{name}` has a `.wal` beside it: something wrote to it.", hint=_REMEDY
        )
    if size is not None and copy.stat().st_size != size:
        raise LakeUnavailableError(
            f"The published copy `{name}` has {copy.stat().st_size:,} bytes instead of {size:,}.", hint=_REMEDY
        )


def publish(writer: LakeWriter, destinations: Sequence[str]) -> Publication:
    """Freeze the newest snapshot for readers; does nothing when the pointer names it already.

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
    if before is not None and before.snapshot_id == snapshot and set(wanted) <= set(before.destinations):
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
    )
    pointer = directory.current.with_suffix(".tmp")
    pointer.write_bytes(orjson.dumps(asdict(after), option=orjson.OPT_INDENT_2))
    replace_durably(pointer, directory.current)
    writer.connection.execute("DELETE FROM touched_products")
    writer.published_snapshot_id = snapshot
    _sweep(directory, keep={after.lake_file, after.search_file})
    return after


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
    return writer.directory.published / before.search_file


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


def _sweep(directory: DataDirectory, *, keep: set[str]) -> None:
    """Remove old copies and what a killed publication left; a reader that has one open keeps its file."""
    now = time.time()
    copies = sorted(
        (path for path in directory.published.iterdir() if path.name not in keep),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    for rank, path in enumerate(copies):
        half_made = path.suffix in (".tmp", ".wal")
        if half_made or (rank >= 2 * KEEP_NEWEST and now - path.stat().st_mtime > KEEP_SECONDS):
            path.unlink(missing_ok=True)
