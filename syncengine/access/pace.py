"""How often a program may ask for something to be written: so many times within any minute, each for itself.

Kept in the memory of the process that is asked: the app and the engine each count their own.
"""

from __future__ import annotations

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from syncengine.errors import SettingsError


class TooOftenError(SettingsError):
    """More was asked for within a minute than one program may; `retry_after` seconds from now there is room again."""

    code = "CS1012"

    def __init__(self, per_minute: int, retry_after: int) -> None:
        super().__init__(
            f"More than {per_minute:,} requests that write within a minute.", hint=f"Ask again in {retry_after} s."
        )
        self.retry_after = retry_after


class WritePace:
    """Counts who asked how often within the last minute. Thread-safe."""

    def __init__(self) -> None:
        self._counted = MovingWindowRateLimiter(MemoryStorage())

    def take(self, who: str, *, per_minute: int) -> None:
        """Count one more of `who`; `per_minute` 0 sets no limit. Raises: TooOftenError, and then nothing is counted."""
        if per_minute == 0:
            return
        allowed = RateLimitItemPerMinute(per_minute)
        if not self._counted.hit(allowed, who):
            oldest_ends = self._counted.get_window_stats(allowed, who).reset_time
            raise TooOftenError(per_minute, min(60, max(1, math.ceil(oldest_ends - time.time()))))
