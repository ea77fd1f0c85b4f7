"""From receipts to what the lake folds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from syncengine.control.batches import BatchReceipt, OutboxRecord
from syncengine.export.receipts import fold_inputs

AT = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
RECEIPT = BatchReceipt(
    run_id="r-1", destination="d", feed="products", batch_number=0, first_position=0, end_position=10,
    outcome="answered", accepted=10, rejected=0, attempts=1, http_status=200, request_id="req", message=None,
    rejections=[], idempotency_key="k", elapsed_seconds=0.1, answered_at=AT, fold=1,
)  # fmt: skip
BOXES = [
    OutboxRecord(
        run_id="r-1", destination=destination, feed=feed, path=f"outbox/r-1/{destination}/{feed}.parquet", sha256="",
        items=10, batches=1,
    )
    for destination in ("d", "e")
    for feed in ("products", "prices")
]  # fmt: skip


def test_there_is_one_input_per_outbox_that_has_answers(tmp_path: Path) -> None:
    receipts = [RECEIPT, replace(RECEIPT, batch_number=1), replace(RECEIPT, destination="e", feed="prices")]

    inputs = fold_inputs(receipts, BOXES, tmp_path)

    found = {(item.destination, item.feed.name): (item.outbox, item.ranges.num_rows) for item in inputs}
    assert found == {
        ("d", "products"): (tmp_path / "outbox/r-1/d/products.parquet", 2),
        ("e", "prices"): (tmp_path / "outbox/r-1/e/prices.parquet", 1),
    }


def test_a_split_range_is_told_by_its_parts_alone(tmp_path: Path) -> None:
    receipts = [
        replace(RECEIPT, outcome="split", accepted=0),
        replace(RECEIPT, end_position=5, accepted=5),
        replace(RECEIPT, first_position=5, accepted=4, rejected=1,
                rejections=[{"position": 7, "code": "bad", "message": "no"}]),
    ]  # fmt: skip

    (found,) = fold_inputs(receipts, BOXES, tmp_path)

    assert [(row["first_position"], row["end_position"]) for row in found.ranges.to_pylist()] == [(0, 5), (5, 10)]
    assert found.rejections.to_pylist() == [{"batch_number": 0, "position": 7, "code": "bad", "message": "no"}]


def test_only_splits_are_nothing_to_fold(tmp_path: Path) -> None:
    assert fold_inputs([replace(RECEIPT, outcome="split")], BOXES, tmp_path) == []


def test_a_range_keeps_what_was_answered_and_when_in_utc(tmp_path: Path) -> None:
    unanswered = {"http_status": None, "request_id": None, "message": "no answer", "attempts": 6}
    receipt = replace(RECEIPT, outcome="retry", accepted=0, **unanswered)

    (found,) = fold_inputs([receipt], BOXES, tmp_path)

    assert found.ranges.to_pylist() == [
        {
            "batch_number": 0, "first_position": 0, "end_position": 10, "outcome": "retry", "http_status": None,
            "request_id": None, "message": "no answer", "attempts": 6, "answered_at": AT.replace(tzinfo=None),
        }
    ]  # fmt: skip
    assert found.rejections.num_rows == 0
