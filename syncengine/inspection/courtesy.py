"""How long work in Python gives way to others of its process: whoever does it beside them says how.

Python lets one thread at a time work. One that only computes keeps the lock for five milliseconds whenever another asks
for it, and to draw a page it is asked for a hundred times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_asked: ContextVar[Callable[[], None] | None] = ContextVar("asked to give way", default=None)


def give_way() -> None:
    """Called between small pieces of long work; does nothing unless this thread was told to give way."""
    if (ask := _asked.get()) is not None:
        ask()


@contextmanager
def giving_way(ask: Callable[[], None]) -> Iterator[None]:
    """Have the long work inside call `ask` between its pieces."""
    token = _asked.set(ask)
    try:
        yield
    finally:
        _asked.reset(token)
