"""Faults that the store shows on purpose: `--fault NAME[=RATE]`."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

REQUEST_FAULTS = {
    "status-400": "a bad request, its message with placeholders to fill",
    "status-401": "the token is refused",
    "status-403": "a firewall's HTML page",
    "status-404": "a web server's HTML page: nothing here",
    "status-429": "too many requests, with Retry-After in seconds",
    "status-500": "an internal error with a report id",
    "status-502": "a proxy's HTML page: bad gateway",
    "status-503": "a proxy's HTML page, with Retry-After in seconds",
    "status-504": "a proxy's HTML page: gateway time-out",
    "retry-after-date": "503 with a Retry-After that is a date",
    "retry-after-hour": "503 with a Retry-After of an hour",
    "fatal-error": "status 500 in the other shape: `messages` with a list of errors",
    "redirect": "302 to another host",
    "html": "status 200 with an HTML page instead of JSON",
    "empty-body": "status 200 and nothing",
    "wrong-shape": "status 200 with JSON that is something else",
    "reset": "the connection is reset before any answer",
    "cut-headers": "half of the headers, then the connection is closed",
    "cut": "half of the body, then the connection is closed",
    "bad-json": "a body that ends in the middle, with a matching length",
    "gzip-cut": "a compressed body that ends in the middle, with a matching length",
    "gzip-garbage": "a body that says it is compressed and is not",
    "hang": "no answer at all; the connection stays open",
    "delay": "the answer comes half a second late",
    "slow": "the body trickles: 64 bytes every 0.1 seconds",
    "empty": "product searches find nothing: total_count 0",
}
QUIRKS = {
    "clamped-pages": "a page beyond the end repeats the last one",
    "unsorted": "a search without sortOrders has another order each time",
    "input-limits": "at most 300 items a page and 20 in a request's list; more is refused, naming the limit",
    "big-page-504": "a gateway time-out for pages of more than 20 items",
    "float-noise": "numbers with all digits of a double: 29.949999999999999",
    "empty-extension": "extension_attributes are an empty list where there are none",
    "null-items": "an empty list of items is null, without `fields=` too",
    "shuffled-scopes": "websites, store groups, views and configs in another order each time",
    "shuffled-parts": "custom attributes and links in another order each time",
    "repeated-item": "the last item of a page is missing and its first one comes twice",
    "missing-item": "an item in the middle of a page is missing, and counted all the same",
    "encoded-slashes": "a path with %2F ends at the web server: 404 and an HTML page",
    "add-product": "a product is created just before the answer",
    "delete-product": "a product is deleted just before the answer",
}
RECORD_FAULTS = {
    "missing-sku": "products without a SKU (RATE of them, always the same; 0.01 unless told)",
    "bad-price": "prices that are no numbers (RATE of the products, always the same; 0.01 unless told)",
    "unlisted": "products that are counted, but in no list (RATE of them, always the same; 0.01 unless told)",
}
DEFAULT_RECORD_RATE = 0.01


class FaultError(ValueError):
    """A fault that cannot be switched on: unknown name or impossible rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault and how often it strikes, 0 to 1."""

    name: str
    rate: float


def parse_fault(text: str) -> Fault:
    """The fault of `NAME` or `NAME=RATE`. Raises: FaultError."""
    name, _, rate_text = text.partition("=")
    every = (*REQUEST_FAULTS, *QUIRKS, *RECORD_FAULTS)
    if name not in every:
        known = ", ".join(every)
        raise FaultError(f"There is no fault `{name}`. Known: {known}.")
    if not rate_text:
        return Fault(name=name, rate=DEFAULT_RECORD_RATE if name in RECORD_FAULTS else 1.0)
    try:
        rate = float(rate_text)
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= 1:
        raise FaultError(f"The rate of fault `{name}` must be between 0 and 1, not `{rate_text}`.")
    return Fault(name=name, rate=rate)


class Faults:
    """Decides which requests and which records a fault strikes; the same ones in every run."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        given = list(faults)
        self._requests = [fault for fault in given if fault.name in REQUEST_FAULTS]
        self._quirks = [fault for fault in given if fault.name in QUIRKS]
        self._records: Mapping[str, float] = {f.name: f.rate for f in given if f.name in RECORD_FAULTS}
        self._seen: dict[str, int] = {}
        self._lock = threading.Lock()

    def strike(self) -> str | None:
        """The fault of the next request, or None: of every n requests, rate * n are struck, evenly spread."""
        with self._lock:
            for fault in self._requests:
                if self._is_due(fault):
                    return fault.name
        return None

    def quirks(self) -> dict[str, int]:
        """The quirks that the next request meets, each with how often it was asked for: any number of them."""
        if not self._quirks:
            return {}
        with self._lock:
            return {fault.name: self._seen[fault.name] for fault in self._quirks if self._is_due(fault)}

    def _is_due(self, fault: Fault) -> bool:
        seen = self._seen.get(fault.name, 0) + 1
        self._seen[fault.name] = seen
        return int(seen * fault.rate + 1e-9) > int((seen - 1) * fault.rate + 1e-9)

    @property
    def touch_records(self) -> bool:
        """Whether any fault alters records."""
        return bool(self._records)

    @property
    def leave_records_out(self) -> bool:
        """Whether products are missing from lists."""
        return "unlisted" in self._records

    def strikes_record(self, name: str, product_id: int) -> bool:
        """Whether the fault alters this product."""
        rate = self._records.get(name)
        return rate is not None and zlib.crc32(f"{name}:{product_id}".encode()) < rate * 2**32

    def spoil(self, record: dict[str, Any]) -> dict[str, Any]:
        """The product as it is served while record faults are on."""
        product_id = record["id"]
        if self.strikes_record("missing-sku", product_id):
            record = {key: value for key, value in record.items() if key != "sku"}
        if self.strikes_record("bad-price", product_id) and "price" in record:
            record = {**record, "price": "12,50 EUR?"}
        return record
