"""The rate budget of a destination: requests per second, per minute and per day, all at once, and adaptive.

Every HTTP request to the destination asks `acquire` first, so that a batch that takes several requests costs several.
Requests are spaced evenly a little below the permitted rate, so that the jitter of the way does not make a 429 of
them. A 429 or 503 halves the pace and stops everybody for as long as the peer asks; success brings it back in equal
steps. What a day costs is reserved in the control store in blocks before it is spent: a restart cannot break the cap.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Protocol

from syncengine.control.request_budget import give_back_requests, requests_used, reserve_requests
from syncengine.control.store import ControlStore
from syncengine.errors import ExportError, SyncInterruptedError
from syncengine.settings import DestinationSettings
from syncengine.transport import Answer, Transport, retry_after_seconds

MARGIN = 0.98  # of the permitted rate: the spare 2 % is what clocks and networks differ by
CATCH_UP_SECONDS = 0.25  # slots missed while all workers were busy may be used up to this late
PAUSE_SECONDS = 1.0  # after a 429 or 503 that names no time
RETRY_AFTER_CAP_SECONDS = 120.0
STOP_STEP_SECONDS = 0.5  # how long a stop may go unnoticed
RATE_WINDOW_SECONDS = 10.0  # over which the achieved rate is measured
LOWEST_PACE = 1.0  # requests a second, or
LOWEST_SHARE = 0.05  # of the rate at which it was first throttled
RECOVERY_SHARE = 0.05  # of that rate, for each second of success
RESERVED_AT_ONCE = 100  # requests of a day, at most; a kill loses no more than that
SLOWING_STATUSES = frozenset({429, 503})


class DayBudgetSpentError(ExportError):
    """The destination's requests for today, or a feed's share of them, are spent: the rest waits."""

    code = "CS4006"
    exit_code = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimits:
    """What a destination permits; None: no such limit."""

    per_second: float | None = None
    per_minute: int | None = None
    per_day: int | None = None

    def seconds(self, requests: int) -> float | None:
        """How long `requests` take at this rate, the day apart; None when no rate is set."""
        if self.per_second is None and self.per_minute is None:
            return None
        after_first = max(0, requests - 1)
        spaced = after_first / (self.per_second * MARGIN) if self.per_second else 0.0
        by_minute = 60.0 / MARGIN * (after_first // self.per_minute) if self.per_minute else 0.0
        return max(spaced, by_minute)


def rate_limits(settings: DestinationSettings) -> RateLimits:
    """The limits that a destination's settings name."""
    return RateLimits(
        per_second=settings.requests_per_second,
        per_minute=settings.requests_per_minute,
        per_day=settings.requests_per_day,
    )


class DayUse(Protocol):
    """Where a day's requests are counted."""

    def used(self, day: date) -> int:
        """How many are sent or reserved."""

    def reserve(self, day: date, wanted: int, cap: int | None) -> int:
        """Up to `wanted` more within `cap`; 0 when the day is spent."""

    def give_back(self, day: date, count: int) -> None:
        """So many were reserved and not sent."""


class DayUseInMemory:
    """Counted for this process only."""

    def __init__(self) -> None:
        self._used: dict[date, int] = {}

    def used(self, day: date) -> int:
        """As counted."""
        return self._used.get(day, 0)

    def reserve(self, day: date, wanted: int, cap: int | None) -> int:
        """Count them."""
        given = wanted if cap is None else max(0, min(wanted, cap - self.used(day)))
        self._used[day] = self.used(day) + given
        return given

    def give_back(self, day: date, count: int) -> None:
        """Count them off."""
        self._used[day] = self.used(day) - count


class DayUseInControlStore:
    """Counted in the control store, per destination: it survives a restart and a kill."""

    def __init__(self, control: ControlStore, destination: str) -> None:
        self._control = control
        self._destination = destination

    def used(self, day: date) -> int:
        """As stored."""
        with self._control.read() as connection:
            return requests_used(connection, self._destination, day)

    def reserve(self, day: date, wanted: int, cap: int | None) -> int:
        """Durable when this returns."""
        with self._control.write() as connection:
            return reserve_requests(connection, self._destination, day, wanted=wanted, cap=cap)

    def give_back(self, day: date, count: int) -> None:
        """Durable when this returns."""
        with self._control.write() as connection:
            give_back_requests(connection, self._destination, day, count)


@dataclass(slots=True)
class _Window:
    """At most `count` requests in any `seconds`, whichever moment one begins to count at."""

    count: int
    seconds: float
    sent: deque[float] = field(default_factory=deque)

    def free_at(self, now: float) -> float:
        """When one more may be sent."""
        while self.sent and self.sent[0] <= now - self.seconds:
            self.sent.popleft()
        return now if len(self.sent) < self.count else self.sent[len(self.sent) - self.count] + self.seconds


def _windows(limits: RateLimits) -> list[_Window]:
    found = []
    if limits.per_second is not None:
        count = max(1, int(limits.per_second))
        found.append(_Window(count, count / limits.per_second / MARGIN))
    if limits.per_minute is not None:
        found.append(_Window(limits.per_minute, 60.0 / MARGIN))
    return found


class RateBudget:
    """Permission to send, asked for by every request to one destination. Thread-safe.

    `clock` and `sleep` are seconds of a steady clock; `today` says which UTC day it is.
    """

    def __init__(
        self,
        limits: RateLimits | None = None,
        *,
        day_use: DayUse | None = None,
        should_stop: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        self.limits = limits or RateLimits()
        self._day_use = day_use or DayUseInMemory()
        self._should_stop = should_stop
        self._clock, self._sleep, self._today = clock, sleep, today
        self._lock = threading.Lock()
        self._windows = _windows(self.limits)
        self._ceiling = None if self.limits.per_second is None else self.limits.per_second * MARGIN
        self._pace = self._ceiling  # requests a second now; None: as fast as it goes
        self._reference = self._ceiling or 0.0  # the highest rate known to have been reached
        self._next_slot = self._paused_until = self._slowed_at = float("-inf")
        self._recent: deque[float] = deque()
        self._began = clock()
        self._reserved = 0
        self._reserved_day: date | None = None
        self._share: int | None = None
        self.requests = 0  # permitted so far
        self.throttled = 0  # answers of 429 and 503 so far

    # -- asking ---------------------------------------------------------------------------------------------------

    def acquire(self) -> float:
        """Wait until one request may be sent, count it, and return the moment.

        Raises: DayBudgetSpentError at once when the day's requests are spent; SyncInterruptedError on a stop.
        """
        while True:
            with self._lock:
                now = self._clock()
                wait = self._free_at(now) - now
                if wait <= 0:
                    self._spend_day()
                    self._note_sent(now)
                    return now
                self._refuse_spent()
            if self._should_stop():
                raise SyncInterruptedError(
                    "The run was stopped between two batches; what was acknowledged is kept.",
                    hint="The next sync goes on with it.",
                )
            self._sleep(min(wait, STOP_STEP_SECONDS))

    def _free_at(self, now: float) -> float:
        times = [self._paused_until, *(window.free_at(now) for window in self._windows)]
        if self._pace is not None:
            times.append(self._next_slot)
        return max(times)

    def _note_sent(self, now: float) -> None:
        self.requests += 1
        if self._pace is not None:
            catch_up = int(CATCH_UP_SECONDS * self._pace)  # whole slots: at a slow pace there is none
            self._next_slot = max(self._next_slot, now - catch_up / self._pace) + 1 / self._pace
        for window in self._windows:
            window.sent.append(now)
        self._recent.append(now)
        while self._recent[0] < now - RATE_WINDOW_SECONDS:
            self._recent.popleft()

    # -- the day --------------------------------------------------------------------------------------------------

    def begin_feed(self, share: int | None) -> None:
        """From now on requests are of another feed, which may spend `share` of them; None: what the day leaves."""
        with self._lock:
            self._share = share

    def left_today(self) -> int | None:
        """How many requests the day still permits; None without a daily cap."""
        if self.limits.per_day is None:
            return None
        with self._lock:
            today = self._today()
            mine = self._reserved if self._reserved_day == today else 0
            return max(0, self.limits.per_day - self._day_use.used(today) + mine)

    def _refuse_spent(self) -> None:
        """A wait is for nothing when no request may follow it."""
        if self._share == 0:
            raise self._spent("The feed's share of today's requests is spent")

    def _spend_day(self) -> None:
        self._refuse_spent()
        today = self._today()
        if self._reserved_day != today:
            self._reserved, self._reserved_day = 0, today
        if self._reserved == 0:
            cap = self.limits.per_day
            block = RESERVED_AT_ONCE if cap is None else max(1, min(RESERVED_AT_ONCE, cap // 200))
            self._reserved = self._day_use.reserve(today, block, cap)
            if self._reserved == 0:
                raise self._spent(f"The {cap:,} requests of today are spent")
        self._reserved -= 1
        if self._share is not None:
            self._share -= 1

    def _spent(self, text: str) -> DayBudgetSpentError:
        return DayBudgetSpentError(f"{text}; the rest waits.", hint="The next day's first sync goes on from there.")

    def close(self) -> None:
        """Give back what was reserved of the day and not sent."""
        with self._lock:
            if self._reserved and self._reserved_day is not None:
                self._day_use.give_back(self._reserved_day, self._reserved)
                self._reserved = 0

    # -- what the peer makes of it --------------------------------------------------------------------------------

    def note(self, status: int, *, permitted_at: float, retry_after: float | None) -> None:
        """Learn from the answer to a request that was permitted at `permitted_at`."""
        with self._lock:
            now = self._clock()
            if status not in SLOWING_STATUSES:
                self._recover(permitted_at)
                return
            self.throttled += 1
            pause = PAUSE_SECONDS if retry_after is None else min(retry_after, RETRY_AFTER_CAP_SECONDS)
            self._paused_until = max(self._paused_until, now + pause)
            if permitted_at <= self._slowed_at:
                return  # it left before the last slowing: it says nothing about the new pace
            achieved = len(self._recent) / max(1.0, min(RATE_WINDOW_SECONDS, now - self._began))
            self._reference = max(self._reference, achieved)
            lowest = max(LOWEST_PACE, self._reference * LOWEST_SHARE)
            self._pace = max(lowest, (achieved if self._pace is None else self._pace) / 2)
            if self._ceiling is not None:
                self._pace = min(self._pace, self._ceiling)
            self._slowed_at = now

    def _recover(self, permitted_at: float) -> None:
        """Regain a step, the same for each second's worth of requests that were answered well."""
        if self._pace is None or permitted_at <= self._slowed_at or self._pace == self._ceiling:
            return
        self._pace += max(LOWEST_PACE, self._reference) * RECOVERY_SHARE / self._pace
        if self._ceiling is not None:
            self._pace = min(self._pace, self._ceiling)

    @property
    def pace(self) -> float | None:
        """Requests a second at this moment; None: as fast as it goes."""
        return self._pace


class MeteredTransport:
    """A transport whose every request is within a budget, and teaches it."""

    def __init__(
        self, transport: Transport, budget: RateBudget, *, clock: Callable[[], datetime] | None = None
    ) -> None:
        self._transport = transport
        self._budget = budget
        self._now = clock or (lambda: datetime.now(UTC))
        self.base_url = transport.base_url

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        max_body_bytes: int | None = None,
    ) -> Answer:
        """As `Transport.request`. Raises besides: DayBudgetSpentError, SyncInterruptedError."""
        permitted_at = self._budget.acquire()
        answer = self._transport.request(
            method, path, params=params, headers=headers, body=body, max_body_bytes=max_body_bytes
        )
        retry_after = retry_after_seconds(answer, now=self._now())
        self._budget.note(answer.status, permitted_at=permitted_at, retry_after=retry_after)
        return answer

    def abort(self) -> None:
        """End the requests in flight."""
        self._transport.abort()

    def close(self) -> None:
        """Close the idle connections."""
        self._transport.close()


def fair_shares(needs: Mapping[str, int], available: int | None) -> dict[str, int | None]:
    """What each feed may spend of `available` requests: small needs in full, the others equal parts of what is left.

    None for everybody when all needs fit, so that repeats are not refused.
    """
    if available is None or sum(needs.values()) <= available:
        return dict.fromkeys(needs)
    shares: dict[str, int | None] = {}
    left, feeds = available, len(needs)
    for name, need in sorted(needs.items(), key=lambda item: item[1]):
        share = min(need, max(left // feeds, min(1, left)))
        shares[name] = share
        left, feeds = left - share, feeds - 1
    return shares
