"""Finding and loading the DuckLake extension: the one packed for pip, else DuckDB's own installer."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import duckdb

from syncengine.errors import LakeError


def _packed_extension() -> Path | None:
    try:
        root = resources.files("duckdb_extension_ducklake")
    except ModuleNotFoundError:
        return None
    found = Path(str(root)) / "extensions" / f"v{duckdb.__version__}" / "ducklake.duckdb_extension"
    return found if found.is_file() else None


def load_ducklake(connection: duckdb.DuckDBPyConnection) -> None:
    """Load DuckLake into `connection`, without any download when the packed extension is installed.

    Raises: LakeError when neither the packed extension nor DuckDB's installer works.
    """
    packed = _packed_extension()
    try:
        if packed is not None:
            connection.execute(f"LOAD '{str(packed).replace(chr(39), chr(39) * 2)}'")
        else:
            connection.execute("INSTALL ducklake; LOAD ducklake")
    except duckdb.Error as error:
        raise LakeError(
            f"The DuckLake extension for DuckDB {duckdb.__version__} could not be loaded: {error}.",
            hint=f"Run `pip install duckdb-extension-ducklake=={duckdb.__version__}`.",
        ) from None
