"""What the log file says of one run: its end is read, never all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from syncengine.errors import storage_error
from syncengine.monitoring.log_format import FIELDS
from syncengine.monitoring.redaction import Redactor, secrets_of
from syncengine.settings import Settings

LOOKED_AT_BYTES = 2 * 2**20  # of the file, and of the one turned over before it
MOST_LINES = 400
_LONGEST_LINE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLog:
    """The newest lines of a run, oldest first; `left_out`: how many more there were before them, as far as looked."""

    lines: tuple[str, ...]
    left_out: int = 0


def run_log(settings: Settings, run_id: str) -> RunLog | None:
    """The end of what `log.file` says of a run, without secrets; None when no file is set.

    Raises: StorageError when the file cannot be read.
    """
    if settings.log.file is None:
        return None
    path = settings.log.file.expanduser()
    redactor = Redactor(secrets_of(settings))
    found = [
        redactor.clean(_as_text(line))
        for file in (path.with_name(f"{path.name}.1"), path)
        for line in _lines_of(file, run_id)
    ]
    return RunLog(lines=tuple(found[-MOST_LINES:]), left_out=max(0, len(found) - MOST_LINES))


def _lines_of(path: Path, run_id: str) -> Iterator[dict[str, Any]]:
    """The lines near the end of a file that name the run; what is no JSON of ours is passed over."""
    try:
        with path.open("rb") as file:
            start = max(0, path.stat().st_size - LOOKED_AT_BYTES)
            file.seek(start)
            lines = file.read(LOOKED_AT_BYTES).splitlines()
    except FileNotFoundError:
        return
    except OSError as error:
        raise storage_error(error) from error
    for line in lines[1:] if start else lines:
        if run_id.encode() not in line:
            continue
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(value, dict) and value.get("run_id") == run_id:
            yield value


def _as_text(line: dict[str, Any]) -> str:
    """The line for reading; the run's own id is left out, for all of them have it."""
    said = f"{line.get('ts', '')} {str(line.get('level', '')).upper():<7} {line.get('msg', '')}"
    fields = "".join(f"  {name}={line[name]}" for name in FIELDS if name in line and name != "run_id")
    trace = f"\n{line['trace']}" if line.get("trace") else ""
    return f"{said}{fields}{trace}"[:_LONGEST_LINE]
