"""Tables as files to take away: CSV that no spreadsheet runs as formulas, Parquet, JSON."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import orjson
import polars as pl

FORMATS = ("csv", "parquet", "json")
_FORMULA = r"^[=+\-@\t\r]"


def file_bytes(table: pl.DataFrame, kind: str) -> bytes:
    """The rows as one file of a kind of FORMATS; a `KeyError` for any other.

    CSV: lists are JSON text, and a text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    return {"csv": _csv, "parquet": _parquet, "json": _json}[kind](table)


def json_rows(table: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows as JSON objects: times as ISO 8601, decimals as numbers, UUIDs and the like as text."""
    rows: list[dict[str, Any]] = orjson.loads(_json(table))
    return rows


def _csv(table: pl.DataFrame) -> bytes:
    texts = [name for name, kind in table.schema.items() if kind == pl.String]
    lists = [name for name, kind in table.schema.items() if isinstance(kind, pl.List | pl.Struct | pl.Array)]
    flat = table.with_columns(
        pl.col(name).map_elements(_json_text, return_dtype=pl.String, skip_nulls=True) for name in lists
    )
    safe = flat.with_columns(
        pl.when(pl.col(name).str.contains(_FORMULA)).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name in texts
    )
    return safe.write_csv(datetime_format="%Y-%m-%dT%H:%M:%S%:z" if _has_zones(safe) else None).encode()


def _has_zones(table: pl.DataFrame) -> bool:
    return any(isinstance(kind, pl.Datetime) and kind.time_zone for kind in table.schema.values())


def _json_text(value: Any) -> str:
    return orjson.dumps(value.to_list() if isinstance(value, pl.Series) else value, default=str).decode()


def _parquet(table: pl.DataFrame) -> bytes:
    target = io.BytesIO()
    table.write_parquet(target, compression="zstd")
    return target.getvalue()


def _json(table: pl.DataFrame) -> bytes:
    return orjson.dumps(table.to_dicts(), default=_plain, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS)


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else str(value)
