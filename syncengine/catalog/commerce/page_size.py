"""How many items to ask for: halved when the store struggles, lowered to the number the store names."""

from __future__ import annotations

import threading
from collections import Counter

_FAILURES_TO_SETTLE = 3
_FAILURES_A_SUCCESS = 3


class PageSize:
    """The size of the next page, shared by all connections of one read.

    A good page doubles it again, up to where it began: a fault that has nothing to do with size must not leave
    a read with tiny pages. A size that fails time and again, and hardly ever succeeds, is not tried again.
    """

    def __init__(self, size: int) -> None:
        self._lock = threading.Lock()
        self._current = self._most = size
        self._failures: Counter[int] = Counter()
        self._successes: Counter[int] = Counter()

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
            half = max(1, size // 2)
            self._failures[size] += 1
            is_hopeless = self._failures[size] > _FAILURES_A_SUCCESS * self._successes[size]
            if self._failures[size] >= _FAILURES_TO_SETTLE and is_hopeless:
                self._most = min(self._most, half)
            self._current = min(self._current, half)

    def succeeded(self, size: int) -> None:
        """A page of `size` came whole."""
        with self._lock:
            self._successes[size] += 1
            if size >= self._current:
                self._current = min(self._most, self._current * 2)
