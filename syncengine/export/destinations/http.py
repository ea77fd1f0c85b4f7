"""What HTTP's answers and failures mean for a batch: one home for all destinations that speak it."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime

from syncengine.errors import DestinationRefusedError
from syncengine.export.destinations.base import BatchOutcome, Receipt
from syncengine.transport import Answer, AnswerTooLargeError, ConnectionFailedError, retry_after_seconds

GZIP_LEVEL = 3
MAX_BATCH_BYTES = 4 * 2**20
# An answer names at most the items of its batch; a page of held items may be a few MiB.
MAX_ANSWER_BYTES = 2 * 2**20
REFUSING_STATUSES = frozenset({400, 422})  # bad data, somewhere in the batch
WAIT_STATUSES = frozenset({408, 425, 429, 503})  # not taken: wait and send the same again
NO_ANSWER = (ConnectionFailedError, AnswerTooLargeError)


def packed(body: bytes) -> bytes:
    """`body` as gzip, without a time in it: the same batch is the same bytes on the wire, too."""
    return gzip.compress(body, GZIP_LEVEL, mtime=0)


def outcome_of(status: int) -> BatchOutcome | None:
    """What a status that is no success says of the batch; None: nothing of it, our credentials or address are wrong."""
    if status in REFUSING_STATUSES:
        return BatchOutcome.refused_whole
    if status == 413:
        return BatchOutcome.too_large
    if status in WAIT_STATUSES:
        return BatchOutcome.retry
    if status >= 500 or status < 300:
        return BatchOutcome.unknown
    return None


def unanswered(error: ConnectionFailedError | AnswerTooLargeError, redact: Callable[[str], str]) -> Receipt:
    """The receipt of a batch without a usable answer: unknown, unless the peer surely never saw it."""
    was_sent = not isinstance(error, ConnectionFailedError) or error.was_sent
    outcome = BatchOutcome.unknown if was_sent else BatchOutcome.retry
    return Receipt(outcome=outcome, message=redact(error.message))


def answered(outcome: BatchOutcome, answer: Answer, *, said: str, request_id: str | None, reason: str = "") -> Receipt:
    """The receipt of an answer that settles no item; `said` is its text for people, without secrets."""
    return Receipt(
        outcome=outcome,
        request_id=request_id,
        http_status=answer.status,
        message=f"{reason} ({said})" if reason else said,
        retry_after_seconds=retry_after_seconds(answer, now=datetime.now(UTC)),
        elapsed_seconds=answer.elapsed_seconds,
    )


def refusal_of_us(name: str, text: str, *, feed: str, status: int | None, hint: str | None) -> DestinationRefusedError:
    """The error that stops a destination: it will take nothing from us as we are."""
    message = f"The destination `{name}` refused us: {text}. Nothing was marked."
    return DestinationRefusedError(message, hint=hint, feed=feed, http_status=status)
