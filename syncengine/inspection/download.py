"""Tables as files to take away: CSV that no spreadsheet runs as formulas, Parquet, JSON; written batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import orjson
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from syncengine.errors import SettingsError

FORMATS = ("csv", "parquet", "json")
MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet", "json": "application/json"}
)
# a spreadsheet takes a cell for a formula that begins so, as some do after a line break or in full width
_FORMULA = r"^[=+\-@\t\r\n\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A table to take away: its columns, and its rows some thousands at a time; `name` is the file's, without ending.

    The rows are read while they are written out: take them once, and soon.
    """

    name: str
    schema: pl.Schema
    frames: Iterable[pl.DataFrame]

    def chunks(self, kind: str) -> Iterator[bytes]:
        """The file's bytes, piece by piece. Raises: SettingsError for a kind that is not one of FORMATS."""
        return file_chunks(self.frames, self.schema, kind)


def file_chunks(frames: Iterable[pl.DataFrame], schema: pl.Schema, kind: str) -> Iterator[bytes]:
    """Rows of one schema as the bytes of one file of a kind of FORMATS, no more of them in memory than one frame.

    CSV: lists are JSON text, and a text that a spreadsheet would take for a formula gets an apostrophe before it.
    Raises: SettingsError for any other kind.
    """
    writers: dict[str, Callable[..., Iterator[bytes]]] = {"csv": _csv, "parquet": _parquet, "json": _json}
    if kind not in writers:
        raise SettingsError(f"There is no format `{kind}`.", hint=f"There are: {', '.join(FORMATS)}.")
    return writers[kind](frames, schema)


def file_bytes(table: pl.DataFrame, kind: str) -> bytes:
    """The rows as one file of a kind of FORMATS. Raises: as `file_chunks`."""
    return b"".join(file_chunks([table], table.schema, kind))


def json_rows(table: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows as JSON objects: times as ISO 8601, decimals as numbers, UUIDs and the like as text."""
    rows: list[dict[str, Any]] = orjson.loads(file_bytes(table, "json"))
    return rows


# -- CSV --------------------------------------------------------------------------------------------------------------


def _csv(frames: Iterable[pl.DataFrame], schema: pl.Schema) -> Iterator[bytes]:
    yield _csv_text(pl.DataFrame([list(schema)], schema=[str(n) for n in range(len(schema))], orient="row"))
    for frame in frames:
        if len(frame):
            yield _csv_text(frame)


def _csv_text(table: pl.DataFrame) -> bytes:
    texts = [name for name, kind in table.schema.items() if kind == pl.String]
    lists = [name for name, kind in table.schema.items() if isinstance(kind, pl.List | pl.Struct | pl.Array)]
    flat = table.with_columns(
        pl.col(name).map_elements(_json_text, return_dtype=pl.String, skip_nulls=True) for name in lists
    )
    safe = flat.with_columns(
        pl.when(pl.col(name).str.contains(_FORMULA)).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name in texts
    )
    times = "%Y-%m-%dT%H:%M:%S%:z" if _has_zones(safe) else None
    return safe.write_csv(include_header=False, datetime_format=times).encode()


def _has_zones(table: pl.DataFrame) -> bool:
    return any(isinstance(kind, pl.Datetime) and kind.time_zone for kind in table.schema.values())


def _json_text(value: Any) -> str:
    return orjson.dumps(value.to_list() if isinstance(value, pl.Series) else value, default=str).decode()


# -- Parquet ----------------------------------------------------------------------------------------------------------


class _Drain:
    """A file that only grows and whose new bytes can be taken away; what a Parquet writer needs of a file."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._at = 0
        self.closed = False

    def write(self, content: Any) -> int:
        part = bytes(content)
        self._parts.append(part)
        self._at += len(part)
        return len(part)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        return None

    def close(self) -> None:
        self.closed = True

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _parquet(frames: Iterable[pl.DataFrame], schema: pl.Schema) -> Iterator[bytes]:
    columns = pl.DataFrame(schema=schema).to_arrow().schema
    drain = _Drain()
    with pq.ParquetWriter(pa.PythonFile(drain, mode="w"), columns, compression="zstd") as writer:
        for frame in frames:
            if len(frame):
                writer.write_table(frame.to_arrow().cast(columns))
                yield drain.take()
    yield drain.take()


# -- JSON -------------------------------------------------------------------------------------------------------------


def _json(frames: Iterable[pl.DataFrame], _: pl.Schema) -> Iterator[bytes]:
    before = b"["
    for frame in frames:
        if len(frame):
            rows = orjson.dumps(frame.to_dicts(), default=_plain, option=orjson.OPT_NON_STR_KEYS)
            yield before + rows[1:-1]
            before = b",\n"
    yield b"[]\n" if before == b"[" else b"]\n"


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else str(value)
