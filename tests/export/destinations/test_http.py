"""What HTTP's answers and failures mean for a batch."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest

from syncengine.export.destinations.http import answered, outcome_of, packed, refusal_of_us, unanswered
from syncengine.transport import Answer, AnswerTooLargeError, ConnectionFailedError


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (400, "refused_whole"), (422, "refused_whole"), (413, "too_large"), (408, "retry"), (425, "retry"),
        (429, "retry"), (503, "retry"), (500, "unknown"), (502, "unknown"), (504, "unknown"), (204, "unknown"),
        (401, None), (403, None), (404, None), (301, None), (418, None),
    ],
)  # fmt: skip
def test_each_status_means_one_thing(status: int, outcome: str | None) -> None:
    assert outcome_of(status) == outcome


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ConnectionFailedError("canary", was_sent=True, reason="cut"), "unknown"),
        (ConnectionFailedError("canary", was_sent=False, reason="refused"), "retry"),
        (AnswerTooLargeError("canary"), "unknown"),
    ],
)
def test_only_what_surely_was_not_sent_is_surely_not_held(
    error: ConnectionFailedError | AnswerTooLargeError, outcome: str
) -> None:
    receipt = unanswered(error, lambda text: text.replace("canary", "***"))
    assert (receipt.outcome, receipt.message) == (outcome, "***")


def test_an_answer_keeps_its_status_its_time_and_how_long_to_wait() -> None:
    answer = Answer(status=503, headers={"Retry-After": "7"}, body=b"", elapsed_seconds=0.5, sent_at=datetime.now(UTC))
    outcome = outcome_of(503)
    assert outcome is not None
    receipt = answered(outcome, answer, said="503 busy", request_id="q", reason="not now")
    assert (receipt.http_status, receipt.request_id, receipt.message) == (503, "q", "not now (503 busy)")
    assert (receipt.retry_after_seconds, receipt.elapsed_seconds) == (7.0, 0.5)


def test_the_same_batch_is_the_same_bytes_on_the_wire() -> None:
    assert packed(b"[1]") == packed(b"[1]")
    assert gzip.decompress(packed(b"[1]")) == b"[1]"


def test_a_refusal_of_us_says_that_nothing_was_marked() -> None:
    error = refusal_of_us("services", "it answered 401", feed="products", status=401, hint="Check the API key.")
    assert "Nothing was marked" in error.message
    assert (error.feed, error.hint) == ("products", "Check the API key.")
