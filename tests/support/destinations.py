"""A destination that answers as a test tells it to, and remembers every request."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import orjson

from syncengine.export.destinations.base import (
    BatchOutcome,
    ItemReceipt,
    Limits,
    Outcome,
    Receipt,
    accepted_except,
)
from syncengine.feeds.feed import Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as it came; `number` counts from 0."""

    number: int
    feed: str
    body: bytes
    items: int
    key: str
    sequence: int

    @property
    def payloads(self) -> list[dict[str, object]]:
        """The items of the body."""
        return orjson.loads(self.body)

    @property
    def skus(self) -> list[str]:
        """The SKUs of the items, in order."""
        return [str(item["sku"]) for item in self.payloads]


def accepted(request: Request, *bad: str) -> Receipt:
    """Every item accepted but those with a SKU of `bad`, which are named."""
    rejected = [
        ItemReceipt(index=index, outcome=Outcome.rejected, http_status=200, code="invalid", message=f"bad {sku}")
        for index, sku in enumerate(request.skus)
        if sku in bad
    ]
    items = accepted_except(request.items, rejected, http_status=200)
    return Receipt(outcome=BatchOutcome.answered, items=items, http_status=200, request_id=f"req-{request.number}")


def not_taken(outcome: str, *, status: int | None = 503, after: float | None = None) -> Receipt:
    """An answer that names no item."""
    return Receipt(
        outcome=BatchOutcome(outcome), http_status=status, message=f"{outcome} {status}", retry_after_seconds=after
    )


@dataclass(slots=True)
class ScriptedDestination:
    """Answers with `script`, which gets each request and gives a Receipt or raises; accepts all unless told."""

    script: Callable[[Request], Receipt] = accepted
    max_items: int = 100
    max_bytes: int = 2**20
    name: str = "scripted"
    destination_id: str = "d"
    requests: list[Request] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def limits(self, feed: Feed) -> Limits:
        """The same for every feed."""
        return Limits(max_items=self.max_items, max_bytes=self.max_bytes)

    def offers(self, feed: Feed) -> bool:
        """Everything is taken."""
        return True

    def send(self, feed: str, body: bytes, *, items: int, key: str, sequence: int) -> Receipt:
        """Remember the request and answer it as the script says."""
        with self._lock:
            request = Request(number=len(self.requests), feed=feed, body=body, items=items, key=key, sequence=sequence)
            self.requests.append(request)
        return self.script(request)

    def close(self) -> None:
        """Nothing is held open."""
