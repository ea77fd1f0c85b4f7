"""Outboxes and receipts: committed before they count, folded once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from syncengine.control.batches import (
    BatchReceipt,
    OutboxRecord,
    list_folds,
    list_outboxes,
    list_receipts,
    open_fold,
    save_outboxes,
    save_receipt,
)
from syncengine.control.store import ControlStore
from syncengine.errors import ControlError

RECEIPT = BatchReceipt(
    run_id="r-1", destination="d", feed="products", batch_number=0, first_position=0, end_position=100,
    outcome="answered", accepted=99, rejected=1, attempts=2, http_status=200, request_id="req", message=None,
    rejections=[{"position": 7, "code": "invalid", "message": "bad"}], idempotency_key="k" * 64, elapsed_seconds=0.25,
    answered_at=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
)  # fmt: skip
BOX = OutboxRecord(
    run_id="r-1", destination="d", feed="products", path="outbox/x", sha256="0" * 64, items=100, batches=1
)


def test_a_receipt_comes_back_as_it_was_committed(store: ControlStore) -> None:
    with store.write() as connection:
        save_receipt(connection, RECEIPT)

    with store.read() as connection:
        assert list_receipts(connection, "r-1") == [RECEIPT]


def test_times_are_kept_in_utc_whatever_their_zone(store: ControlStore) -> None:
    moment = RECEIPT.answered_at.astimezone(timezone(timedelta(hours=5)))
    with store.write() as connection:
        save_receipt(connection, replace(RECEIPT, answered_at=moment))

    with store.read() as connection:
        (found,) = list_receipts(connection, "r-1")
    assert (found.answered_at, found.answered_at.tzinfo) == (RECEIPT.answered_at, UTC)


def test_a_time_without_a_zone_is_refused(store: ControlStore) -> None:
    with pytest.raises(Exception, match="without a zone"), store.write() as connection:
        save_receipt(connection, replace(RECEIPT, answered_at=datetime(2026, 1, 1)))


def test_the_same_range_cannot_be_receipted_twice(store: ControlStore) -> None:
    with store.write() as connection:
        save_receipt(connection, RECEIPT)

    with pytest.raises(ControlError), store.write() as connection:
        save_receipt(connection, replace(RECEIPT, accepted=0))

    with store.read() as connection:
        assert list_receipts(connection, "r-1") == [RECEIPT]


def test_receipts_come_by_batch_and_position_and_can_be_narrowed(store: ControlStore) -> None:
    wanted = [
        replace(RECEIPT, batch_number=0, first_position=0, end_position=50),
        replace(RECEIPT, batch_number=0, first_position=50, end_position=100),
        replace(RECEIPT, batch_number=1),
    ]
    others = [replace(RECEIPT, destination="e"), replace(RECEIPT, feed="prices"), replace(RECEIPT, run_id="r-2")]
    with store.write() as connection:
        for receipt in [*others, *wanted[::-1]]:
            save_receipt(connection, receipt)

    with store.read() as connection:
        assert list_receipts(connection, "r-1", destination="d", feed="products") == wanted
        assert len(list_receipts(connection, "r-1")) == 5


def test_outboxes_of_a_run_are_recorded_together(store: ControlStore) -> None:
    boxes = [BOX, replace(BOX, feed="prices"), replace(BOX, destination="e")]
    with store.write() as connection:
        save_outboxes(connection, [])
        save_outboxes(connection, boxes)

    with store.read() as connection:
        found = list_outboxes(connection, "r-1")
        assert sorted(found, key=str) == sorted(boxes, key=str)
        assert list_outboxes(connection, "r-2") == []


def test_one_outbox_that_stands_already_records_none(store: ControlStore) -> None:
    with store.write() as connection:
        save_outboxes(connection, [BOX])

    with pytest.raises(ControlError), store.write() as connection:
        save_outboxes(connection, [replace(BOX, feed="prices"), BOX])

    with store.read() as connection:
        assert list_outboxes(connection, "r-1") == [BOX]


def test_each_fold_takes_the_receipts_that_came_since_the_last(store: ControlStore) -> None:
    with store.write() as connection:
        assert open_fold(connection, "r-1") is None
        save_receipt(connection, RECEIPT)
        assert open_fold(connection, "r-1") == 1
        assert open_fold(connection, "r-1") is None
        save_receipt(connection, replace(RECEIPT, batch_number=1))
        save_receipt(connection, replace(RECEIPT, batch_number=2))
        save_receipt(connection, replace(RECEIPT, run_id="r-2"))
        assert open_fold(connection, "r-1") == 2

    with store.read() as connection:
        assert [(item.batch_number, item.fold) for item in list_receipts(connection, "r-1")] == [(0, 1), (1, 2), (2, 2)]
        assert list_folds(connection, "r-1") == [1, 2]
        assert list_folds(connection, "r-2") == []
