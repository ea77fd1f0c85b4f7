"""Short ways to read a source and to look at what was read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from syncengine.catalog import CatalogSource, StagedCatalog


def read(source: CatalogSource, staging: Path, **options: Any) -> StagedCatalog:
    options.setdefault("progress", lambda step: None)
    options.setdefault("should_stop", lambda: False)
    return source.read(staging, **options)


def product_ids(con: duckdb.DuckDBPyConnection, scope: str = "default") -> list[int]:
    query = "SELECT CAST(record->>'$.id' AS BIGINT) FROM records.products WHERE scope = ? ORDER BY 1"
    return [row[0] for row in con.execute(query, [scope]).fetchall()]
