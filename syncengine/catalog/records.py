"""The staged files as DuckDB views, one per entity, read when they are queried."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

from syncengine.catalog.staged import ENTITIES, StagedCatalog, StagedPart

# DuckDB allocates read buffers of the largest object it must expect, so the limit follows the files
_SMALLEST_OBJECT_BYTES = 2**20
_LINES_OBJECT_BYTES = 32 * 2**20


def create_record_views(con: duckdb.DuckDBPyConnection, staged: StagedCatalog) -> None:
    """Views `records.<entity>` (scope VARCHAR, record JSON), all of ENTITIES, and table `records.offered`.

    Scope: a store view or website code, 'all' for the admin scope, '' for what holds everywhere.
    Rows: one per record in no order; empty when the source has none.
    """
    con.execute("CREATE SCHEMA IF NOT EXISTS records")
    for entity in ENTITIES:
        create_view(con, f"records.{entity}", [part for part in staged.parts if part.entity == entity])
    con.execute("CREATE OR REPLACE TABLE records.offered (entity VARCHAR, offered BOOLEAN)")
    con.executemany(
        "INSERT INTO records.offered VALUES (?, ?)",
        [[entity, bool(staged.offered.get(entity, False))] for entity in ENTITIES],
    )


def create_view(
    con: duckdb.DuckDBPyConnection, name: str, parts: Iterable[StagedPart], *, with_files: bool = False
) -> None:
    """A view `name` (scope VARCHAR, record JSON) of the parts' files; empty when there are none.

    `with_files`: a third column `filename` says which file a record is from.
    """
    body = "\nUNION ALL ".join(_select(part, with_files=with_files) for part in parts if part.files)
    origin = ", ''::VARCHAR AS filename" * with_files
    empty = f"SELECT ''::VARCHAR AS scope, NULL::JSON AS record{origin} WHERE false"
    con.execute(f"CREATE OR REPLACE VIEW {name} AS {body or empty}")


def _select(part: StagedPart, *, with_files: bool) -> str:
    """A query for the part's records. A view takes no parameters: scope and paths are our own, and quoted."""
    origin = ", filename" * with_files
    lines: list[Path] = []
    arrays: list[Path] = []
    pages: list[Path] = []
    tables = [file for file in part.files if file.suffix == ".parquet"]
    for file in part.files:
        if file in tables:
            continue
        (lines if ".jsonl" in file.suffixes else arrays if _is_array(file) else pages).append(file)
    scope = _quoted(part.scope)
    selects = []
    if lines:
        selects.append(
            f"SELECT {scope} AS scope, json AS record{origin} FROM read_json_objects({_listed(lines)}, "
            f"format = 'newline_delimited', maximum_object_size = {_LINES_OBJECT_BYTES})"
        )
    for file in tables:
        # a file of records has them in a column of that name; any other has a column for each of their fields
        column = "record::JSON" if _columns(file) == ["record"] else "to_json(file)"
        selects.append(
            f"SELECT {scope} AS scope, {column} AS record{origin} FROM read_parquet({_listed([file])}) AS file"
        )
    for path, files in (("$[*]", arrays), ("$.items[*]", pages)):
        if files:
            largest = max(_SMALLEST_OBJECT_BYTES, *(file.stat().st_size + 1024 for file in files))
            selects.append(
                f"SELECT {scope} AS scope, unnest(json_extract(json, '{path}')) AS record{origin} "
                f"FROM read_json_objects({_listed(files)}, format = 'unstructured', "
                f"maximum_object_size = {largest})"
            )
    return "\nUNION ALL ".join(selects)


def _columns(file: Path) -> list[str]:
    with duckdb.connect() as con:
        found = con.execute("SELECT name FROM parquet_schema($file)", {"file": str(file)}).fetchall()
    return [row[0] for row in found[1:]]


def _is_array(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(64).lstrip().startswith(b"[")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _listed(files: Iterable[Path]) -> str:
    # a path is no pattern: DuckDB would expand these three
    escaped = ("".join(f"[{c}]" if c in "*?[" else c for c in str(file)) for file in files)
    return "[" + ", ".join(map(_quoted, escaped)) + "]"
