"""The directory a read writes to: raw pages, and a manifest that says which of them count.

`manifest.jsonl` is the authority: a page counts once its line is there, a file without a line is nothing.
A read that died goes on from the manifest of its directory. Pages are not flushed one by one: each line has its
page's SHA-256, so what a power cut took, of pages or lines, is found and read again.
"""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from syncengine.errors import DiskFullError, StorageError

MANIFEST_NAME = "manifest.jsonl"
RESUMABLE_FOR = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedPage:
    """One page on disk, covering the product ids beyond `after` up to `through` (both 0: not products)."""

    entity: str
    scope: str
    file: Path
    records: int
    sha256: str
    after: int = 0
    through: int = 0


class StagingArea:
    """The pages of one read, written by many threads and recorded by one."""

    def __init__(
        self, root: Path, *, source: str, usable_for: timedelta = RESUMABLE_FOR, now: datetime | None = None
    ) -> None:
        self.root = root
        self._source = source
        self._now = self.read_at = now or datetime.now(UTC)
        self.bound: int | None = None
        self.began: datetime | None = None  # store's clock when the read that is under way began
        self.watermark: datetime | None = None  # the same of the last complete read here
        self.priced_at: datetime | None = None  # when prices were last looked up for it
        self._pages: dict[str, StagedPage] = {}
        self._names = itertools.count(1)
        with _disk(root):
            root.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._resume(source, usable_for)

    def pages(self, entity: str, scope: str) -> list[StagedPage]:
        """The pages that count, in the order of what they cover."""
        chosen = [p for p in self._pages.values() if (p.entity, p.scope) == (entity, scope)]
        return sorted(chosen, key=lambda page: (page.after, page.file.name))

    def write_page(
        self, entity: str, scope: str, body: bytes, *, records: int, after: int = 0, through: int = 0
    ) -> StagedPage:
        """`body` in a file of its own; it counts once `record` has been called."""
        folder = self.root / entity
        file = folder / f"{scope or 'unscoped'}-{after:012}-{next(self._names):06}.json"
        with _disk(file):
            folder.mkdir(exist_ok=True, mode=0o700)
            with file.open("xb") as opened:
                opened.write(body)
        digest = hashlib.sha256(body).hexdigest()
        return StagedPage(
            entity=entity,
            scope=scope,
            file=file,
            records=records,
            sha256=digest,
            after=after,
            through=through,
        )

    def record(self, page: StagedPage, *, replaces: StagedPage | None = None) -> None:
        """Make `page` count, and in the same moment `replaces` count no more."""
        name = page.file.relative_to(self.root).as_posix()
        line: dict[str, Any] = {"page": name, "entity": page.entity, "scope": page.scope, "records": page.records}
        line |= {"sha256": page.sha256, "after": page.after, "through": page.through}
        if replaces is not None:
            line["replaces"] = replaces.file.relative_to(self.root).as_posix()
        self._append(line)
        self._pages[name] = page
        if replaces is not None:
            self._pages.pop(line["replaces"], None)
            replaces.file.unlink(missing_ok=True)

    def drop(self, page: StagedPage) -> None:
        """`page` no longer counts: it is about to be read again."""
        name = page.file.relative_to(self.root).as_posix()
        self._append({"dropped": name})
        self._pages.pop(name, None)
        page.file.unlink(missing_ok=True)

    def drop_all(self, entity: str, scope: str) -> None:
        """Forget what was staged of one entity under one scope."""
        for page in self.pages(entity, scope):
            self.drop(page)

    def keep_only(self, entity: str, scopes: Collection[str]) -> None:
        """Forget the pages of `entity` under scopes that are gone."""
        for page in list(self._pages.values()):
            if page.entity == entity and page.scope not in scopes:
                self.drop(page)

    def begin(self, began: datetime) -> None:
        """The read begins, by the store's clock: edits from now on may be missed by it."""
        self._append({"began": began.isoformat()}, is_milestone=True)
        self.began = began

    def complete(self) -> None:
        """The read is whole; edits since it began are for the next one."""
        if self.began is None:
            raise ValueError("a read is completed that never began")
        self._append({"watermark": self.began.isoformat()}, is_milestone=True)
        self.watermark = self.began

    def set_priced(self, at: datetime) -> None:
        """Prices were looked up, and every product that they told of was read again."""
        self._append({"priced_at": at.isoformat()}, is_milestone=True)
        self.priced_at = at

    def restart(self) -> None:
        """Forget everything: a new read begins."""
        self._manifest.close()
        self.bound = self.began = self.watermark = self.priced_at = None
        self._pages.clear()
        with _disk(self.root):
            (self.root / MANIFEST_NAME).unlink(missing_ok=True)
            self.read_at = self._now
            self._resume(self._source, timedelta())

    def set_bound(self, bound: int) -> None:
        """The highest product id this read looks at."""
        self._append({"bound": bound})
        self.bound = bound

    def close(self) -> None:
        """Close the manifest."""
        self._manifest.close()

    def _append(self, line: dict[str, Any], *, is_milestone: bool = False) -> None:
        with _disk(self.root):
            self._manifest.write(orjson.dumps(line) + b"\n")
            self._manifest.flush()
            if is_milestone:
                os.fsync(self._manifest.fileno())

    def _resume(self, source: str, usable_for: timedelta) -> None:
        """Take over what an earlier read of the same source left here, if it is recent and whole."""
        path = self.root / MANIFEST_NAME
        lines = list(_manifest_lines(path))
        started = self._resumable_start(lines, source, usable_for)
        if started is None:
            path.unlink(missing_ok=True)
            lines = [{"source": source, "started_at": self.read_at.isoformat()}]
            path.write_bytes(orjson.dumps(lines[0]) + b"\n")
        else:
            self.read_at = started
        for line in lines:
            self._replay(line)
        self._sweep()
        self._manifest = path.open("ab")
        if started is not None:
            self._manifest.write(b"\n")  # ends a line that the end of the earlier read may have cut

    def _resumable_start(self, lines: list[dict[str, Any]], source: str, usable_for: timedelta) -> datetime | None:
        try:
            started = datetime.fromisoformat(lines[0]["started_at"])
            is_recent = timedelta() <= self.read_at - started < usable_for
            return started if lines[0]["source"] == source and is_recent else None
        except (IndexError, KeyError, TypeError, ValueError):
            return None

    def _replay(self, line: dict[str, Any]) -> None:
        if "bound" in line:
            self.bound = line["bound"]
        elif "watermark" in line:
            self.watermark = datetime.fromisoformat(line["watermark"])
        elif "began" in line:
            self.began = datetime.fromisoformat(line["began"])
        elif "priced_at" in line:
            self.priced_at = datetime.fromisoformat(line["priced_at"])
        elif "dropped" in line:
            self._pages.pop(line["dropped"], None)
        elif "page" in line:
            fields = {key: line[key] for key in ("entity", "scope", "records", "sha256", "after", "through")}
            self._pages[line["page"]] = StagedPage(file=self.root / line["page"], **fields)
            self._pages.pop(line.get("replaces", ""), None)

    def _sweep(self) -> None:
        """Drop pages whose file is not what was recorded, and files that no line names."""
        for name, page in list(self._pages.items()):
            if not page.file.is_file() or hashlib.sha256(page.file.read_bytes()).hexdigest() != page.sha256:
                del self._pages[name]
        named = {page.file for page in self._pages.values()}
        for file in self.root.glob("*/*.json"):
            if file not in named:
                file.unlink()
        numbers = [int(page.file.stem.rsplit("-", 1)[1]) for page in self._pages.values()]
        self._names = itertools.count(max(numbers, default=0) + 1)


def _manifest_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The readable lines; a kill may have cut the last one."""
    if not path.is_file():
        return
    for line in path.read_bytes().splitlines():
        try:
            parsed = orjson.loads(line) if line.strip() else None
        except orjson.JSONDecodeError:
            continue
        if isinstance(parsed, dict):
            yield parsed


class _disk:
    """Turns an OSError of the block into ours, naming the path."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, OSError):
            return
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            hint = "Free some space; the next run goes on from the last page."
            raise DiskFullError(f"No space left while staging `{self._path}`.", hint=hint) from None
        reason = error.strerror or type(error).__name__
        raise StorageError(f"`{self._path}` cannot be written: {reason}.", hint="Check the data directory.") from None
