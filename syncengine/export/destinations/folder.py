"""The `folder` destination: each batch becomes one file of JSON Lines, all of it or none."""

from __future__ import annotations

import hashlib
import os
import re
import time
from pathlib import Path

from syncengine.errors import DestinationRefusedError, KeyReusedError
from syncengine.export.destinations.answers import element_texts
from syncengine.export.destinations.base import BatchOutcome, Limits, Receipt, accepted_except
from syncengine.feeds.feed import Feed

MAX_ITEMS = 10_000
MAX_BYTES = 32 * 2**20
_FEED_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}")
_FILE_SAFE = re.compile(r"[A-Za-z0-9_-]{1,128}")


class FolderDestination:
    """A directory: `<feed>/<run sequence>-<idempotency key>.ndjson`, to be read in the order of the names.

    A later file's item replaces an earlier one's; within a run each identity stands once. A repeated batch
    finds its file and changes nothing.
    """

    def __init__(self, name: str, destination_id: str, *, path: Path) -> None:
        self.name = name
        self.destination_id = destination_id
        self._path = path

    def limits(self, feed: Feed) -> Limits:
        """Only memory bounds a file."""
        return Limits(max_items=MAX_ITEMS, max_bytes=MAX_BYTES)

    def offers(self, feed: Feed) -> bool:
        """Every feed can be written."""
        return True

    def close(self) -> None:
        """Nothing is held open."""

    def send(self, feed: str, body: bytes, *, items: int, key: str, sequence: int) -> Receipt:
        """Write the batch's file. Raises: DestinationRefusedError, KeyReusedError."""
        started = time.monotonic()
        if not _FEED_NAME.fullmatch(feed):
            raise DestinationRefusedError(f"`{feed[:64]}` cannot be the name of a feed.", feed=feed)
        lines = [text.replace("\r", " ").replace("\n", " ") for text in element_texts(body.decode("utf-8"))]
        if len(lines) != items:
            raise ValueError(f"the body holds {len(lines)} items, not {items}")
        content = "".join(f"{line}\n" for line in lines).encode("utf-8")
        safe_key = key if _FILE_SAFE.fullmatch(key) else hashlib.sha256(key.encode()).hexdigest()
        target = self._path / feed / f"{sequence:012d}-{safe_key}.ndjson"
        try:
            _write_once(target, content)
        except FileExistsError:
            raise KeyReusedError(f"`{target.name}` holds other bytes under this key.", feed=feed) from None
        except PermissionError as error:
            text = f"The folder of `{self.name}` cannot be written: {error.strerror}."
            raise DestinationRefusedError(text, hint=f"Check `{self._path}`.", feed=feed) from None
        except OSError as error:
            return Receipt(outcome=BatchOutcome.retry, message=f"the file was not written: {error.strerror}")
        return Receipt(
            outcome=BatchOutcome.answered,
            items=accepted_except(items, (), http_status=None),
            request_id=target.name,
            elapsed_seconds=time.monotonic() - started,
        )


def _write_once(target: Path, content: bytes) -> None:
    """Make `target` hold `content` durably, once. Raises: FileExistsError when it holds something else."""
    if target.exists():
        if target.read_bytes() != content:
            raise FileExistsError(target)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
