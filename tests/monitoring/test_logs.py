"""Log lines: what they hold, where they go, and that nothing about them can stop a sync."""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from inspection.lake_of import Answer, LakeOf, product
from pydantic import SecretStr

from syncengine.cli.common import logged_errors
from syncengine.control.runs import RunStatus, finish_run
from syncengine.errors import CatalogSyncError, EngineBusyError
from syncengine.monitoring import log_format, logs
from syncengine.monitoring.log_observer import LogObserver
from syncengine.monitoring.logs import configure_logging
from syncengine.progress import Moment
from syncengine.settings import LogSettings, Settings, SourceSettings

CANARY = "canary-secret-9f3e"


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """The root logger of this process, and its warnings, as they were."""
    root = logging.getLogger()
    handlers, level, raising = list(root.handlers), root.level, logging.raiseExceptions
    yield
    logging.captureWarnings(False)
    for handler in set(root.handlers) - set(handlers):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)
    logging.raiseExceptions = raising
    for library in ("urllib3", "alembic"):
        logging.getLogger(library).setLevel(logging.NOTSET)
    log_format.CONTEXT.run_id = log_format.CONTEXT.step = log_format.CONTEXT.feed = log_format.CONTEXT.batch = None


class Screen(io.StringIO):
    """A stderr that can be read again, and can be a terminal."""

    def __init__(self, *, is_terminal: bool = False) -> None:
        super().__init__()
        self.is_terminal = is_terminal

    def isatty(self) -> bool:
        return self.is_terminal

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    made = Screen()
    # not sys.stderr itself: pytest puts its own there when the test begins
    monkeypatch.setattr(logs, "sys", SimpleNamespace(stderr=made))
    return made


def settings_of(**log: Any) -> Settings:
    return Settings(source=SourceSettings(url="https://shop.example", token=SecretStr(CANARY)), log=LogSettings(**log))


def begin(**log: Any) -> None:
    configure_logging(settings_of(**log), is_service=True)


def test_off_a_terminal_a_line_is_json_with_the_documented_fields(screen: Screen) -> None:
    begin()
    logging.getLogger("syncengine.x").warning("answered %s", 503, extra={"http_status": 503, "duration_ms": 12})

    (line,) = screen.lines
    assert line.pop("ts").endswith("Z")
    assert line == {
        "level": "warning", "logger": "syncengine.x", "msg": "answered 503", "http_status": 503, "duration_ms": 12,
    }  # fmt: skip


def test_on_a_terminal_a_line_is_text_and_a_command_says_only_what_went_wrong(screen: Screen) -> None:
    screen.is_terminal = True
    configure_logging(settings_of(), is_service=False)
    logging.getLogger("a").info("all is well")
    logging.getLogger("a").warning("two\nlines", extra={"feed": "products", "sku": "a b"})

    (line,) = screen.getvalue().splitlines()
    assert line.endswith("WARNING two\\nlines  feed=products  sku='a b'")


@pytest.mark.parametrize(("chosen", "is_json"), [("json", True), ("text", False), (None, True)])
def test_the_format_asked_for_stands_above_the_terminal(screen: Screen, chosen: str | None, is_json: bool) -> None:
    configure_logging(settings_of(), is_service=True, log_format=chosen)
    logging.getLogger("a").info("hello")

    assert screen.getvalue().startswith("{") is is_json


def test_a_secret_is_in_no_line_whoever_logs_it_and_however(screen: Screen) -> None:
    warnings.simplefilter("always")  # here a warning is no error: pytest puts it back
    begin()
    logging.getLogger("urllib3.connectionpool").warning("GET /rest?token=abc&x=%s", CANARY)
    logging.getLogger("a").warning("%s", {"Authorization": f"Bearer {CANARY}"}, extra={"status": CANARY})
    logging.getLogger("a").warning("wrong arguments %d", CANARY)
    warnings.warn(f"do not use {CANARY}", stacklevel=1)
    try:
        raise ValueError(f"broken by {CANARY}")
    except ValueError:
        logging.getLogger("a").exception("failed")

    assert len(screen.lines) == 5
    assert CANARY not in screen.getvalue()
    assert "token=abc" not in screen.getvalue()
    assert "ValueError: broken by [redacted]" in screen.lines[-1]["trace"]


def test_a_text_that_cannot_be_encoded_is_logged_all_the_same(screen: Screen) -> None:
    begin()
    logging.getLogger("a").warning("name \ud83d of %s", "product", extra={"sku": "\udc80"})

    assert "product" in screen.lines[0]["msg"]


def test_the_file_is_turned_over_by_size_and_only_some_are_kept(screen: Screen, tmp_path: Path) -> None:
    path = tmp_path / "logs" / "sync.log"
    begin(file=path, max_bytes=2000, keep_files=2)
    for number in range(100):
        logging.getLogger("a").info("line %s of a hundred", number)

    assert sorted(item.name for item in path.parent.iterdir()) == ["sync.log", "sync.log.1", "sync.log.2"]
    assert all(item.stat().st_size <= 2000 for item in path.parent.iterdir())
    assert path.stat().st_mode & 0o077 == 0
    assert json.loads(path.read_text().splitlines()[-1])["msg"] == "line 99 of a hundred"


def test_a_full_volume_costs_lines_and_is_told_when_there_is_room(screen: Screen, tmp_path: Path) -> None:
    path = tmp_path / "gone" / "sync.log"
    path.parent.write_text("a file where the directory should be")
    begin(file=path)
    logging.getLogger("a").info("lost")
    path.parent.unlink()
    logging.getLogger("a").info("kept")

    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["msg"] for line in lines] == ["kept", "1 log lines were lost"]
    assert len(screen.lines) == 2


def test_a_log_on_a_full_device_raises_nothing(screen: Screen) -> None:
    begin(file=Path("/dev/full"))

    logging.getLogger("a").error("nowhere to go")

    assert screen.lines


def test_a_closed_stderr_raises_nothing(screen: Screen) -> None:
    begin()
    screen.close()

    logging.getLogger("a").error("nobody listens")


def test_configured_twice_a_line_is_written_once(screen: Screen) -> None:
    begin()
    begin()
    logging.getLogger("a").info("once")

    assert len(screen.lines) == 1


# -- runs ---------------------------------------------------------------------------------------------------------


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def observed(lake: LakeOf, clock: Clock) -> LogObserver:
    return LogObserver(lake.control, caller="engine", clock=clock)


def test_a_run_is_told_from_its_begin_to_its_end(lake: LakeOf, screen: Screen) -> None:
    begin()
    clock = Clock()
    observer = observed(lake, clock)
    run = lake.synced(products=[product("a"), product("b")], answers={"b": Answer("rejected", "BAD", "no")})
    observer.at(Moment.RUN_BEGUN, run.run_id)
    observer.advance("read", "", 0, None)
    clock.now += 2
    observer.advance("export", "", 0, None)
    logging.getLogger("syncengine.elsewhere").info("something else")
    observer.at(Moment.FINISHED, run.run_id)

    lines = screen.lines
    assert all(line["run_id"] == run.run_id for line in lines)
    assert [line["msg"] for line in lines if line["logger"] == "syncengine.run"][1:4] == [
        "Step read", "Step read ended", "Step export",
    ]  # fmt: skip
    assert next(line for line in lines if line["msg"] == "Step read ended")["duration_ms"] == 2000
    assert next(line for line in lines if line["msg"] == "something else")["step"] == "export"
    feed = next(line for line in lines if line["msg"].startswith("Feed products"))
    assert (feed["feed"], feed["msg"].split("; ")[1]) == (
        "products", "2 in catalog, 2 sent = 1 accepted + 1 rejected + 0 waiting",
    )  # fmt: skip
    assert lines[-1]["msg"].endswith("1 products updated, 2 items sent, 1 need attention")
    assert lines[-1]["status"] == "success"


def test_progress_is_told_every_half_minute_in_the_references_words(lake: LakeOf, screen: Screen) -> None:
    begin()
    clock = Clock()
    observer = observed(lake, clock)
    run = lake.synced(
        products=[product(sku) for sku in "abcde"], answers={"b": Answer("rejected", "BAD", "no")}
    )  # one item a batch
    observer.at(Moment.RUN_BEGUN, run.run_id)
    observer.advance("export", "", 0, None)
    for _ in range(4):
        clock.now += 10
        observer.advance("export", "products", 5, 5)

    (line,) = [line for line in screen.lines if line["msg"].startswith("Progress")]
    assert line["msg"] == "Progress 5/5, processed 5, synced 4"
    assert {key: line[key] for key in ("feed", "operation", "status", "elapsed", "caller")} == {
        "feed": "products", "operation": "partial sync", "status": "in progress", "elapsed": "30.0",
        "caller": "engine",
    }  # fmt: skip
    assert isinstance(line["pid"], int)


def test_a_failed_run_is_an_error_with_its_code(lake: LakeOf, screen: Screen) -> None:
    begin()
    observer = observed(lake, Clock())
    run = lake.begin()
    observer.at(Moment.RUN_BEGUN, run.run_id)
    with lake.control.write() as connection:
        error = CatalogSyncError("The store is away.", code="CS2002", hint="Wait.")
        finish_run(connection, run.run_id, RunStatus.FAILED, error=error)
    observer.at(Moment.FINISHED, run.run_id)

    assert (screen.lines[-1]["level"], screen.lines[-1]["error_code"]) == ("error", "CS2002")
    assert "The store is away." in screen.lines[-1]["msg"]


def test_a_second_engine_is_information_with_the_holder(screen: Screen) -> None:
    begin()
    with pytest.raises(EngineBusyError), logged_errors():
        raise EngineBusyError("Another engine holds it.", holder="pid 7 since today")

    (line,) = screen.lines
    assert (line["level"], line["holder"], line["error_code"]) == ("info", "pid 7 since today", "CS5003")
