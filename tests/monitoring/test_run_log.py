"""The end of the log file, of one run."""

from __future__ import annotations

import logging
from pathlib import Path

import orjson
import pytest
from pydantic import SecretStr

from syncengine.errors import StorageError
from syncengine.monitoring import run_log as module
from syncengine.monitoring.log_format import JsonLine
from syncengine.monitoring.redaction import Redactor
from syncengine.monitoring.run_log import MOST_LINES, run_log
from syncengine.settings import LogSettings, Settings, SourceSettings


def settings(path: Path) -> Settings:
    return Settings(
        log=LogSettings(file=path), source=SourceSettings(url="https://shop.example", token=SecretStr("canary-token-1"))
    )


def line(run_id: str | None, message: str) -> str:
    record = logging.LogRecord("catalog_sync", logging.INFO, "", 0, message, None, None)
    record.run_id, record.feed = run_id, "products"
    return JsonLine(Redactor()).format(record)


def test_without_a_log_file_there_is_no_log() -> None:
    assert run_log(Settings(), "r-1") is None


def test_only_the_runs_own_lines_are_shown_in_their_order_and_those_turned_over_first(tmp_path: Path) -> None:
    path = tmp_path / "sync.log"
    path.with_name("sync.log.1").write_text(line("r-1", "first") + "\n" + line("r-2", "other") + "\n")
    path.write_text(
        "no JSON of r-1\n" + line(None, "speaks of r-1") + "\n[]\n" + line("r-1", "second") + "\n{broken r-1"
    )
    found = run_log(settings(path), "r-1")
    assert found is not None
    assert [text.split()[2] for text in found.lines] == ["first", "second"]
    assert "INFO" in found.lines[0] and "feed=products" in found.lines[0] and "r-1" not in found.lines[0]


def test_a_file_that_was_never_written_has_no_line(tmp_path: Path) -> None:
    found = run_log(settings(tmp_path / "none.log"), "r-1")
    assert found is not None and found.lines == ()


def test_only_the_end_of_a_large_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sync.log"
    path.write_text("".join(line("r-1", f"line-{number}") + "\n" for number in range(100)))
    monkeypatch.setattr(module, "LOOKED_AT_BYTES", 1_000)
    found = run_log(settings(path), "r-1")
    assert found is not None and 1 <= len(found.lines) < 10
    assert "line-99" in found.lines[-1]


def test_of_many_lines_the_newest_are_shown_and_the_others_counted(tmp_path: Path) -> None:
    path = tmp_path / "sync.log"
    path.write_text("".join(line("r-1", f"line-{number}") + "\n" for number in range(MOST_LINES + 5)))
    found = run_log(settings(path), "r-1")
    assert found is not None
    assert (len(found.lines), found.left_out) == (MOST_LINES, 5)
    assert f"line-{MOST_LINES + 4}" in found.lines[-1]


def test_a_secret_that_got_into_the_file_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "sync.log"
    path.write_text(orjson.dumps({"ts": "t", "level": "info", "msg": "sent canary-token-1", "run_id": "r-1"}).decode())
    found = run_log(settings(path), "r-1")
    assert found is not None
    assert len(found.lines) == 1 and "canary" not in found.lines[0]


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        run_log(settings(tmp_path), "r-1")  # a directory
