"""Whether somebody waits for a page: what is worked out beside the pages gives way to them."""

from __future__ import annotations

import threading
import time

LOOK_SECONDS = 0.5  # nobody tells when a page is done; hardly one takes longer
WORK_SECONDS, REST_SECONDS = 0.002, 0.004
_begun = [float("-inf")]
_rest = threading.Event()  # never set: to wait for it is to let others work


def somebody_looks() -> None:
    """A page, or a part of one, begins."""
    _begun[0] = time.monotonic()


def is_quiet() -> bool:
    """Whether no page began a moment ago."""
    return time.monotonic() - _begun[0] > LOOK_SECONDS


class Courtesy:
    """What long work calls often: while somebody looks it rests two thirds of the time."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def __call__(self) -> None:
        """Rest, if it is time to and somebody looks."""
        if time.monotonic() - self._since < WORK_SECONDS:
            return
        if not is_quiet():
            _rest.wait(REST_SECONDS)
        self._since = time.monotonic()
