"""What is damaged or left over in a lake, found without writing to it: beside an engine, or before one can start."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from syncengine.errors import LakeError
from syncengine.lake.checksums import recorded_checksums
from syncengine.lake.extension import connect_with_ducklake
from syncengine.lake.names import sql_text
from syncengine.lake.paths import DataDirectory
from syncengine.lake.publication import file_sha256

_MAGIC = b"DUCK"
_CAREFUL: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "256MB",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeFile:
    """A Parquet file that the lake's catalog names; `table` is schema and table."""

    path: Path
    bytes: int
    table: str


def is_database(place: Path) -> bool:
    """Whether a file begins as DuckDB's do; anything else would have DuckDB look for a fitting extension."""
    with place.open("rb") as file:
        return file.read(12)[8:] == _MAGIC


@contextmanager
def _opened(place: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    problem = f"The lake's catalog `{place}` cannot be read"
    try:
        if not is_database(place):
            raise LakeError(f"{problem}: it is no DuckDB file.")
        with closing(duckdb.connect(config=_CAREFUL)) as connection:
            quoted = str(place).replace("'", "''")
            connection.execute(f"ATTACH '{quoted}' AS metadata (READ_ONLY)")
            yield connection
    except (duckdb.Error, OSError) as error:
        raise LakeError(f"{problem}: {str(error).splitlines()[0]}") from error


def named_files(directory: DataDirectory, catalog: Path) -> list[LakeFile]:
    """Every file that a catalog names, for any snapshot. Raises: LakeError when the catalog cannot be read."""
    with _opened(catalog) as connection:
        rows = connection.execute(sql_text("named_files.sql")).fetchall()
    return [LakeFile(path=directory.lake_files / path, bytes=size, table=table) for path, size, table in rows]


def file_damage(directory: DataDirectory, file: LakeFile, recorded: dict[str, str]) -> str | None:
    """What is wrong with a file, read in full: against its fingerprint, or column by column where it has none."""
    try:
        size = file.path.stat().st_size
    except FileNotFoundError:
        return "is missing"
    if size != file.bytes:
        return f"has {size:,} bytes instead of {file.bytes:,}"
    known = recorded.get(str(file.path.relative_to(directory.lake_files)))
    if known is not None:
        return None if file_sha256(file.path) == known else "is not the file that was written"
    return _unreadable(file.path)


def _unreadable(path: Path) -> str | None:
    with closing(duckdb.connect(config=_CAREFUL)) as connection:
        try:
            # count(*) would be answered from the footer: every column has to be read
            connection.execute("SELECT bit_xor(hash(COLUMNS(*))) FROM read_parquet(?)", [str(path)]).fetchall()
        except duckdb.Error as error:
            return f"cannot be read: {str(error).splitlines()[0]}"
    return None


def damaged_files(directory: DataDirectory, catalog: Path) -> Iterator[tuple[LakeFile, str]]:
    """The files that a catalog names and that are damaged, each with what is wrong. Raises: as `named_files`."""
    recorded = recorded_checksums(directory)
    for file in named_files(directory, catalog):
        wrong = file_damage(directory, file, recorded)
        if wrong is not None:
            yield file, wrong


def orphans(directory: DataDirectory, catalog: Path) -> list[Path]:
    """Parquet files that a catalog neither names nor has let go of. Raises: as `named_files`."""
    named = {file.path for file in named_files(directory, catalog)}
    with _opened(catalog) as connection:
        rows = connection.execute("SELECT path FROM metadata.ducklake_files_scheduled_for_deletion").fetchall()
    named |= {directory.lake_files / path for (path,) in rows}
    return sorted(path for path in directory.lake_files.rglob("*.parquet") if path not in named)


def can_be_attached(place: Path) -> str | None:
    """None when a DuckLake catalog can be attached, else why not. Nothing is written."""
    try:
        if not is_database(place):
            return "it is no DuckDB file"
        with closing(connect_with_ducklake(_CAREFUL)) as connection:
            quoted = str(place).replace("'", "''")
            connection.execute(f"ATTACH 'ducklake:{quoted}' AS looked_at (READ_ONLY)")
            connection.execute("SELECT count(*) FROM ducklake_snapshots('looked_at')").fetchall()
    except (duckdb.Error, OSError) as error:
        return str(error).splitlines()[0]
    return None
