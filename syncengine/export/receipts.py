"""From committed receipts to what the lake folds: Arrow tables of ranges and rejections per outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from pathlib import Path

import pyarrow as pa

from syncengine.control.batches import BatchReceipt, OutboxRecord
from syncengine.feeds.registry import get_feed
from syncengine.lake.writer import FoldInput

_RANGES = pa.schema(
    [
        ("batch_number", pa.int32()),
        ("first_position", pa.int32()),
        ("end_position", pa.int32()),
        ("outcome", pa.string()),
        ("http_status", pa.int32()),
        ("request_id", pa.string()),
        ("message", pa.string()),
        ("attempts", pa.int32()),
        ("answered_at", pa.timestamp("us")),
    ]
)
_REJECTIONS = pa.schema(
    [("batch_number", pa.int32()), ("position", pa.int32()), ("code", pa.string()), ("message", pa.string())]
)


def fold_inputs(receipts: Sequence[BatchReceipt], outboxes: Sequence[OutboxRecord], data_dir: Path) -> list[FoldInput]:
    """What one fold takes, one entry per outbox that has answers; a split range is told by its parts alone."""
    by_outbox: Mapping[tuple[str, str], OutboxRecord] = {(box.destination, box.feed): box for box in outboxes}
    grouped: dict[tuple[str, str], list[BatchReceipt]] = {}
    for receipt in receipts:
        if receipt.outcome != "split":
            grouped.setdefault((receipt.destination, receipt.feed), []).append(receipt)
    return [
        FoldInput(
            feed=get_feed(feed),
            destination=destination,
            outbox=data_dir / by_outbox[destination, feed].path,
            ranges=_ranges(group),
            rejections=_rejections(group),
        )
        for (destination, feed), group in grouped.items()
    ]


def _ranges(receipts: Sequence[BatchReceipt]) -> pa.Table:
    rows = [
        {
            **{name: getattr(receipt, name) for name in _RANGES.names if name != "answered_at"},
            "answered_at": receipt.answered_at.astimezone(UTC).replace(tzinfo=None),
        }
        for receipt in receipts
    ]
    return pa.Table.from_pylist(rows, schema=_RANGES)


def _rejections(receipts: Sequence[BatchReceipt]) -> pa.Table:
    rows = [
        {"batch_number": receipt.batch_number, **rejection} for receipt in receipts for rejection in receipt.rejections
    ]
    return pa.Table.from_pylist(rows, schema=_REJECTIONS)
