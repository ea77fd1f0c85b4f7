"""Faults on purpose: every answer of the contract, answers outside of it, and a limit on the request rate.

A fault is written NAME or NAME=RATE: a share of requests, or of items for the two `…-item` ones, from 0 to 1.
"""

from __future__ import annotations

import hashlib
import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

# at which moment of a request a fault strikes
BEFORE_READING = {"reset"}
INSTEAD = {"reset-after-read", "html-200", "empty-200", "redirect", "expired-token"}
AFTER_APPLYING = {"lost-answer", "cut-answer", "wrong-count", "unknown-index", "duplicate-index", "slow-body"}
DELAYING = {"slow"}
REJECTING = {"reject-one", "reject-all"}
BY_ITEM = {"reject-item", "poison-item"}
NAMES = BEFORE_READING | INSTEAD | AFTER_APPLYING | DELAYING | REJECTING | BY_ITEM
_STATUS = re.compile(r"status-(20[1-9]|[345]\d\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One kind of fault and how often it strikes."""

    name: str
    rate: float = 1.0

    def __str__(self) -> str:
        return self.name if self.rate == 1.0 else f"{self.name}={self.rate:g}"

    @property
    def status(self) -> int | None:
        """The HTTP status that a `status-…` fault answers with."""
        match = _STATUS.fullmatch(self.name)
        return int(match[1]) if match else None


def parse_fault(text: str) -> Fault:
    """The fault that NAME or NAME=RATE says. Raises: ValueError, which names what is possible."""
    name, _, rate_text = text.partition("=")
    if name.isdigit():
        name = f"status-{name}"
    if name not in NAMES and not _STATUS.fullmatch(name):
        raise ValueError(f"`{name}` is not a fault; there are status-NNN, {', '.join(sorted(NAMES))}")
    try:
        rate = float(rate_text) if rate_text else 1.0
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= 1:
        raise ValueError(f"the rate of `{name}` must lie between 0 and 1, not `{rate_text}`")
    return Fault(name=name, rate=rate)


@dataclass(slots=True)
class FaultPlan:
    """The faults in force. One request meets at most one of them, the first whose dice fall."""

    faults: Sequence[Fault] = ()
    seed: int = 7
    _dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    def choose(self) -> Fault | None:
        """The fault that the next request meets."""
        for fault in self.faults:
            if fault.name not in BY_ITEM and fault.rate > 0 and self._dice.random() < fault.rate:
                return fault
        return None

    def marks(self, name: str, identity: str) -> bool:
        """Does the by-item fault `name` strike this item? Always the same items: a bisection finds them."""
        rate = max((fault.rate for fault in self.faults if fault.name == name), default=0.0)
        digest = hashlib.md5(f"{self.seed} {name} {identity}".encode(), usedforsecurity=False).digest()
        return int.from_bytes(digest[:8], "big") < rate * 2**64


@dataclass(slots=True)
class RateLimit:
    """At most `per_second` requests a second, with as much saved up as one second brings."""

    per_second: float | None = None
    clock: Callable[[], float] = time.monotonic
    _tokens: float = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        self._tokens = max(1.0, self.per_second or 1.0)
        self._at = self.clock()

    def wait_seconds(self) -> float:
        """0 when the request is within the rate (and then counted), else how long until one is."""
        if self.per_second is None:
            return 0.0
        now = self.clock()
        self._tokens = min(max(1.0, self.per_second), self._tokens + (now - self._at) * self.per_second)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self.per_second
