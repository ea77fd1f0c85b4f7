"""How long the work in progress will take, from how quickly it went so far."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

LEAST_SECONDS = 3.0  # a shorter look says little
_KEPT = 64


@dataclass(frozen=True, slots=True)
class _First:
    done: int
    at: datetime


class Pace:
    """Remembers where each piece of work was seen first. Thread-safe; one for all sessions of a process."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, str, str], _First] = {}
        self._lock = threading.Lock()

    def seconds_left(self, run_id: str, progress: Mapping[str, Any] | None) -> float | None:
        """How long the piece of work that a run's progress names will take from its last word on; None while not known.

        `progress`: step, subject, done, total and at, as the control store keeps them.
        """
        if not progress or not progress.get("at") or not progress.get("total"):
            return None
        done, total = int(progress.get("done") or 0), int(progress["total"])
        at = datetime.fromisoformat(progress["at"])
        key = (run_id, str(progress.get("step")), str(progress.get("subject")))
        with self._lock:
            while len(self._first) >= _KEPT and key not in self._first:
                self._first.pop(next(iter(self._first)))
            first = self._first.setdefault(key, _First(done, at))
            if done < first.done:  # it began anew, after a restart say
                first = self._first[key] = _First(done, at)
        elapsed = (at - first.at).total_seconds()
        if elapsed < LEAST_SECONDS or done <= first.done:
            return None
        return (total - done) * elapsed / (done - first.done)
