"""Fixtures that several rooms' tests share."""

from __future__ import annotations

import logging
import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared reference material beside the project (recordings, Luma records, contracts)."""
    place = Path(os.environ.get("SHARED_MATERIAL", PROJECT.parent / "shared"))
    if not (place / "luma").is_dir():
        pytest.skip("the shared reference material is not beside the project (set SHARED_MATERIAL)")
    return place


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the settings of the machine it runs on."""
    for name in list(os.environ):
        if name.startswith("CATALOG_SYNC_"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _no_log_of_an_earlier_command() -> Iterator[None]:
    """A command that a test runs in this process sets up logging; the next test begins without."""
    root = logging.getLogger()
    handlers, level, raising = list(root.handlers), root.level, logging.raiseExceptions
    yield
    for handler in [handler for handler in root.handlers if hasattr(handler, "_catalog_sync")]:
        root.removeHandler(handler)
        handler.close()
        if handler not in handlers:
            logging.captureWarnings(False)
            root.setLevel(level)
            logging.raiseExceptions = raising


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test has said may hold half a character, on purpose; a report that holds one stops the worker."""
    report = yield
    report.sections = [(name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections]
    return report


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are cores: tests wait a good part of their time, for disks, servers and browsers.

    Measured on two cores: two workers used half of them, and the third saved a third of the time.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (cores or 1) + 1
