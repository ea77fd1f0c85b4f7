"""Finding and loading the DuckLake extension: the one packed for pip, else DuckDB's own installer."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import duckdb

from syncengine.errors import LakeError

Config = Mapping[str, str | bool | int | float | list[str]]
_verified: set[tuple[object, ...]] = set()  # the packed files whose signature this process has seen to be DuckDB's


def connect_with_ducklake(config: Config) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that has loaded DuckLake, without any download when the packed extension is installed.

    DuckDB verifies the extension's signature each time it loads it, which takes longer than all else that opens a lake.
    A process has the same file verified once; its other databases load it unverified, and nothing else that is not
    signed.

    Raises: LakeError when neither the packed extension nor DuckDB's installer works.
    """
    packed = _packed_extension()
    if packed is None:
        return _connected(config, "INSTALL ducklake; LOAD ducklake")
    load = f"LOAD '{str(packed).replace(chr(39), chr(39) * 2)}'"
    identity = _identity(packed)
    if identity in _verified:
        return _connected(
            {**config, "allow_unsigned_extensions": True}, f"{load}; SET allow_unsigned_extensions = false"
        )
    connection = _connected(config, load)
    _verified.add(identity)
    return connection


def _packed_extension() -> Path | None:
    try:
        root = resources.files("duckdb_extension_ducklake")
    except ModuleNotFoundError:
        return None
    found = Path(str(root)) / "extensions" / f"v{duckdb.__version__}" / "ducklake.duckdb_extension"
    return found if found.is_file() else None


def _identity(file: Path) -> tuple[object, ...]:
    """What another file in its place, or another content, would have otherwise."""
    found = file.stat()
    return file, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _connected(config: Config, load: str) -> duckdb.DuckDBPyConnection:
    with contextlib.ExitStack() as undo:
        connection = undo.enter_context(contextlib.closing(duckdb.connect(config={**config})))
        try:
            connection.execute(load)
        except duckdb.Error as error:
            raise LakeError(
                f"The DuckLake extension for DuckDB {duckdb.__version__} could not be loaded: {error}.",
                hint=f"Run `pip install duckdb-extension-ducklake=={duckdb.__version__}`.",
            ) from None
        undo.pop_all()
    return connection
