"""Sending: every outcome of a batch, and what is known afterwards."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest
from support.destinations import Request, ScriptedDestination, accepted, not_taken
from support.items import PRODUCTS, product
from support.lakes import NOW, memory_lake, put, put_exported

from syncengine.changes.plan import Selection, plan_export
from syncengine.control.batches import BatchReceipt
from syncengine.errors import DestinationRefusedError, DestinationUnreachableError, KeyReusedError
from syncengine.export.destinations.base import (
    BatchOutcome,
    ItemReceipt,
    Limits,
    Outcome,
    Receipt,
    accepted_except,
)
from syncengine.export.outbox import Outbox, idempotency_key, read_batches, write_outbox
from syncengine.export.sender import (
    ATTEMPTS,
    BREAKER_BATCHES,
    PATIENCE_SECONDS,
    RETRY_AFTER_CAP_SECONDS,
    WAIT_CAP_SECONDS,
    Sending,
    SendTally,
    send_outbox,
)

Script = Callable[[Request], Receipt]


@pytest.fixture
def lake() -> Iterator[duckdb.DuckDBPyConnection]:
    """The lake's tables, empty."""
    connection = memory_lake(PRODUCTS)
    yield connection
    connection.close()


@dataclass(slots=True)
class Desk:
    """An outbox, the receipts committed so far, and how long sending slept."""

    outbox: Outbox
    receipts: list[BatchReceipt] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    tally: SendTally = field(default_factory=SendTally)

    def send(
        self,
        destination: ScriptedDestination,
        *,
        connections: int = 1,
        should_stop: Callable[[], bool] = lambda: False,
        commit: Callable[[BatchReceipt], None] | None = None,
    ) -> SendTally:
        """Send what has no receipt yet."""
        self.tally = SendTally()
        return send_outbox(
            Sending(
                outbox=self.outbox, destination=destination, run_id="r-1", sequence=7, receipts=list(self.receipts),
                commit=commit or self.receipts.append, progress=lambda tally: None, should_stop=should_stop,
                connections=connections, sleep=self.slept.append, tally=self.tally,
            )
        )  # fmt: skip

    def covered(self) -> list[tuple[int, int, int]]:
        """The ranges that were answered, in order."""
        return sorted(
            (item.batch_number, item.first_position, item.end_position)
            for item in self.receipts
            if item.outcome != "split"
        )


def desk(
    lake: duckdb.DuckDBPyConnection, place: Path, items: int, *, per_batch: int = 100, removed: Sequence[str] = ()
) -> Desk:
    """A desk with an outbox of `items` new products s-000, s-001 …, and of tombstones."""
    put(lake, "catalog", PRODUCTS, [product(f"s-{n:03}") for n in range(items)])
    put_exported(lake, [product(sku) for sku in removed])
    plan = plan_export(lake, PRODUCTS, "d", now=NOW, selection=Selection())
    limits = Limits(max_items=per_batch, max_bytes=2**20)
    return Desk(write_outbox(lake, plan, path=place / "products.parquet", run_id="r-1", limits=limits, at=NOW))


def test_an_accepted_batch_has_one_receipt_for_all_its_items(lake: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    at = desk(lake, tmp_path, 3)
    (batch,) = read_batches(at.outbox)
    destination = ScriptedDestination()

    tally = at.send(destination)

    (request,) = destination.requests
    assert (request.feed, request.body, request.items, request.key, request.sequence) == (
        "products", batch.body(), 3, batch.key, 7,
    )  # fmt: skip
    (receipt,) = at.receipts
    assert (receipt.outcome, receipt.accepted, receipt.rejected, receipt.attempts) == ("answered", 3, 0, 1)
    assert (receipt.first_position, receipt.end_position, receipt.request_id) == (0, 3, "req-0")
    assert (receipt.idempotency_key, receipt.answered_at.tzinfo is not None) == (batch.key, True)
    assert (tally.accepted, tally.rejected, tally.requests, tally.stopped_because) == (3, 0, 1, None)


def test_named_bad_items_are_rejected_and_the_others_accepted(lake: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    at = desk(lake, tmp_path, 5)
    destination = ScriptedDestination(lambda request: accepted(request, "s-001", "s-003"))

    tally = at.send(destination)

    (receipt,) = at.receipts
    assert (receipt.accepted, receipt.rejected, tally.accepted, tally.rejected) == (3, 2, 3, 2)
    named = {destination.requests[0].skus[item["position"]]: item["message"] for item in receipt.rejections}
    assert named == {"s-001": "bad s-001", "s-003": "bad s-003"}
    assert len(destination.requests) == 1


def test_one_unnamed_bad_item_of_500_is_found_in_few_requests(lake: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    at = desk(lake, tmp_path, 500, per_batch=500)
    destination = ScriptedDestination(
        lambda request: not_taken("refused_whole", status=422) if "s-137" in request.skus else accepted(request)
    )

    tally = at.send(destination)

    assert (tally.accepted, tally.rejected) == (499, 1)
    assert len(destination.requests) <= 2 * math.ceil(math.log2(500)) + 1
    (bad,) = [receipt for receipt in at.receipts if receipt.rejected]
    assert (bad.end_position - bad.first_position, bad.rejections[0]["code"]) == (1, "refused_whole")
    assert destination.requests[0].skus[bad.first_position] == "s-137"
    ranges = at.covered()
    assert [first for _, first, _ in ranges] == [0, *(end for _, _, end in ranges[:-1])]
    assert ranges[-1][2] == 500


def test_each_part_of_a_split_batch_has_a_key_of_its_own_bytes(lake: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    at = desk(lake, tmp_path, 4)
    destination = ScriptedDestination(
        lambda request: not_taken("too_large", status=413) if request.items > 2 else accepted(request)
    )

    at.send(destination)

    parts = destination.requests[1:]
    assert [request.items for request in parts] == [2, 2]
    for request in parts:
        assert request.key == idempotency_key(
            destination="d", run_id="r-1", feed="products", batch_number=0, body=request.body
        )
    assert len({request.key for request in destination.requests}) == 3


def test_an_item_alone_above_the_limit_is_rejected_without_a_request(
    lake: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    put(lake, "catalog", PRODUCTS, [product("big", name="x" * 5000)])
    at = desk(lake, tmp_path, 0)
    destination = ScriptedDestination(max_bytes=1000)

    tally = at.send(destination)

    assert (tally.rejected, tally.requests, destination.requests) == (1, 0, [])
    assert at.receipts[0].rejections[0]["code"] == "too_large"
    assert "the destination takes 1,000" in at.receipts[0].rejections[0]["message"]


@pytest.mark.parametrize("outcome", ["retry", "unknown"])
def test_a_batch_nobody_answered_for_is_sent_again_with_the_same_key_and_bytes(
    lake: duckdb.DuckDBPyConnection, tmp_path: Path, outcome: str
) -> None:
    at = desk(lake, tmp_path, 3)
    destination = ScriptedDestination(lambda request: not_taken(outcome) if request.number < 3 else accepted(request))

    tally = at.send(destination)

    assert len({(request.key, request.body) for request in destination.requests}) == 1
    assert (len(destination.requests), tally.accepted, at.receipts[0].attempts) == (4, 3, 4)


@pytest.mark.parametrize("outcome", ["retry", "unknown"])
def test_after_six_attempts_the_batch_is_left_for_the_next_run(
    lake: duckdb.DuckDBPyConnection, tmp_path: Path, outcome: str
) -> None:
    at = desk(lake, tmp_path, 3)
    destination = ScriptedDestination(lambda request: not_taken(outcome))

    tally = at.send(destination)

    (receipt,) = at.receipts
    assert (receipt.outcome, receipt.attempts, len(destination.requests)) == (outcome, ATTEMPTS, ATTEMPTS)
    assert (receipt.accepted, receipt.rejected, tally.accepted, tally.stopped_because) == (0, 0, 0, None)
    assert receipt.http_status == 503
    assert sum(at.slept) <= sum(min(WAIT_CAP_SECONDS, 0.5 * 2**n) for n in range(1, ATTEMPTS))


@pytest.mark.parametrize(("asked", "waited"), [(2.0, 2.0), (0.0, 0.0), (45.5, 45.5), (86_400, RETRY_AFTER_CAP_SECONDS)])
def test_retry_after_is_honoured_up_to_a_cap(
    lake: duckdb.DuckDBPyConnection, tmp_path: Path, asked: float, waited: float
) -> None:
    at = desk(lake, tmp_path, 1)
    at.send(
        ScriptedDestination(
            lambda request: not_taken("retry", status=429, after=asked) if request.number == 0 else accepted(request)
        )
    )

    assert sum(at.slept) == pytest.approx(waited)
    assert all(step <= 1 for step in at.slept)


def test_a_batch_is_not_waited_for_longer_than_the_patience(lake: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    at = desk(lake, tmp_path, 1)
    destination = ScriptedDestination(lambda request: not_taken("retry", status=429, after=86_400))

    at.send(destination)

    assert sum(at.slept) <= PATIENCE_SECONDS
    assert (at.receipts[0].outcome, at.receipts[0].attempts, len(destination.requests)) == ("retry", 3, 3)


def test_five_batches_in_a_row_that_nobody_took_stop_the_feed(lake: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    at = desk(lake, tmp_path, 20, per_batch=2)
    destination = ScriptedDestination(lambda request: not_taken("retry", status=503))

    with pytest.raises(DestinationUnreachableError, match="took none of 5 batches in a row: retry 503") as caught:
        at.send(destination)

    assert (caught.value.exit_code, caught.value.feed) == (5, "products")
    assert len(at.receipts) == BREAKER_BATCHES
    assert len(destination.requests) == BREAKER_BATCHES * ATTEMPTS


def test_a_batch_that_was_taken_starts_the_count_anew(lake: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    at = desk(lake, tmp_path, 20, per_batch=2)
    numbers = {batch.key: batch.number for batch in read_batches(at.outbox)}
    destination = ScriptedDestination(
        lambda request: accepted(request) if numbers[request.key] == 4 else not_taken("retry")
    )

    with pytest.raises(DestinationUnreachableError):
        at.send(destination)

    assert len(at.receipts) == 4 + 1 + BREAKER_BATCHES
    assert at.tally.accepted == 2


def test_a_destination_that_refuses_everything_is_not_bisected_without_end(
    lake: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    at = desk(lake, tmp_path, 100, per_batch=4)
    destination = ScriptedDestination(lambda request: not_taken("refused_whole", status=422))

    with pytest.raises(DestinationUnreachableError, match="refused_whole 422"):
        at.send(destination)

    assert len(destination.requests) == BREAKER_BATCHES * 7
    assert at.tally.rejected == BREAKER_BATCHES * 4


def test_bad_items_here_and_there_do_not_stop_the_feed(lake: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    at = desk(lake, tmp_path, 40, per_batch=4)
    bad = {f"s-{n:03}" for n in range(0, 40, 4)}
    destination = ScriptedDestination(
        lambda request: not_taken("refused_whole", status=422) if bad & set(request.skus) else accepted(request)
    )

    tally = at.send(destination)

    assert (tally.accepted, tally.rejected, tally.stopped_because) == (30, 10, None)


@pytest.mark.parametrize("error", [DestinationRefusedError("401 from the services."), KeyReusedError("409.")])
def test_a_destination_that_takes_nothing_marks_nothing(
    lake: duckdb.DuckDBPyConnection, tmp_path: Path, error: Exception
) -> None:
    at = desk(lake, tmp_path, 10, per_batch=2)

    def script(request: Request) -> Receipt:
        if request.number == 2:
            raise error
        return accepted(request)

    destination = ScriptedDestination(script)
    with pytest.raises(type(error)) as caught:
        at.send(destination)

    assert caught.value is error
    assert at.covered() == [(0, 0, 2), (1, 0, 2)]
    assert (len(destination.requests), at.tally.requests, at.tally.accepted) == (3, 3, 4)


@pytest.mark.parametrize(
    "items",
    [
        accepted_except(2, (), http_status=200),
        accepted_except(4, (), http_status=200),
        accepted_except(3, [ItemReceipt(index=1, outcome=Outcome.retry)], http_status=200),
        accepted_except(3, [ItemReceipt(index=1, outcome=Outcome.unknown)], http_status=200),
    ],
    ids=["too few", "too many", "one to retry", "one unknown"],
)
def test_an_answer_that_leaves_an_item_open_acknowledges_nothing(
    lake: duckdb.DuckDBPyConnection, tmp_path: Path, items: tuple[ItemReceipt, ...]
) -> None:
    at = desk(lake, tmp_path, 3)

    tally = at.send(ScriptedDestination(lambda request: Receipt(outcome=BatchOutcome.answered, items=items)))

    assert (tally.accepted, at.receipts[0].outcome, at.receipts[0].accepted) == (0, "unknown", 0)


def test_what_has_a_receipt_is_not_sent_again(lake: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    at = desk(lake, tmp_path, 10, per_batch=2)
    keys = [batch.key for batch in read_batches(at.outbox)]
    stopped = ScriptedDestination()
    at.send(stopped, should_stop=lambda: len(at.receipts) == 2)

    again = ScriptedDestination()
    tally = at.send(again)

    assert [request.key for request in stopped.requests] == keys[:2]
    assert [request.key for request in again.requests] == keys[2:]
    assert (tally.accepted, tally.requests) == (10, 3)


def test_a_batch_killed_in_the_middle_of_its_split_goes_on_there(
    lake: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    def script(request: Request) -> Receipt:
        return not_taken("refused_whole", status=422) if "s-006" in request.skus else accepted(request)

    whole = desk(lake, tmp_path, 8)
    unbroken = ScriptedDestination(script)
    whole.send(unbroken)
    for kept in range(len(whole.receipts)):
        at = Desk(whole.outbox, receipts=whole.receipts[:kept])
        rest = ScriptedDestination(script)

        tally = at.send(rest)

        assert [(item.key, item.body) for item in rest.requests] == [
            (item.key, item.body) for item in unbroken.requests[kept:]
        ]
        assert (tally.accepted, tally.rejected) == (7, 1)
        assert at.covered() == whole.covered()


def test_an_answer_whose_receipt_was_lost_is_asked_for_again_with_the_same_key_and_bytes(
    lake: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    at = desk(lake, tmp_path, 3)

    def killed(_: BatchReceipt) -> None:
        raise RuntimeError("killed between the answer and the receipt")

    destination = ScriptedDestination()
    with pytest.raises(RuntimeError):
        at.send(destination, commit=killed)

    at.send(destination)

    first, second = destination.requests
    assert (first.key, first.body) == (second.key, second.body)
    assert at.tally.accepted == 3


def test_a_stop_is_obeyed_between_batches_and_nothing_is_lost(lake: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    at = desk(lake, tmp_path, 10, per_batch=2)
    destination = ScriptedDestination()

    tally = at.send(destination, should_stop=lambda: len(destination.requests) >= 3)

    assert (tally.accepted, tally.stopped_because) == (6, "stopped on request")
    assert at.covered() == [(0, 0, 2), (1, 0, 2), (2, 0, 2)]


def test_a_stop_while_waiting_is_noticed_within_a_second(lake: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    at = desk(lake, tmp_path, 4, per_batch=2)
    destination = ScriptedDestination(lambda request: not_taken("retry", status=503, after=100))

    tally = at.send(destination, should_stop=lambda: len(at.slept) >= 3)

    assert (at.slept, at.receipts, len(destination.requests)) == ([1.0, 1.0, 1.0], [], 1)
    assert tally.stopped_because == "stopped on request"


def test_all_tombstones_are_answered_before_the_first_item_goes(
    lake: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    at = desk(lake, tmp_path, 6, per_batch=1, removed=[f"old-{n}" for n in range(6)])
    going = set()
    lock = threading.Lock()

    def script(request: Request) -> Receipt:
        deletes = {sku for sku in request.skus if sku.startswith("old")}
        with lock:
            assert deletes or not going
            going.update(deletes)
        answer = accepted(request)
        with lock:
            going.difference_update(deletes)
        return answer

    destination = ScriptedDestination(script)
    at.send(destination, connections=4)

    order = [request.payloads[0]["deleted"] for request in destination.requests]
    assert order == [True] * 6 + [False] * 6


def test_no_item_goes_when_sending_the_tombstones_was_stopped(lake: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    at = desk(lake, tmp_path, 6, per_batch=1, removed=[f"old-{n}" for n in range(6)])
    destination = ScriptedDestination(lambda request: not_taken("retry"))

    with pytest.raises(DestinationUnreachableError):
        at.send(destination)

    assert all(sku.startswith("old") for request in destination.requests for sku in request.skus)


def test_as_many_batches_as_connections_are_on_their_way_at_once(
    lake: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    at = desk(lake, tmp_path, 9, per_batch=1)
    together = threading.Barrier(3, timeout=20)

    def script(request: Request) -> Receipt:
        together.wait()  # opens only when three requests are here at the same time
        return accepted(request)

    tally = at.send(ScriptedDestination(script), connections=3)

    assert (tally.accepted, len(at.covered())) == (9, 9)


def test_a_receipt_that_cannot_be_committed_stops_sending(lake: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    at = desk(lake, tmp_path, 40, per_batch=1)
    destination = ScriptedDestination()

    def full(_: BatchReceipt) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        at.send(destination, commit=full, connections=2)

    assert len(destination.requests) <= 2
    assert at.tally.accepted == 0
