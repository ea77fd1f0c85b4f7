"""What this process asked over HTTP, counted at the one seam (transport.py): by target, method and outcome.

`TRAFFIC` is the process's own count, as sockets and memory are the process's own; whoever wants the share of one run
takes a snapshot before and subtracts it after: there is one run at a time in a process.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

SECONDS_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
RequestKind = tuple[str, str, str]  # target, method, and the status or why there was none


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficCounts:
    """Requests by kind, retries by target, and per target the seconds: how many in which bucket, and their sum.

    A target's buckets are one longer than SECONDS_BUCKETS: the last counts what took longer than all of them.
    """

    requests: Mapping[RequestKind, int] = field(default_factory=dict)
    retries: Mapping[str, int] = field(default_factory=dict)
    buckets: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)

    def __add__(self, other: TrafficCounts) -> TrafficCounts:
        return self._with(other, 1)

    def __sub__(self, other: TrafficCounts) -> TrafficCounts:
        return self._with(other, -1)

    def _with(self, other: TrafficCounts, sign: int) -> TrafficCounts:
        empty = (0,) * (len(SECONDS_BUCKETS) + 1)
        buckets = {
            target: tuple(
                mine + sign * theirs
                for mine, theirs in zip(
                    self.buckets.get(target, empty), other.buckets.get(target, empty), strict=True
                )
            )
            for target in {*self.buckets, *other.buckets}
        }  # fmt: skip
        seconds = {
            target: self.seconds.get(target, 0.0) + sign * other.seconds.get(target, 0.0)
            for target in {*self.seconds, *other.seconds}
        }
        return TrafficCounts(
            requests=_summed(self.requests, other.requests, sign),
            retries=_summed(self.retries, other.retries, sign),
            buckets={target: counts for target, counts in buckets.items() if any(counts)},
            seconds={target: total for target, total in seconds.items() if any(buckets.get(target, ()))},
        )

    def as_json(self) -> dict[str, Any]:
        """A form that JSON can hold; `from_json` reads it."""
        return {
            "requests": [[*kind, count] for kind, count in sorted(self.requests.items())],
            "retries": dict(sorted(self.retries.items())),
            "buckets": {target: list(counts) for target, counts in sorted(self.buckets.items())},
            "seconds": {target: round(total, 6) for target, total in sorted(self.seconds.items())},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """What `as_json` gave; a bucket list of another length (an older version's) is left out."""
        buckets = {target: tuple(counts) for target, counts in value.get("buckets", {}).items()}
        buckets = {target: counts for target, counts in buckets.items() if len(counts) == len(SECONDS_BUCKETS) + 1}
        return cls(
            requests={(target, method, code): count for target, method, code, count in value.get("requests", [])},
            retries=dict(value.get("retries", {})),
            buckets=buckets,
            seconds={target: total for target, total in value.get("seconds", {}).items() if target in buckets},
        )


def _summed(mine: Mapping[Any, int], theirs: Mapping[Any, int], sign: int) -> dict[Any, int]:
    sums = {key: mine.get(key, 0) + sign * theirs.get(key, 0) for key in {*mine, *theirs}}
    return {key: count for key, count in sums.items() if count}


class _LastTarget(threading.local):
    """Whom this thread asked last: a retry is counted against it."""

    name: str = "other"


class Traffic:
    """Counts requests. Thread-safe; a count costs a few microseconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = _LastTarget()
        self._requests: Counter[RequestKind] = Counter()
        self._retries: Counter[str] = Counter()
        self._buckets: dict[str, list[int]] = {}
        self._seconds: Counter[str] = Counter()

    def count(self, target: str, method: str, code: str, seconds: float) -> None:
        """One request is over: `code` is the status, or in a word why no answer came."""
        self._last.name = target
        with self._lock:
            self._requests[(target, method, code)] += 1
            self._seconds[target] += seconds  # type: ignore[assignment]
            buckets = self._buckets.setdefault(target, [0] * (len(SECONDS_BUCKETS) + 1))
            buckets[bisect_left(SECONDS_BUCKETS, seconds)] += 1

    def count_retry(self) -> None:
        """This thread is going to ask its last target the same once more."""
        with self._lock:
            self._retries[self._last.name] += 1

    def snapshot(self) -> TrafficCounts:
        """All that was counted since the process began."""
        with self._lock:
            return TrafficCounts(
                requests=dict(self._requests),
                retries=dict(self._retries),
                buckets={target: tuple(counts) for target, counts in self._buckets.items()},
                seconds=dict(self._seconds),
            )


TRAFFIC = Traffic()
