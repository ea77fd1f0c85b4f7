"""The guard of a data directory: `flock` on engine.lock. One engine at a time; the file is never deleted."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from syncengine.errors import EngineBusyError, LockLostError


@dataclass(frozen=True, slots=True)
class EngineLock:
    """A lock that is held. `still_guards` asks whether others would still run into it."""

    path: Path
    descriptor: int

    def still_guards(self) -> None:
        """Raises: LockLostError when the file was deleted or replaced, so that another engine may hold the new one."""
        held = os.fstat(self.descriptor)
        try:
            found = os.stat(self.path)  # noqa: PTH116  (beside fstat)
        except OSError:
            found = None
        if found is None or (found.st_dev, found.st_ino) != (held.st_dev, held.st_ino):
            raise LockLostError(
                f"The lock file `{self.path}` was {'deleted' if found is None else 'replaced'} while it was held.",
                hint="This engine stops: another one may run. See that only one does, then start it again.",
            )


@contextmanager
def hold_engine_lock(path: Path, *, announce: bool = True) -> Iterator[EngineLock]:
    """Hold the data directory for the length of the block; the kernel frees it when the process dies.

    `announce`: write this process's id into the file (not for one that only looks whether it is free).
    Raises: EngineBusyError at once when another process holds it, naming what that process wrote into the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 200, 0).decode("utf-8", "replace").strip() or "unknown"
            raise EngineBusyError(
                f"Another engine holds the data directory `{path.parent}` (pid {holder}).",
                hint="Wait for it to finish, or look at `catalog-sync status`.",
                holder=f"pid {holder}",
            ) from None
        if announce:
            os.ftruncate(descriptor, 0)
            started = datetime.now(UTC)
            os.pwrite(descriptor, f"{os.getpid()} since {started:%Y-%m-%d %H:%M:%S} UTC\n".encode(), 0)
        yield EngineLock(path, descriptor)
    finally:
        os.close(descriptor)
