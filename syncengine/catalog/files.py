"""A directory of records as the REST API answers them, one a line: a dump, a test catalog, a support case."""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import duckdb
import orjson

from syncengine.catalog.records import create_view
from syncengine.catalog.staged import ENTITIES, ReadProgress, ReadStoppedError, StagedCatalog, StagedPart, Touched
from syncengine.errors import RecordsInvalidError

_NAME = re.compile(r"(?P<entity>[a-z_]+)(?:\.(?P<scope>[A-Za-z0-9_\-]+))?\.(?:jsonl|jsonl\.gz|parquet)")
_REQUIRED = ("websites", "store_groups", "store_views", "attributes", "products")


class FilesSource:
    """`<entity>[.<scope>].jsonl`, `.jsonl.gz` or `.parquet` of one directory; a manifest.json is checked."""

    name = "files"

    def __init__(self, path: Path) -> None:
        self._path = path

    def probe(self) -> str:
        """One sentence that says what lies there. Raises: RecordsInvalidError."""
        files = self._files()
        views = {scope for entity, scope in files if entity == "products"}
        told = f", products of {len(views)} store views" if len(views) > 1 else ""
        return f"The directory `{self._path}` holds {len(files)} files of records{told}."

    def read_changes(
        self,
        staging: Path,
        *,
        progress: Callable[[ReadProgress], None] = lambda step: None,
        should_stop: Callable[[], bool] = lambda: False,
        touched: Touched | None = None,
    ) -> StagedCatalog:
        """The same as `read`: files do not tell what changed."""
        return self.read(staging, progress=progress, should_stop=should_stop)

    def read(
        self,
        staging: Path,
        *,
        progress: Callable[[ReadProgress], None] = lambda step: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> StagedCatalog:
        """The directory's files, where they are, once every record has been checked; `staging` is not used.

        Raises: RecordsInvalidError naming file and line.
        """
        read_at = datetime.now(UTC)
        files = self._files()
        manifest = self._manifest()
        missing = sorted(name for name in manifest if not (self._path / name).is_file())
        if missing:
            hint = "The directory is incomplete; write it again."
            raise RecordsInvalidError(f"manifest.json names `{missing[0]}`, which is missing.", hint=hint)
        parts = []
        for (entity, scope), file in files.items():
            if should_stop():
                raise ReadStoppedError("The read was stopped on request.", hint="Run it again.")
            records, digest = _checked_table(file) if file.suffix == ".parquet" else _checked(file)
            _compare(file, manifest.get(file.name), records, digest)
            parts.append(StagedPart(entity=entity, scope=scope, files=(file,), records=records, digests=(digest,)))
            progress(ReadProgress(entity=entity, scope=scope, records=records, total=records))
        given = {part.entity for part in parts}
        return StagedCatalog(
            root=self._path,
            source=f"{self.name} {self._path}",
            parts=tuple(parts),
            offered={entity: entity in given for entity in ENTITIES},
            requests=0,
            read_at=read_at,
        )

    def _files(self) -> dict[tuple[str, str], Path]:
        if not self._path.is_dir():
            raise RecordsInvalidError(f"There is no directory `{self._path}`.", hint="Check `source.path`.")
        files: dict[tuple[str, str], Path] = {}
        for file in sorted(self._path.iterdir()):
            named = _NAME.fullmatch(file.name)
            if named is None or named["entity"] not in ENTITIES:
                continue
            key = (named["entity"], named["scope"] or "")
            if key in files:
                hint = "Keep one of the two."
                raise RecordsInvalidError(f"`{files[key]}` and `{file}` hold the same records.", hint=hint)
            files[key] = file
        missing = [entity for entity in _REQUIRED if entity not in {entity for entity, _ in files}]
        if missing:
            raise RecordsInvalidError(
                f"`{self._path}` holds no {', '.join(missing)}.",
                hint=f"Files are named like `{missing[0]}.jsonl` `{missing[0]}.jsonl.gz` or `{missing[0]}.parquet`.",
            )
        return files

    def _manifest(self) -> dict[str, dict[str, object]]:
        file = self._path / "manifest.json"
        if not file.is_file():
            return {}
        try:
            manifest = orjson.loads(file.read_bytes())
        except orjson.JSONDecodeError as error:
            raise RecordsInvalidError(f"`{file}` is no JSON: {error}.", hint="Mend or remove it.") from None
        return manifest if isinstance(manifest, dict) else {}


def _compare(file: Path, expected: object, records: int, digest: str) -> None:
    if not isinstance(expected, dict):
        return
    if expected.get("records") not in (None, records):
        raise RecordsInvalidError(
            f"`{file}` holds {records} records, manifest.json says {expected['records']}.",
            hint="The file is cut or was changed; write the directory again.",
        )
    if expected.get("sha256_of_content") not in (None, digest):
        raise RecordsInvalidError(
            f"The content of `{file}` is not what manifest.json says (its SHA-256 differs).",
            hint="The file was changed; write the directory again, or remove the entry.",
        )


def _checked(file: Path) -> tuple[int, str]:
    """Number of records and SHA-256 of the content, every line parsed."""
    digest = hashlib.sha256()
    records = 0
    number = 0
    try:
        with _opened(file) as stream:
            for number, line in enumerate(_hashed(stream, digest.update), start=1):
                if not line.strip():
                    continue
                if not isinstance(orjson.loads(line), dict):
                    raise RecordsInvalidError(f"`{file}`, line {number}: not a JSON object.", hint="Mend the line.")
                records += 1
    except orjson.JSONDecodeError as error:
        said = f"`{file}`, line {number}: {error}."
        raise RecordsInvalidError(said, hint="Mend or remove the line.") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        said = f"`{file}`, after line {number}: the compressed file is cut or damaged ({error})."
        raise RecordsInvalidError(said, hint="Write the file again.") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise RecordsInvalidError(f"`{file}` cannot be read: {reason}.", hint="Check its permissions.") from None
    return records, digest.hexdigest()


def _checked_table(file: Path) -> tuple[int, str]:
    """The same of a Parquet file."""
    try:
        with duckdb.connect() as con, file.open("rb") as opened:
            create_view(con, "records", [StagedPart(entity="", scope="", files=(file,), records=0)])
            is_record = "coalesce(json_type(record) = 'OBJECT', false)"
            row = con.execute(f"SELECT count(*), count(*) FILTER (WHERE NOT {is_record}) FROM records").fetchone()
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
    except duckdb.Error as error:
        said = f"`{file}` cannot be read as Parquet: {str(error).splitlines()[0]}."
        raise RecordsInvalidError(said, hint="Write the file again.") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise RecordsInvalidError(f"`{file}` cannot be read: {reason}.", hint="Check its permissions.") from None
    records, wrong = row or (0, 0)
    if wrong:
        raise RecordsInvalidError(f"`{file}` holds {wrong} rows that are no records.", hint="Write the file again.")
    return records, digest


def _hashed(stream: IO[bytes], update: Callable[[bytes], None]) -> Iterator[bytes]:
    for line in stream:
        update(line)
        yield line


def _opened(file: Path) -> IO[bytes]:
    return gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb")  # type: ignore[return-value]
