"""How many items to ask for: halved when the store struggles, lowered to the number the store names."""

from __future__ import annotations

import threading
from collections import Counter

_SUCCESSES_TO_GROW = 5
_FAILURES_TO_SETTLE = 3


class PageSize:
    """The size of the next page, shared by all connections of one read.

    After a run of good pages it doubles again up to where it began; a size that failed three times stays out.
    """

    def __init__(self, size: int) -> None:
        self._lock = threading.Lock()
        self._current = self._most = size
        self._successes = 0
        self._failures: Counter[int] = Counter()

    @property
    def current(self) -> int:
        """The size to ask for now."""
        return self._current

    def lower_to(self, limit: int) -> None:
        """The store names its limit: never ask for more again."""
        with self._lock:
            self._most = max(1, min(self._most, limit))
            self._current = min(self._current, self._most)

    def failed(self, size: int) -> None:
        """A page of `size` was too much for the store: ask for half of it."""
        with self._lock:
            self._successes = 0
            self._failures[size] += 1
            half = max(1, size // 2)
            if self._failures[size] >= _FAILURES_TO_SETTLE:
                self._most = min(self._most, half)
            self._current = min(self._current, half)

    def succeeded(self, size: int) -> None:
        """A page of `size` came whole."""
        with self._lock:
            if size < self._current:
                return
            self._successes += 1
            if self._successes >= _SUCCESSES_TO_GROW and self._current < self._most:
                self._current = min(self._most, self._current * 2)
                self._successes = 0
