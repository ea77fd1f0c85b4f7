"""Runs a command in this process, as the entry point does, over a lake made by hand."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from syncengine.cli import main


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON value on stdout."""
        return orjson.loads(self.out)


class Commands:
    """`commands("status", "--json")` runs that command on one data directory and destination."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *words: str) -> Ended:
        self._monkeypatch.setattr(sys, "argv", ["catalog-sync", *words])
        with pytest.raises(SystemExit) as ended:
            main.run()
        sys.stdout.flush()
        captured = self._capsys.readouterr()
        return Ended(int(ended.value.code or 0), captured.out, captured.err)
