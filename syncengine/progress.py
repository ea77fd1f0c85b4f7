"""How a run tells what it is doing: one narrow protocol, for terminals, logs, other processes and tests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Protocol


class Moment(StrEnum):
    """The points of a run between which a kill must do no harm; each comes after its work is on disk."""

    RUN_BEGUN = "run_begun"
    PAGE_READ = "page_read"
    READ = "read"
    INDEXED = "indexed"
    MERGED = "merged"
    OUTBOX_WRITTEN = "outbox_written"
    PLANNED = "planned"
    ANSWERED = "answered"
    RECEIPTED = "receipted"
    DELIVERED = "delivered"
    FOLDED = "folded"
    PUBLISHED = "published"
    FINISHED = "finished"


class Observer(Protocol):
    """Is told what a run does. It must not raise, and it is called from the run's threads."""

    def at(self, moment: Moment, detail: str = "") -> None:
        """A durable point has been passed."""

    def advance(self, step: str, subject: str, done: int, total: int | None) -> None:
        """`done` of `total` (None: not known) units of `subject` are through in `step`."""

    def note(self, message: str) -> None:
        """Something worth a line."""


class SilentObserver:
    """Says nothing."""

    def at(self, moment: Moment, detail: str = "") -> None:
        """Ignore."""

    def advance(self, step: str, subject: str, done: int, total: int | None) -> None:
        """Ignore."""

    def note(self, message: str) -> None:
        """Ignore."""


class Observers:
    """Tells several observers the same."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    def at(self, moment: Moment, detail: str = "") -> None:
        """Pass on."""
        for observer in self._observers:
            observer.at(moment, detail)

    def advance(self, step: str, subject: str, done: int, total: int | None) -> None:
        """Pass on."""
        for observer in self._observers:
            observer.advance(step, subject, done, total)

    def note(self, message: str) -> None:
        """Pass on."""
        for observer in self._observers:
            observer.note(message)


@contextmanager
def watched(watch: Callable[[threading.Event], None], *, name: str) -> Iterator[None]:
    """Run `watch` in a thread of its own beside the block; it ends when the event that it is given says so."""
    over = threading.Event()
    watcher = threading.Thread(target=watch, args=(over,), name=name, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
