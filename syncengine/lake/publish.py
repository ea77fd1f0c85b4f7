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

import orjson

from syncengine.errors import LakeUnavailableError
from syncengine.lake.paths import DataDirectory, replace_durably
from syncengine.lake.writer import LAKE, LakeWriter, sql_text, translated_errors

SEARCH_FORMAT = 1
KEEP_SECONDS = 3600.0  # longer than any reader needs from reading the pointer to attaching
KEEP_NEWEST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What the pointer names: the lake's snapshot and the two files, relative to the published directory."""

    snapshot_id: int
    lake_file: str
    search_file: str
    destinations: tuple[str, ...]
    search_format: int = SEARCH_FORMAT


def current_publication(directory: DataDirectory) -> Publication | None:
    """The publication in force, or None before the first one.

    Raises: LakeUnavailableError when the pointer is damaged or names what is not there.
    """
    try:
        text = directory.current.read_bytes()
    except FileNotFoundError:
        return None
    try:
        values = orjson.loads(text)
        values["destinations"] = tuple(values["destinations"])
        publication = Publication(**values)
        names = (publication.lake_file, publication.search_file)
    except (orjson.JSONDecodeError, TypeError, KeyError, AttributeError) as error:
        raise LakeUnavailableError(
            f"The pointer `{directory.current}` is damaged.",
            hint="Run `catalog-sync sync`: it publishes anew.",
        ) from error
    for name in names:
        if Path(name).name != name or not (directory.published / name).is_file():
            raise LakeUnavailableError(
                f"The published copy `{name}` is missing.", hint="Run `catalog-sync sync`: it publishes anew."
            )
    return publication


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
    after = Publication(
        snapshot_id=snapshot,
        lake_file=f"{number}.ducklake",
        search_file=f"{number}.search.duckdb",
        destinations=wanted,
    )
    with translated_errors("published"):
        _freeze_lake(writer, directory.published / after.lake_file)
        _freeze_search(writer, before, after)
    pointer = directory.current.with_suffix(".tmp")
    pointer.write_bytes(orjson.dumps(asdict(after), option=orjson.OPT_INDENT_2))
    replace_durably(pointer, directory.current)
    writer.connection.execute("DELETE FROM touched_products")
    writer.published_snapshot_id = snapshot
    _sweep(directory, keep={after.lake_file, after.search_file})
    return after


def _next_number(directory: DataDirectory) -> int:
    numbers = [
        int(name) for path in directory.published.iterdir() if (name := path.name.split(".")[0]).isdigit()
    ]
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


def _freeze_search(writer: LakeWriter, before: Publication | None, after: Publication) -> None:
    """Make the search copy; wide rows are read only for the products that changed when that is possible."""
    published, connection = writer.directory.published, writer.connection
    temporary = (published / after.search_file).with_suffix(".tmp")
    temporary.unlink(missing_ok=True)
    incremental = (
        before is not None
        and before.search_format == SEARCH_FORMAT
        and before.destinations == after.destinations
        and before.snapshot_id == writer.published_snapshot_id
    )
    if incremental and before is not None:
        shutil.copyfile(published / before.search_file, temporary)
    connection.execute(f"ATTACH {_quoted(temporary)} AS search")
    try:
        connection.execute("CREATE OR REPLACE TEMP TABLE search_destinations (destination VARCHAR)")
        connection.executemany(
            "INSERT INTO search_destinations VALUES (?)", [[name] for name in after.destinations]
        )
        connection.execute("BEGIN")
        connection.execute(sql_text("search_tables.sql"))
        if incremental:
            connection.execute(
                "CREATE OR REPLACE TEMP TABLE renewed AS SELECT DISTINCT feed_id FROM touched_products"
            )
            for table in ("synced_products", "catalog_products"):
                connection.execute(
                    f"DELETE FROM search.{table} WHERE feed_id IN (SELECT feed_id FROM renewed)"
                )
            condition = "AND feed_id IN (SELECT feed_id FROM renewed)"
        else:
            condition = ""
        connection.execute(sql_text("search_synced.sql").format(condition=condition))
        connection.execute(sql_text("search_catalog.sql").format(condition=condition))
        connection.execute("COMMIT")
        connection.execute("CHECKPOINT search")
    finally:
        connection.execute("DETACH search")
    replace_durably(temporary, published / after.search_file)


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
