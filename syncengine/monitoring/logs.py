"""Where log lines go: stderr and a file that is turned over. Writing one never raises: a sync goes on without it."""

from __future__ import annotations

import logging
import logging.handlers
import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from syncengine.monitoring.log_format import CONTEXT, JsonLine, TextLine
from syncengine.monitoring.redaction import Redactor, secrets_of
from syncengine.settings import LogSettings, Settings
from syncengine.traffic import PAYLOADS

REDACTOR = Redactor()
_MARK = "_catalog_sync"


class _Steady:
    """Of a handler: a line that cannot be written is counted, and told when the next one can be."""

    lost = 0

    def handleError(self, record: logging.LogRecord) -> None:
        """Count it; nothing else can be done about it here."""
        self.lost += 1


class _Screen(_Steady, logging.StreamHandler[TextIO]):
    """Lines on stderr, whatever it is at that moment."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)
        self.stream = sys.stderr

    def emit(self, record: logging.LogRecord) -> None:
        """Write to the stderr of now: it may be replaced, closed, or a broken pipe."""
        self.stream = sys.stderr
        if self.stream is not None:
            super().emit(record)


class _File(_Steady, logging.handlers.RotatingFileHandler):
    """Lines in a file that only its owner may read; after a failure it says how many lines were lost."""

    def __init__(self, path: Path, settings: LogSettings) -> None:
        super().__init__(
            path, maxBytes=settings.max_bytes, backupCount=settings.keep_files, encoding="utf-8", delay=True,
            errors="backslashreplace",
        )  # fmt: skip

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace")

    def close(self) -> None:
        """Give the file back; what could not be written is gone."""
        with suppress(OSError):
            super().close()

    def doRollover(self) -> None:
        """Turn the file over; where that cannot be done, go on with the one there is."""
        try:
            super().doRollover()
        except OSError:
            self.stream = self.stream or self._open()

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line; then how many went missing before it."""
        lost = self.lost
        super().emit(record)
        if lost and self.lost == lost:
            self.lost = 0
            told = logging.LogRecord(__name__, logging.WARNING, "", 0, "%s log lines were lost", (f"{lost:,}",), None)
            told.lost_lines = lost
            super().emit(told)


def configure_logging(
    settings: Settings, *, is_service: bool, log_format: str | None = None, verbose: int = 0, quiet: bool = False,
    payloads: bool = False,
) -> None:  # fmt: skip
    """Send this process's log lines where the settings say, as they say, without the settings' secrets.

    On a terminal a command that is no service (engine, app) logs warnings only: it talks to people in its own words.
    Called again it replaces what it did before.
    """
    REDACTOR.learn(*secrets_of(settings))
    chosen = log_format or settings.log.format
    is_terminal = _is_terminal()
    as_json = chosen == "json" or (chosen == "auto" and not is_terminal)
    level = getattr(logging, settings.log.level.upper())
    if verbose:
        level = min(level, logging.INFO if verbose == 1 else logging.DEBUG)
    root = logging.getLogger()
    for handler in [item for item in root.handlers if hasattr(item, _MARK)]:
        root.removeHandler(handler)
        handler.close()
    screen = _Screen()
    is_talking = is_terminal and not is_service and not verbose
    screen.setLevel(max(level, logging.WARNING) if quiet or is_talking else level)
    _add(root, screen, JsonLine(REDACTOR) if as_json else TextLine(REDACTOR))
    if settings.log.file is not None:
        _add(root, _File(settings.log.file.expanduser(), settings.log), JsonLine(REDACTOR))
    root.setLevel(level)
    logging.captureWarnings(True)
    logging.raiseExceptions = False
    # what these say of each connection and migration is of use only to who asks for everything
    for library in ("urllib3", "alembic"):
        logging.getLogger(library).setLevel(logging.DEBUG if level <= logging.DEBUG else logging.WARNING)
    logging.getLogger(PAYLOADS).setLevel(logging.INFO if payloads else logging.CRITICAL + 1)


def _add(root: logging.Logger, handler: logging.Handler, formatter: logging.Formatter) -> None:
    handler.setFormatter(formatter)
    handler.addFilter(CONTEXT.fill)
    setattr(handler, _MARK, True)
    root.addHandler(handler)


def _is_terminal() -> bool:
    try:
        return sys.stderr is not None and sys.stderr.isatty()
    except ValueError:  # it is closed
        return False
