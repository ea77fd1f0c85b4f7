"""What is slow to make and quick to copy: made once in a test session, for all of its workers."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def template(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The directory `name` that `make` has filled; whoever asks first makes it, the others wait for that."""
    base = factory.getbasetemp()
    common = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    place = common / f"template-{name}"
    with (common / f"template-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            half_made = common / f"template-{name}.making"
            shutil.rmtree(half_made, ignore_errors=True)
            half_made.mkdir(mode=0o700)
            make(half_made)
            half_made.rename(place)
    return place


def copied(template: Path, place: Path) -> Path:
    """A copy of a template at `place`, as private as a data directory has to be; `place` may exist and be empty."""
    shutil.copytree(template, place, dirs_exist_ok=True)
    place.chmod(0o700)
    return place
