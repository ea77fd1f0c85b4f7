"""Fingerprints of the lake's files, taken when they are written: Parquet readers do not notice a flipped bit.

One line of JSON per file in `lake/checksums.jsonl`, only ever added to; a file that is first seen without one (a kill
came between, or an earlier version wrote it) is taken as it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from syncengine.lake.paths import DataDirectory, replace_durably
from syncengine.lake.publication import file_sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What a file was like; `path` is below the lake's files, `changed_ns` tells that somebody touched it since."""

    path: str
    sha256: str
    bytes: int
    changed_ns: int


class Checksums:
    """The fingerprints of one lake. Only the engine writes them."""

    def __init__(self, directory: DataDirectory) -> None:
        self._place = directory.lake / "checksums.jsonl"
        self._files = directory.lake_files
        self._known = _read(self._place)

    def take(self, paths: Iterable[Path]) -> None:
        """Fingerprint these files, durably, unless they have one."""
        self._add([self._of(path) for path in paths if self._name(path) not in self._known])

    def changed(self, paths: Iterable[Path], *, fully: bool = False) -> list[Path]:
        """Those of these files that are not what was written: read in full when touched since, or all with `fully`.

        A file that was only copied or moved is what was written. One without a fingerprint is fingerprinted.
        """
        wrong, seen = [], []
        for path in paths:
            known = self._known.get(self._name(path))
            if known is None:
                seen.append(self._of(path))
            elif fully or path.stat().st_mtime_ns != known.changed_ns:
                now = self._of(path)
                if now.sha256 != known.sha256:
                    wrong.append(path)
                elif now != known:
                    seen.append(now)
        self._add(seen)
        return wrong

    def forget_removed(self) -> None:
        """Drop the fingerprints of files that are gone, once they are most of them."""
        kept = [item for item in self._known.values() if (self._files / item.path).exists()]
        if 2 * len(kept) < len(self._known):
            self._known = {item.path: item for item in kept}
            temporary = self._place.with_suffix(".tmp")
            temporary.write_bytes(b"".join(map(_line, kept)))
            replace_durably(temporary, self._place)

    def _add(self, fingerprints: list[Fingerprint]) -> None:
        if not fingerprints:
            return
        self._known |= {item.path: item for item in fingerprints}
        descriptor = os.open(self._place, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, b"\n" + b"".join(map(_line, fingerprints)))  # the line before may be torn
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _name(self, path: Path) -> str:
        return str(path.relative_to(self._files))

    def _of(self, path: Path) -> Fingerprint:
        status = path.stat()
        return Fingerprint(
            path=self._name(path), sha256=file_sha256(path), bytes=status.st_size, changed_ns=status.st_mtime_ns
        )


def recorded_checksums(directory: DataDirectory) -> dict[str, str]:
    """The SHA-256 of each file that was fingerprinted, by its path below the lake's files; for those who only look."""
    return {name: item.sha256 for name, item in _read(directory.lake / "checksums.jsonl").items()}


def _line(fingerprint: Fingerprint) -> bytes:
    return orjson.dumps(asdict(fingerprint), option=orjson.OPT_APPEND_NEWLINE)


def _read(place: Path) -> dict[str, Fingerprint]:
    try:
        lines = place.read_bytes().splitlines()
    except FileNotFoundError:
        return {}
    known = {}
    for line in lines:
        try:
            item = Fingerprint(**orjson.loads(line))
        except (orjson.JSONDecodeError, TypeError):
            continue  # a line that a kill or a power cut tore
        known[item.path] = item
    return known
