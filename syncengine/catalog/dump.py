"""A staged catalog written as a directory that the files source reads: a support case, a test catalog."""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb
import orjson

from syncengine.catalog.records import create_view
from syncengine.catalog.staged import StagedCatalog, StagedPart
from syncengine.errors import StorageError, storage_error

_ROWS_AT_A_TIME = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Dump:
    """A directory of records, written whole."""

    directory: Path
    files: int
    records: int


def write_dump(staged: StagedCatalog, directory: Path) -> Dump:
    """Write all records as `<entity>[.<scope>].jsonl.gz`, one a line, with a manifest of counts and digests.

    `directory` comes to be in one step, once everything is in it; it must not exist, or be empty.
    Raises: StorageError.
    """
    with suppress(FileNotFoundError):
        if any(directory.iterdir()):
            raise StorageError(f"`{directory}` is not empty.", hint="Name a directory that does not exist yet.")
    place = directory.with_name(f".{directory.name}.writing-{os.getpid()}")
    try:
        place.mkdir(parents=True, mode=0o700)
        try:
            manifest = _write_parts(staged, place)
            (place / "manifest.json").write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
            place.replace(directory)
        finally:
            _remove(place)
    except OSError as error:
        raise storage_error(error) from error
    records = sum(int(entry["records"]) for entry in manifest.values())
    return Dump(directory=directory, files=len(manifest), records=records)


def _write_parts(staged: StagedCatalog, place: Path) -> dict[str, dict[str, int | str]]:
    manifest: dict[str, dict[str, int | str]] = {}
    parts = list(staged.parts)
    given = {part.entity for part in parts}
    # offered and empty is not the same as not offered
    parts += [
        StagedPart(entity=entity, scope="", files=(), records=0)
        for entity, is_offered in staged.offered.items()
        if is_offered and entity not in given
    ]
    for part in parts:
        name = f"{part.entity}.{part.scope}.jsonl.gz" if part.scope else f"{part.entity}.jsonl.gz"
        digest, records = hashlib.sha256(), 0
        with (place / name).open("xb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
            for line in _lines(part):
                packed.write(line)
                digest.update(line)
                records += 1
        manifest[name] = {"records": records, "sha256_of_content": digest.hexdigest()}
    return manifest


def _lines(part: StagedPart) -> Iterator[bytes]:
    with duckdb.connect(config={"threads": 1}) as con:
        create_view(con, "part", [part])
        found = con.execute("SELECT json(record)::VARCHAR FROM part")
        while rows := found.fetchmany(_ROWS_AT_A_TIME):
            for (text,) in rows:
                yield f"{text}\n".encode()


def _remove(place: Path) -> None:
    if place.is_dir():
        for file in place.iterdir():
            file.unlink()
        place.rmdir()
