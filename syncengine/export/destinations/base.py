"""What every destination is to the rest of export: one batch in, one receipt out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from syncengine.feeds.feed import Feed


class Outcome(StrEnum):
    """What became of one item."""

    accepted = "accepted"
    rejected = "rejected"
    retry = "retry"
    unknown = "unknown"


class BatchOutcome(StrEnum):
    """What became of one attempt to send a batch.

    answered: a receipt per item · refused_whole: bad data that nobody named, bisect · too_large: split ·
    retry: not taken, wait and send again · unknown: may have been taken, send the same key and bytes again.
    """

    answered = "answered"
    refused_whole = "refused_whole"
    too_large = "too_large"
    retry = "retry"
    unknown = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The largest batch a destination takes; bytes are decoded ones."""

    max_items: int
    max_bytes: int

    def __post_init__(self) -> None:
        if self.max_items < 1 or self.max_bytes < 2:
            raise ValueError(f"no batch fits {self.max_items} items and {self.max_bytes} bytes")


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemReceipt:
    """The destination's word on one item of a batch."""

    index: int
    outcome: Outcome
    http_status: int | None = None
    code: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What one attempt brought: `items` holds a receipt per item, in order, if it was answered, else nothing.

    `message` is for people and holds no secret.
    """

    outcome: BatchOutcome
    items: tuple[ItemReceipt, ...] = ()
    request_id: str | None = None
    http_status: int | None = None
    message: str | None = None
    retry_after_seconds: float | None = None
    elapsed_seconds: float = 0.0

    def __post_init__(self) -> None:
        if (self.outcome is BatchOutcome.answered) != bool(self.items):
            raise ValueError(f"a batch that is {self.outcome} cannot have {len(self.items)} item receipts")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCounts:
    """How many items of a feed a destination holds."""

    live: int
    deleted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPage:
    """Some of the items that a destination holds, each as its JSON text; `next` is None after the last."""

    items: tuple[str, ...]
    next: str | None


class Destination(Protocol):
    """A place that feeds are sent to. Every method may be called from several threads."""

    name: str
    destination_id: str

    def limits(self, feed: Feed) -> Limits:
        """The largest batch of `feed` that is taken."""

    def offers(self, feed: Feed) -> bool:
        """Is `feed` taken at all?"""

    def send(self, feed: str, body: bytes, *, items: int, key: str, sequence: int) -> Receipt:
        """The receipt of one attempt to send `body`, a JSON array of `items` items.

        The same `key` must always come with the same bytes; `sequence` never falls from run to run.
        Raises: DestinationRefusedError (our credentials or address; nothing is to be marked), KeyReusedError.
        """

    def close(self) -> None:
        """Give back what is held open."""


@runtime_checkable
class AbortableDestination(Protocol):
    """A destination whose requests in flight can be ended, so that a stop need not wait for their answers."""

    def abort(self) -> None:
        """End them: what became of their batches is unknown, and the same is sent again with the next start."""


@runtime_checkable
class MeasuredDestination(Protocol):
    """A destination whose batches take other than one request each, and that can tell how many."""

    def count_requests(self, feed: str, batches: Iterable[Sequence[bytes]]) -> int:
        """How many requests these batches of payloads take. Asked feed by feed in the order of sending."""


@runtime_checkable
class AskableDestination(Protocol):
    """A destination that can tell what it holds."""

    def count(self, feed: str) -> HeldCounts:
        """How many items of `feed` are held. Raises: DestinationRefusedError, DestinationUnreachableError."""

    def fetch(self, feed: str, *, after: str | None = None, limit: int = 1000) -> HeldPage:
        """The next page of what is held, tombstones among it, in a stable order. Raises: as `count`."""


def accepted_except(items: int, rejected: Sequence[ItemReceipt], *, http_status: int | None) -> tuple[ItemReceipt, ...]:
    """A receipt for each of `items` items: the `rejected` ones as given, all others accepted."""
    named = {receipt.index: receipt for receipt in rejected}
    return tuple(
        named.get(index) or ItemReceipt(index=index, outcome=Outcome.accepted, http_status=http_status)
        for index in range(items)
    )
