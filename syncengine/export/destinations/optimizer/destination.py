"""Batches of feed items to the ingestion API: mapped, checked, sent, and each item settled by its own 200.

What is sent replaces what is held, so that sending twice equals once: a batch whose answer was lost is sent again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import orjson

from syncengine.errors import DestinationAnswerError, DestinationRefusedError
from syncengine.export.budget import MeteredTransport
from syncengine.export.destinations.base import (
    BatchOutcome,
    ItemReceipt,
    Limits,
    Outcome,
    Receipt,
    accepted_except,
)
from syncengine.export.destinations.http import (
    MAX_ANSWER_BYTES,
    MAX_BATCH_BYTES,
    NO_ANSWER,
    REFUSING_STATUSES,
    answered,
    outcome_of,
    packed,
    refusal_of_us,
    unanswered,
)
from syncengine.export.destinations.optimizer.answers import check_accepted, parse_named, request_id, said
from syncengine.export.destinations.optimizer.forecast import RequestForecast
from syncengine.export.destinations.optimizer.mapping import (
    MAPPED_FEEDS,
    PRICE_BOOKS,
    Call,
    Record,
    map_batch,
    portions,
)
from syncengine.export.destinations.optimizer.scopes import Scopes
from syncengine.export.destinations.optimizer.token import ImsToken, TokenUnavailableError
from syncengine.feeds.feed import Feed
from syncengine.transport import Answer, RedirectRefusedError, Transport

MAX_ROUNDS = 5  # how often the rest of a refused request is sent without what was named
REMEMBERED_BATCHES = 64


@dataclass(slots=True, kw_only=True)
class _Delivery:
    """What one attempt at a batch has come to so far."""

    rejected: dict[int, ItemReceipt]
    named: dict[int, ItemReceipt] = field(default_factory=dict)  # those of `rejected` that the peer named
    http_status: int | None = None
    request_id: str | None = None
    elapsed_seconds: float = 0.0

    def wanted(self, records: Sequence[Record]) -> list[Record]:
        """The records that an item still in the running needs."""
        return [record for record in records if any(item not in self.rejected for item in record.items)]

    def note(self, answer: Answer) -> None:
        """Keep what the batch's receipt tells of its last answer."""
        self.http_status, self.request_id = answer.status, request_id(answer)
        self.elapsed_seconds += answer.elapsed_seconds


class OptimizerDestination:
    """A Commerce Optimizer instance: one tenant. It cannot be asked what it holds."""

    def __init__(
        self,
        name: str,
        destination_id: str,
        *,
        transport: Transport | MeteredTransport,
        token: ImsToken,
        scopes: Scopes,
    ) -> None:
        self.name = name
        self.destination_id = destination_id
        self._transport = transport
        self._token = token
        self._scopes = scopes
        self._lock = threading.Lock()
        self._books: set[bytes] = set()
        self._named: dict[str, dict[int, ItemReceipt]] = {}
        self._forecast = RequestForecast(scopes)

    def limits(self, feed: Feed) -> Limits:
        """As documented: 100 items, prices 500; the API names no limit of bytes, ours is that of `services`."""
        return Limits(max_items=feed.batch_items, max_bytes=MAX_BATCH_BYTES)

    def offers(self, feed: Feed) -> bool:
        """The feeds that the API has a place for; variants travel inside products."""
        return feed.name in MAPPED_FEEDS

    def count_requests(self, feed: str, batches: Iterable[Sequence[bytes]]) -> int:
        """How many requests these batches take, price books and deletes among them; without any of the repeats."""
        return self._forecast.count(feed, batches)

    def abort(self) -> None:
        """End the requests in flight."""
        self._transport.abort()
        self._token.abort()

    def close(self) -> None:
        """Close the idle connections."""
        self._transport.close()
        self._token.close()

    def send(self, feed: str, body: bytes, *, items: int, key: str, sequence: int) -> Receipt:
        """One attempt; a batch may take several requests, and is answered only when all of them were.

        Raises: DestinationRefusedError.
        """
        if feed not in MAPPED_FEEDS:
            raise DestinationRefusedError(f"The destination `{self.name}` has no place for `{feed}`.", feed=feed)
        values = orjson.loads(body)
        if len(values) != items:
            raise ValueError(f"the body holds {len(values)} items, not {items}")
        batch = map_batch(feed, values, self._scopes)
        with self._lock:
            named = self._named.pop(key, {})
        delivery = _Delivery(rejected={**batch.rejected, **named}, named=named)
        for call in batch.calls:
            for records in portions(self._not_held(call), call.resource.max_records):
                failed = self._settle(replace(call, records=records), delivery, feed)
                if failed is not None:
                    self._remember(key, failed, delivery.named)
                    return failed
        return Receipt(
            outcome=BatchOutcome.answered,
            items=accepted_except(items, list(delivery.rejected.values()), http_status=delivery.http_status),
            request_id=delivery.request_id,
            http_status=delivery.http_status,
            elapsed_seconds=delivery.elapsed_seconds,
        )

    def _not_held(self, call: Call) -> Sequence[Record]:
        """The call's records, without price books that were sent already."""
        if call.resource is not PRICE_BOOKS:
            return call.records
        with self._lock:
            if call.is_delete:
                self._books.clear()  # what hangs below a deleted one goes with it
            return [record for record in call.records if record.text not in self._books]

    def _remember(self, key: str, failed: Receipt, named: dict[int, ItemReceipt]) -> None:
        """Keep what was named for the batch's next attempt, so that its good items go at once."""
        if named and failed.outcome in (BatchOutcome.retry, BatchOutcome.unknown):
            with self._lock:
                self._named[key] = named
                while len(self._named) > REMEMBERED_BATCHES:
                    del self._named[next(iter(self._named))]

    def _settle(self, call: Call, delivery: _Delivery, feed: str) -> Receipt | None:
        """Send the call, and again without what is named as bad, until all that is left was accepted.

        Returns None then, else the receipt of a batch that was not answered. Adds to `delivery`.
        """
        records = delivery.wanted(call.records)
        for _ in range(MAX_ROUNDS):
            if not records:
                return None
            try:
                answer = self._request(call.path, records, feed)
            except NO_ANSWER as error:
                return unanswered(error, self._token.redact)
            except TokenUnavailableError as error:
                return Receipt(
                    outcome=BatchOutcome.retry,
                    http_status=error.http_status,
                    message=error.message,
                    retry_after_seconds=error.wait_seconds,
                )
            delivery.note(answer)
            if answer.status == 200:
                return self._accepted(call, records, answer)
            if not self._take_names(answer, records, delivery):
                return self._not_accepted(answer, feed)
            records = delivery.wanted(records)
        return None if not records else self._receipt(BatchOutcome.refused_whole, answer)

    def _request(self, path: str, records: Sequence[Record], feed: str) -> Answer:
        """The answer to one request; to a second one when the first one's token had ended."""
        body = packed(b"[" + b",".join(record.text for record in records) + b"]")
        token = self._token.bearer()
        answer = self._post(path, body, token, feed)
        if answer.status == 401:
            self._token.discard(token)
            answer = self._post(path, body, self._token.bearer(), feed)
        return answer

    def _post(self, path: str, body: bytes, token: str, feed: str) -> Answer:
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
        }
        try:
            return self._transport.request("POST", path, headers=headers, body=body, max_body_bytes=MAX_ANSWER_BYTES)
        except RedirectRefusedError as error:
            raise self._refused(error.message, feed, error.status, error.hint) from None

    def _accepted(self, call: Call, records: Sequence[Record], answer: Answer) -> Receipt | None:
        try:
            check_accepted(answer.body, len(records))
        except DestinationAnswerError as error:
            return self._receipt(BatchOutcome.unknown, answer, f"not a success: {error.message}")
        if call.resource is PRICE_BOOKS and not call.is_delete:
            with self._lock:
                self._books.update(record.text for record in records)
        return None

    def _take_names(self, answer: Answer, records: Sequence[Record], delivery: _Delivery) -> bool:
        """Reject the items of the records that a refusal names; False when it names none."""
        if answer.status not in REFUSING_STATUSES:
            return False
        named = parse_named(answer.body, len(records))
        for position, (code, message) in named.items():
            for item in records[position].items:
                text = self._token.redact(message)
                receipt = ItemReceipt(
                    index=item, outcome=Outcome.rejected, http_status=answer.status, code=code, message=text
                )
                delivery.named[item] = delivery.rejected[item] = receipt
        return bool(named)

    def _not_accepted(self, answer: Answer, feed: str) -> Receipt:
        outcome = outcome_of(answer.status)
        if outcome is None:
            hint = _HINTS.get(answer.status, "Look what answers at this address.")
            raise self._refused(f"it answered {self._token.redact(said(answer))}", feed, answer.status, hint)
        return self._receipt(outcome, answer)

    def _receipt(self, outcome: BatchOutcome, answer: Answer, reason: str = "") -> Receipt:
        text = self._token.redact(said(answer))
        return answered(outcome, answer, said=text, request_id=request_id(answer), reason=reason)

    def _refused(self, text: str, feed: str, status: int, hint: str) -> DestinationRefusedError:
        return refusal_of_us(self.name, text, feed=feed, status=status, hint=hint)


_HINTS = {
    401: "A new token was not taken either: check that the credentials belong to this tenant's organisation.",
    403: "Check that the credentials' project has the Commerce Optimizer Ingestion API, and the tenant id.",
    404: "Check the address: it must be the base with the tenant, below which `/v1/catalog/…` lies.",
}
