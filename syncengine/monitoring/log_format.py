"""One line per fact: as JSON for machines, as text for people, both without secrets."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from syncengine.monitoring.redaction import Redactor

# in this order; what a record does not say is left out
FIELDS = (
    "run_id", "feed", "step", "batch", "sku", "duration_ms", "http_status", "error_code",
    "operation", "status", "elapsed", "pid", "caller", "holder", "target", "lost_lines",
)  # fmt: skip
_LONGEST = 100_000  # characters of one message: a line is for reading


@dataclass(slots=True)
class LogContext:
    """What every line of this process says of the run that goes on: there is one at a time."""

    run_id: str | None = None
    feed: str | None = None
    step: str | None = None
    batch: str | None = None

    def fill(self, record: logging.LogRecord) -> bool:
        """A logging filter: adds what the record does not say itself; lets everything through."""
        for name in ("run_id", "feed", "step", "batch"):
            if not hasattr(record, name):
                setattr(record, name, getattr(self, name))
        return True


CONTEXT = LogContext()


class _Clean(logging.Formatter):
    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def _fields(self, record: logging.LogRecord) -> dict[str, Any]:
        found = {name: value for name in FIELDS if (value := getattr(record, name, None)) is not None}
        return {name: self._redactor.clean_value(value) for name, value in found.items()}

    def _message(self, record: logging.LogRecord) -> str:
        try:
            text = record.getMessage()
        except (TypeError, ValueError):
            text = str(record.msg)  # a line with the wrong arguments is still worth its words
        return self._redactor.clean(text[:_LONGEST])

    def _trace(self, record: logging.LogRecord) -> str | None:
        parts = [self.formatException(record.exc_info)] if record.exc_info and record.exc_info[0] else []
        if record.stack_info:
            parts.append(self.formatStack(record.stack_info))
        return self._redactor.clean("\n".join(parts)) if parts else None


class JsonLine(_Clean):
    """`{"ts": …, "level": …, "logger": …, "msg": …, …}` in one line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, Any] = {
            "ts": _stamp(record, "milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "msg": self._message(record),
            **self._fields(record),
        }
        trace = self._trace(record)
        if trace is not None:
            line["trace"] = trace
        try:
            return orjson.dumps(line).decode()
        except orjson.JSONEncodeError:  # a lone surrogate, of a catalog text
            return orjson.dumps({name: _writable(value) for name, value in line.items()}).decode()


class TextLine(_Clean):
    """`2026-05-04 11:17:00 INFO    message  run_id=… feed=…` in one line; a trace follows it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line or lines, without the last end."""
        fields = "".join(f"  {name}={_text(value)}" for name, value in self._fields(record).items())
        message = _writable(self._message(record).replace("\r", "\\r").replace("\n", "\\n"))
        head = f"{_stamp(record, 'seconds')} {record.levelname:<7} {message}{_writable(fields)}"
        trace = self._trace(record)
        return head if trace is None else f"{head}\n{_writable(trace)}"


def _stamp(record: logging.LogRecord, precision: str) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def _text(value: Any) -> str:
    text = str(value)
    return repr(text) if not text or any(character.isspace() for character in text) else text


def _writable(value: Any) -> Any:
    return value.encode("utf-8", "backslashreplace").decode("utf-8") if isinstance(value, str) else value
