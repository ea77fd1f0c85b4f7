"""stdout and stderr that may be closed under us: a reader that goes away, or a full volume, never stops a sync."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any, TextIO


class Steady:
    """`sys.stdout` or `sys.stderr`, of which errors are not told: all of them for messages, for results a closed pipe.

    A result that a full disk swallows is an error that the caller must hear of.
    """

    def __init__(self, *, is_stderr: bool) -> None:
        self._is_stderr = is_stderr
        self._forgiven = (OSError, ValueError) if is_stderr else (BrokenPipeError,)

    @property
    def _stream(self) -> TextIO:
        return sys.stderr if self._is_stderr else sys.stdout

    def write(self, text: str) -> int:
        """Write what can be written."""
        with suppress(*self._forgiven):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush what can be flushed."""
        with suppress(*self._forgiven):
            self._stream.flush()

    def isatty(self) -> bool:
        """Whether it is a terminal; a closed stream is none."""
        try:
            return self._stream.isatty()
        except ValueError:
            return False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def settle_streams() -> None:
    """Before the process ends: what cannot be written any more goes nowhere, so that the exit code stays ours."""
    for stream, number in ((sys.stdout, 1), (sys.stderr, 2)):
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, number)
                os.close(nowhere)
