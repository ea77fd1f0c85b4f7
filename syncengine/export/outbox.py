"""The outbox: the changeset being sent, an immutable Parquet file with batch numbers and idempotency keys.

Written once, made durable and fingerprinted before the first request; a killed run goes on from it. Its pages carry
checksums, and its SHA-256 stands in the control store.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from syncengine.changes.plan import ExportPlan
from syncengine.errors import StorageError
from syncengine.export.destinations.base import Limits
from syncengine.feeds.feed import Feed
from syncengine.lake.paths import replace_durably
from syncengine.lake.tables import table_name

_SQL = Path(__file__).parent / "sql"
_ROWS_AT_ONCE = 5_000
_BATCHES_PER_ROW_GROUP = 50
_DAMAGED = "The run is closed; the next sync plans anew from the catalog."


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """An outbox file: where it is, what it holds, and the fingerprint it must have."""

    feed: Feed
    destination: str
    path: Path
    sha256: str
    items: int
    batches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one request carries: payloads in order; positions count from 0 inside the batch.

    `is_delete`: the batch holds tombstones; these go before everything else of the feed.
    """

    number: int
    key: str
    is_delete: bool
    payloads: tuple[bytes, ...]

    def body(self, first: int = 0, end: int | None = None) -> bytes:
        """The JSON array of the payloads first..end (exclusive)."""
        return b"[" + b",".join(self.payloads[first:end]) + b"]"


def tombstone_expression(feed: Feed) -> str:
    """SQL for the tombstone of `item.payload`: identity and ids, `deleted`, and when ($at)."""
    names = [name for name in dict.fromkeys((*feed.minimal, *feed.identity)) if name != feed.modified_field]
    parts = [f"'{name}', json_extract(item.payload, '$.{name}')" for name in names]
    parts.append("'deleted', true")
    if feed.modified_field is not None:
        parts.append(f"'{feed.modified_field}', $at::VARCHAR")
    return f"json_object({', '.join(parts)})::VARCHAR"


def idempotency_key(*, destination: str, run_id: str, feed: str, batch_number: int, body: bytes) -> str:
    """SHA-256 of destination, run, feed, batch number and body: the same batch has it whenever it is sent."""
    digest = hashlib.sha256()
    for part in (destination, run_id, feed, str(batch_number)):
        digest.update(part.encode() + b"\n")
    digest.update(body)
    return digest.hexdigest()


def write_outbox(
    connection: duckdb.DuckDBPyConnection,
    plan: ExportPlan,
    *,
    path: Path,
    run_id: str,
    limits: Limits,
    at: datetime,
) -> Outbox:
    """Write what the plan sends to `path`, in batches within `limits`, tombstones first.

    One row per item: batch_number · position · idempotency_key · operation · hash_before · changed_paths and the feed's
    columns, with UUIDs as text. Memory is bounded by some thousand items.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_suffix(".tmp")
    writer: pq.ParquetWriter | None = None
    number = items = 0
    pending: list[pa.Table] = []
    try:
        for batch in planned_batches(connection, plan, limits=limits, at=at):
            payloads = payloads_of(batch)
            body = b"[" + b",".join(payloads) + b"]"
            key = idempotency_key(
                destination=plan.destination,
                run_id=run_id,
                feed=plan.feed.name,
                batch_number=number,
                body=body,
            )
            rows = len(batch)
            numbered = batch.add_column(0, "batch_number", pa.array(np.full(rows, number, dtype=np.int32)))
            numbered = numbered.add_column(1, "position", pa.array(np.arange(rows, dtype=np.int32)))
            numbered = numbered.add_column(2, "idempotency_key", pa.array([key] * rows, type=pa.string()))
            if writer is None:
                writer = pq.ParquetWriter(temporary, numbered.schema, compression="zstd", write_page_checksum=True)
            pending.append(numbered)
            number, items = number + 1, items + rows
            if len(pending) == _BATCHES_PER_ROW_GROUP:
                writer.write_table(pa.concat_tables(pending))
                pending = []
        if writer is not None and pending:
            writer.write_table(pa.concat_tables(pending))
    finally:
        if writer is not None:
            writer.close()
    if items != plan.sent:
        raise StorageError(f"The outbox of `{plan.feed.name}` holds {items:,} items where {plan.sent:,} were planned.")
    if writer is not None:
        replace_durably(temporary, path)
    return Outbox(
        feed=plan.feed,
        destination=plan.destination,
        path=path,
        sha256=file_sha256(path) if items else "",
        items=items,
        batches=number,
    )


def planned_batches(
    connection: duckdb.DuckDBPyConnection, plan: ExportPlan, *, limits: Limits, at: datetime
) -> Iterator[pa.Table]:
    """What the plan sends as tables of one batch each, tombstones first, in the order of the outbox."""
    return _batches(_rows(connection, plan, at), limits)


def payloads_of(batch: pa.Table) -> list[bytes]:
    """The payloads of a batch, in order."""
    return [value.as_buffer().to_pybytes() for value in batch.column("payload").combine_chunks()]


def _rows(connection: duckdb.DuckDBPyConnection, plan: ExportPlan, at: datetime) -> Iterator[tuple[bool, pa.Table]]:
    """The plan's rows as Arrow tables of some thousand rows, deletes first: (is_delete, rows)."""
    feed = plan.feed
    text = [
        f'item."{name}"::VARCHAR AS "{name}"' if kind == "UUID" else f'item."{name}"' for name, kind in feed.columns
    ]
    tombstone = [
        'NULL::VARCHAR AS "feed_hash"' if name == "feed_hash"
        else f'{tombstone_expression(feed)} AS "payload"' if name == "payload"
        else expression
        for (name, _), expression in zip(feed.columns, text, strict=True)
    ]  # fmt: skip
    names = {
        "plan": plan.table,
        "catalog": plan.catalog_table,
        "exported": table_name("exported", feed),
    }
    statements: list[tuple[bool, str, dict[str, str]]] = []
    if plan.removed:
        moment = {"destination": plan.destination}
        if feed.modified_field is not None:
            moment["at"] = f"{at:%Y-%m-%dT%H:%M:%S}+00:00"
        sql = (_SQL / "outbox_deletes.sql").read_text("utf-8").format(columns=", ".join(tombstone), **names)
        statements.append((True, sql, moment))
    if plan.sent > plan.removed:
        sql = (_SQL / "outbox_upserts.sql").read_text("utf-8").format(columns=", ".join(text), **names)
        statements.append((False, sql, {"destination": plan.destination}))
    for is_delete, sql, parameters in statements:
        reader = connection.execute(sql, parameters).to_arrow_reader(_ROWS_AT_ONCE)
        for record_batch in reader:
            yield is_delete, pa.Table.from_batches([record_batch])


def _batches(rows: Iterator[tuple[bool, pa.Table]], limits: Limits) -> Iterator[pa.Table]:
    """Cut rows into batches within the limits; tombstones and items never share one."""
    carried: pa.Table | None = None
    carried_is_delete = False
    for is_delete, table in rows:
        if carried is not None and is_delete != carried_is_delete:
            yield carried
            carried = None
        merged = table if carried is None else pa.concat_tables([carried, table])
        *full, carried = _cut(merged, limits)
        carried_is_delete = is_delete
        yield from full
    if carried is not None:
        yield carried


def _cut(table: pa.Table, limits: Limits) -> list[pa.Table]:
    """`table` as consecutive slices within the limits; an item alone above the byte limit gets a slice of its own."""
    sizes = pc.binary_length(table.column("payload")).to_numpy()
    return [table.slice(first, end - first) for first, end in pairwise([0, *batch_ends(sizes, limits)])]


def batch_ends(sizes: NDArray[np.integer[Any]], limits: Limits) -> list[int]:
    """Where each batch of items of these sizes (bytes) ends, in order."""
    ends = np.cumsum(sizes.astype(np.int64) + 1)
    found: list[int] = []
    first = 0
    while first < len(ends):
        start_bytes = ends[first - 1] if first else 0
        by_bytes = int(np.searchsorted(ends, start_bytes + limits.max_bytes - 1, side="right"))
        first = max(first + 1, min(first + limits.max_items, by_bytes))
        found.append(first)
    return found


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_outbox(outbox: Outbox) -> None:
    """Raises: StorageError when the file is gone or is not the one that was written; nothing of it is sent then."""
    if outbox.items == 0:
        return
    if not outbox.path.is_file() or file_sha256(outbox.path) != outbox.sha256:
        raise StorageError(
            f"The outbox `{outbox.path}` is missing or damaged.",
            hint=_DAMAGED,
        )


def _row_groups(path: Path) -> Iterator[pa.Table]:
    columns = ["batch_number", "idempotency_key", "operation", "payload"]
    try:
        file = pq.ParquetFile(path, page_checksum_verification=True)
        for group in range(file.num_row_groups):
            yield file.read_row_group(group, columns=columns)
    except (OSError, pa.ArrowInvalid) as error:
        raise StorageError(f"The outbox `{path}` cannot be read: {error}.", hint=_DAMAGED) from error


def read_batches(outbox: Outbox) -> Iterator[Batch]:
    """The batches of an outbox in order, some at a time in memory. Raises: StorageError when a page is damaged."""
    if outbox.items == 0:
        return
    for table in _row_groups(outbox.path):
        numbers = table.column("batch_number").to_numpy()
        edges = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(table)]
        for first, end in pairwise(edges):
            rows = table.slice(first, end - first)
            yield Batch(
                number=int(numbers[first]),
                key=rows.column("idempotency_key")[0].as_py(),
                is_delete=rows.column("operation")[0].as_py() == "delete",
                payloads=tuple(payloads_of(rows)),
            )
