"""The `services` destination: the feed ingestion API of docs/services-api.md over one transport."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NoReturn
from urllib.parse import quote

import requests

from syncengine.errors import (
    DestinationAnswerError,
    DestinationRefusedError,
    DestinationUnreachableError,
    KeyReusedError,
)
from syncengine.export.budget import MeteredTransport
from syncengine.export.destinations.answers import error_text, parse_acceptance, parse_counts, parse_page
from syncengine.export.destinations.base import (
    BatchOutcome,
    HeldCounts,
    HeldPage,
    ItemReceipt,
    Limits,
    Receipt,
)
from syncengine.export.destinations.http import (
    MAX_ANSWER_BYTES,
    MAX_BATCH_BYTES,
    NO_ANSWER,
    answered,
    outcome_of,
    packed,
    refusal_of_us,
    unanswered,
)
from syncengine.feeds.feed import Feed
from syncengine.transport import Answer, RedirectRefusedError, Transport


class ApiKeyAuth(requests.auth.AuthBase):
    """Puts the API key on a request, and shows it nowhere else."""

    def __init__(self, api_key: str) -> None:
        self._api_key = api_key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["x-api-key"] = self._api_key
        return request

    def redact(self, text: str) -> str:
        """`text` without the key, should a peer have echoed it."""
        return text.replace(self._api_key, "***")


class ServicesDestination:
    """Commerce services behind one address, environment and data space."""

    def __init__(
        self, name: str, destination_id: str, *, transport: Transport | MeteredTransport, auth: ApiKeyAuth
    ) -> None:
        self.name = name
        self.destination_id = destination_id
        self._transport = transport
        self._auth = auth

    def limits(self, feed: Feed) -> Limits:
        """As the contract says: 100 items (prices 500) and 4 MiB decoded."""
        return Limits(max_items=feed.batch_items, max_bytes=MAX_BATCH_BYTES)

    def offers(self, feed: Feed) -> bool:
        """Every feed of the contract is taken."""
        return True

    def abort(self) -> None:
        """End the requests in flight."""
        self._transport.abort()

    def close(self) -> None:
        """Close the idle connections."""
        self._transport.close()

    def send(self, feed: str, body: bytes, *, items: int, key: str, sequence: int) -> Receipt:
        """One attempt. Raises: DestinationRefusedError, KeyReusedError."""
        headers = {
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
            "Idempotency-Key": key,
            "x-run-sequence": str(sequence),
        }
        path = f"/feeds/{quote(feed, safe='')}"
        try:
            answer = self._transport.request(
                "POST", path, headers=headers, body=packed(body), max_body_bytes=MAX_ANSWER_BYTES
            )
        except NO_ANSWER as error:
            return unanswered(error, self._auth.redact)
        except RedirectRefusedError as error:
            raise self._refused(error.message, feed, error.status, error.hint) from None
        if answer.status == 200:
            return self._accepted(answer, items)
        return self._not_accepted(answer, feed)

    def _accepted(self, answer: Answer, items: int) -> Receipt:
        try:
            receipts, request_id = parse_acceptance(answer.body, items)
        except DestinationAnswerError as error:
            return self._receipt(BatchOutcome.unknown, answer, f"not a success: {error.message}")
        return Receipt(
            outcome=BatchOutcome.answered,
            items=tuple(self._redacted(receipt) for receipt in receipts),
            request_id=request_id,
            http_status=200,
            elapsed_seconds=answer.elapsed_seconds,
        )

    def _redacted(self, receipt: ItemReceipt) -> ItemReceipt:
        if receipt.message is None:
            return receipt
        return replace(receipt, message=self._auth.redact(receipt.message))

    def _not_accepted(self, answer: Answer, feed: str) -> Receipt:
        status = answer.status
        if status == 409:
            text = self._said(answer)
            raise KeyReusedError(
                f"`{self.name}` has seen this idempotency key with other bytes ({text}).",
                hint="This is a fault of Catalog Sync: run `catalog-sync check` and report it.",
                feed=feed,
                http_status=status,
            )
        outcome = outcome_of(status)
        if outcome is None:
            self._raise_refused(answer, feed)
        return self._receipt(outcome, answer)

    def _receipt(self, outcome: BatchOutcome, answer: Answer, reason: str = "") -> Receipt:
        _, request_id = error_text(answer.body)
        return answered(outcome, answer, said=self._said(answer), request_id=request_id, reason=reason)

    def _said(self, answer: Answer) -> str:
        text, _ = error_text(answer.body)
        return self._auth.redact(f"{answer.status} {text}".strip())

    def _raise_refused(self, answer: Answer, feed: str) -> NoReturn:
        hints = {
            401: "Check the API key.",
            403: "Check that the API key may write to this environment and data space.",
            404: "Check the address: it must be the base below which `/feeds/…` lies.",
        }
        hint = hints.get(answer.status, "Look what answers at this address.")
        raise self._refused(f"it answered {self._said(answer)}", feed, answer.status, hint)

    def _refused(self, text: str, feed: str, status: int, hint: str) -> DestinationRefusedError:
        return refusal_of_us(self.name, text, feed=feed, status=status, hint=hint)

    def count(self, feed: str) -> HeldCounts:
        """How many items of `feed` are held. Raises: DestinationRefusedError, DestinationUnreachableError."""
        answer = self._ask(feed, f"/feeds/{quote(feed, safe='')}/count")
        try:
            return parse_counts(answer.body)
        except DestinationAnswerError as error:
            raise self._unusable(answer, error.message, feed) from None

    def fetch(self, feed: str, *, after: str | None = None, limit: int = 1000) -> HeldPage:
        """The next page of what is held. Raises: DestinationRefusedError, DestinationUnreachableError."""
        params = [("limit", str(limit)), *([("after", after)] if after is not None else [])]
        answer = self._ask(feed, f"/feeds/{quote(feed, safe='')}/items", params)
        try:
            return parse_page(answer.body)
        except DestinationAnswerError as error:
            raise self._unusable(answer, error.message, feed) from None

    def _ask(self, feed: str, path: str, params: Sequence[tuple[str, str]] = ()) -> Answer:
        try:
            answer = self._transport.request("GET", path, params=params)
        except NO_ANSWER as error:
            raise DestinationUnreachableError(self._auth.redact(error.message), hint=error.hint, feed=feed) from None
        except RedirectRefusedError as error:
            raise self._refused(error.message, feed, error.status, error.hint) from None
        if answer.status in (401, 403, 404):
            self._raise_refused(answer, feed)
        if answer.status != 200:
            raise self._unusable(answer, "no usable answer", feed)
        return answer

    def _unusable(self, answer: Answer, text: str, feed: str) -> DestinationUnreachableError:
        message = f"The destination `{self.name}`: {text} ({self._said(answer)})."
        return DestinationUnreachableError(message, hint="Try again later.", feed=feed)
