from __future__ import annotations

import pytest

from syncengine.export.destinations.base import (
    BatchOutcome,
    ItemReceipt,
    Limits,
    Outcome,
    Receipt,
    accepted_except,
)


def test_every_item_gets_its_receipt_in_order() -> None:
    bad = ItemReceipt(index=1, outcome=Outcome.rejected, http_status=200, code="schema", message="no")
    receipts = accepted_except(3, [bad], http_status=200)
    assert [receipt.index for receipt in receipts] == [0, 1, 2]
    assert [receipt.outcome for receipt in receipts] == [Outcome.accepted, Outcome.rejected, Outcome.accepted]
    assert receipts[1] is bad


def test_only_an_answered_batch_has_item_receipts() -> None:
    receipts = accepted_except(1, [], http_status=200)
    assert Receipt(outcome=BatchOutcome.answered, items=receipts).items == receipts
    for outcome in set(BatchOutcome) - {BatchOutcome.answered}:
        assert Receipt(outcome=outcome).items == ()
        with pytest.raises(ValueError, match=outcome):
            Receipt(outcome=outcome, items=receipts)
    with pytest.raises(ValueError, match="answered"):
        Receipt(outcome=BatchOutcome.answered)


@pytest.mark.parametrize(("items", "size"), [(0, 100), (1, 1)])
def test_limits_that_no_batch_fits_are_refused(items: int, size: int) -> None:
    with pytest.raises(ValueError, match=str(size)):
        Limits(max_items=items, max_bytes=size)
