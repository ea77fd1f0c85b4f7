"""Sending an outbox: batches to the destination, a receipt committed for each answer before the next batch goes.

A batch that nobody answered for is sent again with the same key and bytes. One that was refused without naming the
bad item is split in halves, down to the item. What the receipts cover already is not sent again, so that a killed run
goes on where it was.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from random import uniform
from typing import Any

from syncengine.control.batches import BatchReceipt
from syncengine.errors import DestinationUnreachableError, SyncInterruptedError
from syncengine.export.budget import DayBudgetSpentError
from syncengine.export.destinations.base import BatchOutcome, Destination, ItemReceipt, Outcome, Receipt
from syncengine.export.outbox import Batch, Outbox, idempotency_key, read_batches
from syncengine.traffic import TRAFFIC

ATTEMPTS = 6
WAIT_BASE_SECONDS = 0.5
WAIT_CAP_SECONDS = 30.0
RETRY_AFTER_CAP_SECONDS = 120.0
PATIENCE_SECONDS = 300.0  # waiting for one batch, all its attempts together; then it is for the next run
PAUSE_STEP_SECONDS = 1.0  # how long a stop may go unnoticed while waiting
BREAKER_BATCHES = 5  # consecutive batches nobody took: the feed stops, the rest waits
_UNNAMED = (BatchOutcome.refused_whole.value, BatchOutcome.too_large.value)


@dataclass(slots=True, kw_only=True)
class SendTally:
    """What sending an outbox came to so far, in feed items; `requests` counts attempts on the wire."""

    accepted: int = 0
    rejected: int = 0
    requests: int = 0
    failed_in_a_row: int = 0
    stopped_because: str | None = None
    error: Exception | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """Everything one outbox is sent with.

    `commit` makes a receipt durable; `should_stop` is asked between batches, and keeps its
    asker waiting while the run is paused.
    """

    outbox: Outbox
    destination: Destination
    run_id: str
    sequence: int
    receipts: Sequence[BatchReceipt]
    commit: Callable[[BatchReceipt], None]
    progress: Callable[[SendTally], None]
    should_stop: Callable[[], bool]
    connections: int = 2
    sleep: Callable[[float], None] = time.sleep
    tally: SendTally = field(default_factory=SendTally)
    lock: threading.Lock = field(default_factory=threading.Lock)


def send_outbox(sending: Sending) -> SendTally:
    """Send what has no receipt yet: first all tombstones, then the items, `connections` batches at a time.

    Returns the tally of the whole outbox, earlier receipts included. Raises: DestinationRefusedError or KeyReusedError
    when the destination will take nothing; what was acknowledged by then keeps its receipts.
    """
    known = {
        (receipt.batch_number, receipt.first_position, receipt.end_position): receipt for receipt in sending.receipts
    }
    for receipt in sending.receipts:
        _count(sending.tally, receipt)
    sending.tally.failed_in_a_row = 0
    batches = read_batches(sending.outbox)
    with ThreadPoolExecutor(sending.connections, thread_name_prefix="send") as workers:
        for _, phase in groupby(batches, key=lambda batch: batch.is_delete):
            _send_phase(sending, workers, phase, known)
    if sending.tally.error is not None:
        raise sending.tally.error
    return sending.tally


def _send_phase(
    sending: Sending,
    workers: ThreadPoolExecutor,
    phase: Iterable[Batch],
    known: dict[tuple[int, int, int], BatchReceipt],
) -> None:
    """Send the batches of one phase and wait for all of them: the next phase may depend on these."""
    running: set[Future[None]] = set()
    for batch in phase:
        if len(running) >= sending.connections:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
        if sending.tally.stopped_because is not None or sending.should_stop():
            sending.tally.stopped_because = sending.tally.stopped_because or "stopped on request"
            break
        running.add(workers.submit(_send_batch, sending, batch, known))
    for future in running:
        future.result()


def _send_batch(sending: Sending, batch: Batch, known: dict[tuple[int, int, int], BatchReceipt]) -> None:
    """Send one batch, splitting it as needed, until each position has a receipt."""
    parts = [(0, len(batch.payloads))]
    accepted = sent_now = 0
    refused: str | None = None
    while parts:
        first, end = parts.pop()
        earlier = known.get((batch.number, first, end))
        if earlier is None:
            if sending.tally.stopped_because is not None:
                return
            earlier = _send_part(sending, batch, first, end)
            if earlier is None:
                return
            sent_now += 1
        accepted += earlier.accepted
        if earlier.outcome == "split":
            refused = refused or earlier.message or "refused"
            middle = (first + end) // 2
            parts += [(middle, end), (first, middle)]
    if refused is not None and sent_now and not accepted:
        # bisected down to its items and none was taken: the destination, not an item, is at fault
        with sending.lock:
            sending.tally.failed_in_a_row += 1
            _break_if_nothing_is_taken(sending, refused)


def _send_part(sending: Sending, batch: Batch, first: int, end: int) -> BatchReceipt | None:
    """Try one range until it is answered, and commit its receipt; None when sending had to stop without one."""
    whole = (first, end) == (0, len(batch.payloads))
    body = batch.body(first, end)
    limits = sending.destination.limits(sending.outbox.feed)
    key = batch.key
    if not whole:
        key = idempotency_key(
            destination=sending.outbox.destination, run_id=sending.run_id, feed=sending.outbox.feed.name,
            batch_number=batch.number, body=body,
        )  # fmt: skip
    if end - first == 1 and len(body) > limits.max_bytes:
        message = f"the item alone has {len(body):,} bytes; the destination takes {limits.max_bytes:,}"
        rejection = ItemReceipt(index=0, outcome=Outcome.rejected, http_status=None, code="too_large", message=message)
        answer, attempts = _local_answer(rejection), 0
    else:
        tried = _attempts(sending, body, end - first, key)
        if tried is None:
            return None
        answer, attempts = tried
    receipt = _receipt(sending, batch, first, end, key, answer, attempts)
    with sending.lock:
        sending.commit(receipt)
        _count(sending.tally, receipt)
        _break_if_nothing_is_taken(sending, receipt.message)
        sending.progress(sending.tally)
    return receipt


def _break_if_nothing_is_taken(sending: Sending, message: str | None) -> None:
    """Stop after so many failed batches in a row; call it under the lock."""
    if sending.tally.failed_in_a_row < BREAKER_BATCHES or sending.tally.stopped_because is not None:
        return
    sending.tally.stopped_because = f"{BREAKER_BATCHES} batches in a row were not taken: {message}"
    sending.tally.error = DestinationUnreachableError(
        f"The destination `{sending.destination.name}` took none of {BREAKER_BATCHES} batches in a row: {message}.",
        hint="What was acknowledged is kept; the rest waits for the next run.",
        feed=sending.outbox.feed.name,
    )


def _attempts(sending: Sending, body: bytes, items: int, key: str) -> tuple[Receipt, int] | None:
    """Up to six attempts with full jitter; None when another worker hit something final, or a stop was asked."""
    answer: Receipt | None = None
    waited = 0.0
    for attempt in range(1, ATTEMPTS + 1):
        try:
            answer = sending.destination.send(
                sending.outbox.feed.name, body, items=items, key=key, sequence=sending.sequence
            )
        except Exception as error:  # noqa: BLE001 - kept for the caller: it is raised when all workers are done
            with sending.lock:
                sending.tally.requests += not isinstance(error, DayBudgetSpentError | SyncInterruptedError)
                sending.tally.stopped_because = sending.tally.stopped_because or str(error)
                sending.tally.error = sending.tally.error or error
            return None
        with sending.lock:
            sending.tally.requests += 1
        answer = _complete(answer, items)
        if answer.outcome not in ("retry", "unknown"):
            return answer, attempt
        seconds = _wait_seconds(answer, attempt)
        waited += seconds
        if attempt == ATTEMPTS or waited > PATIENCE_SECONDS:
            break
        if not _pause(sending, seconds):
            return None
        TRAFFIC.count_retry()
    assert answer is not None
    return answer, attempt


def _complete(answer: Receipt, items: int) -> Receipt:
    """`answer`, or unknown when it does not say of each item that it was accepted or rejected."""
    if answer.outcome != "answered":
        return answer
    final = (Outcome.accepted, Outcome.rejected)
    if len(answer.items) == items and all(item.outcome in final for item in answer.items):
        return answer
    message = f"the answer does not tell what became of each of {items} items"
    return replace(answer, outcome=BatchOutcome.unknown, items=(), message=message)


def _pause(sending: Sending, seconds: float) -> bool:
    """Wait, in steps, so that a stop is noticed soon; False when one was asked for."""
    left = seconds
    while not sending.should_stop() and sending.tally.stopped_because is None:
        if left <= 0:
            return True
        step = min(left, PAUSE_STEP_SECONDS)
        sending.sleep(step)
        left -= step
    return False


def _wait_seconds(answer: Receipt, attempt: int) -> float:
    if answer.retry_after_seconds is not None:
        return min(answer.retry_after_seconds, RETRY_AFTER_CAP_SECONDS)
    return uniform(0, min(WAIT_CAP_SECONDS, WAIT_BASE_SECONDS * 2**attempt))


def _local_answer(rejection: ItemReceipt) -> Receipt:
    return Receipt(
        outcome=BatchOutcome.answered, items=(rejection,), request_id=None, http_status=None, message=rejection.message,
        retry_after_seconds=None, elapsed_seconds=0.0,
    )  # fmt: skip


def _receipt(
    sending: Sending, batch: Batch, first: int, end: int, key: str, answer: Receipt, attempts: int
) -> BatchReceipt:
    """The receipt to commit for an answer; a refused single item is rejected, a refused range is split."""
    items = answer.items
    outcome: str = answer.outcome
    if outcome in _UNNAMED:
        if end - first == 1:
            outcome = "answered"
            items = (
                ItemReceipt(
                    index=0, outcome=Outcome.rejected, http_status=answer.http_status,
                    code=answer.outcome, message=answer.message,
                ),
            )  # fmt: skip
        else:
            outcome = "split"
    rejections: list[dict[str, Any]] = [
        {"position": first + item.index, "code": item.code, "message": item.message}
        for item in items
        if outcome == "answered" and item.outcome is Outcome.rejected
    ]
    answered = outcome == "answered"
    return BatchReceipt(
        run_id=sending.run_id,
        destination=sending.outbox.destination,
        feed=sending.outbox.feed.name,
        batch_number=batch.number,
        first_position=first,
        end_position=end,
        outcome=outcome,
        accepted=(end - first - len(rejections)) if answered else 0,
        rejected=len(rejections),
        attempts=attempts,
        http_status=answer.http_status,
        request_id=answer.request_id,
        message=answer.message,
        rejections=rejections,
        idempotency_key=key,
        elapsed_seconds=round(answer.elapsed_seconds, 4),
        answered_at=datetime.now(UTC),
    )


def _count(tally: SendTally, receipt: BatchReceipt) -> None:
    tally.accepted += receipt.accepted
    tally.rejected += receipt.rejected
    if receipt.outcome in ("retry", "unknown"):
        tally.failed_in_a_row += 1
    elif receipt.outcome == "answered" and not _refused_alone(receipt):
        tally.failed_in_a_row = 0


def _refused_alone(receipt: BatchReceipt) -> bool:
    """A single item that came out of a split and was refused like the whole: it says nothing about the others."""
    return receipt.accepted == 0 and any(item["code"] in _UNNAMED for item in receipt.rejections)
