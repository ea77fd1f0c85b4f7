"""Faults that the store shows on purpose: `--fault NAME[=RATE]`."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

REQUEST_FAULTS = {
    "status-500": "an internal error with a report id",
    "status-503": "a proxy's HTML page, with Retry-After",
    "status-429": "too many requests, with Retry-After",
    "status-401": "the token is refused",
    "html": "status 200 with an HTML page instead of JSON",
    "cut": "half of the body, then the connection is closed",
    "slow": "the body trickles: 64 bytes every 0.1 seconds",
    "bad-json": "a body that ends in the middle, with a matching length",
    "empty": "product searches find nothing: total_count 0",
}
RECORD_FAULTS = {
    "missing-sku": "products without a SKU (RATE of them, always the same; 0.01 unless told)",
    "bad-price": "prices that are no numbers (RATE of the products, always the same; 0.01 unless told)",
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
    if name not in REQUEST_FAULTS and name not in RECORD_FAULTS:
        known = ", ".join([*REQUEST_FAULTS, *RECORD_FAULTS])
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
        self._records: Mapping[str, float] = {f.name: f.rate for f in given if f.name in RECORD_FAULTS}
        self._seen: dict[str, int] = {}
        self._lock = threading.Lock()

    def strike(self) -> str | None:
        """The fault of the next request, or None: of every n requests, rate * n are struck, evenly spread."""
        with self._lock:
            for fault in self._requests:
                seen = self._seen.get(fault.name, 0) + 1
                self._seen[fault.name] = seen
                if int(seen * fault.rate + 1e-9) > int((seen - 1) * fault.rate + 1e-9):
                    return fault.name
        return None

    @property
    def touch_records(self) -> bool:
        """Whether any fault alters records."""
        return bool(self._records)

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
