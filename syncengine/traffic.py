"""What this process asked over HTTP, counted and logged at the one seam (transport.py).

`TRAFFIC` is the process's own count, as sockets and memory are the process's own; whoever wants the share of one run
takes a snapshot before and subtracts it after: there is one run at a time in a process.
"""

from __future__ import annotations

import logging
import threading
import zlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

SIGN_IN = "sign_in"  # a target whose bodies are credentials: they are never logged
PAYLOADS = f"{__name__}.payloads"  # a logger that is on only with --log-payloads
LOGGED_BYTES = 20_000
_log = logging.getLogger(__name__)
_payloads = logging.getLogger(PAYLOADS)
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


def log_exchange(target: str, what: str, status: int, *, sent: bytes, got: bytes, seconds: float) -> None:
    """A line for one exchange, where somebody wants it; its bodies only where they are asked for."""
    if _log.isEnabledFor(logging.DEBUG):
        extra = {"duration_ms": round(seconds * 1000), "http_status": status, "target": target}
        _log.debug("%s %s", what, status, extra=extra)
    if target != SIGN_IN and _payloads.isEnabledFor(logging.INFO):
        texts = shown_body(sent), shown_body(got)
        _payloads.info("%s sent %s got %s", what, *texts, extra={"http_status": status, "target": target})


def shown_body(body: bytes) -> str:
    """A body as a log may show it: as text, unpacked, and only its beginning when it is long."""
    if body[:2] == b"\x1f\x8b":
        with suppress(zlib.error):
            body = zlib.decompressobj(31).decompress(body, LOGGED_BYTES + 1)
    text = body[:LOGGED_BYTES].decode("utf-8", "backslashreplace")
    return text if len(body) <= LOGGED_BYTES else f"{text}… (cut after {LOGGED_BYTES:,} bytes)"
