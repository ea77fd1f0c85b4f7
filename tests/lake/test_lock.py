"""The guard of a data directory: one holder, named to the others, freed by the kernel."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncengine.errors import EngineBusyError, LockLostError
from syncengine.lake.lock import hold_engine_lock

HOLD = """
import sys
from pathlib import Path
from syncengine.lake.lock import hold_engine_lock
with hold_engine_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def held_by_another(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until its standard input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_lock_can_be_held_again_and_again(tmp_path: Path) -> None:
    for _ in range(2):
        with hold_engine_lock(tmp_path / "data" / "engine.lock"):
            assert (tmp_path / "data" / "engine.lock").read_text().startswith(f"{os.getpid()} since 2")

    assert (tmp_path / "data" / "engine.lock").exists()


def test_a_second_process_is_refused_at_once_with_its_own_code_naming_the_first(tmp_path: Path) -> None:
    lock = tmp_path / "engine.lock"

    with (
        held_by_another(lock) as other,
        pytest.raises(EngineBusyError, match=rf"\(pid {other.pid} since \d{{4}}-") as caught,
        hold_engine_lock(lock),
    ):
        pytest.fail("the lock was given twice")

    assert caught.value.exit_code == 4
    assert str(tmp_path) in caught.value.message
    assert caught.value.hint


def test_being_refused_leaves_the_holder_its_name(tmp_path: Path) -> None:
    lock = tmp_path / "engine.lock"
    with held_by_another(lock) as other:
        for _ in range(3):
            with pytest.raises(EngineBusyError, match=f"pid {other.pid} "), hold_engine_lock(lock):
                pytest.fail("the lock was given twice")


def test_the_lock_is_free_as_soon_as_its_holder_was_killed(tmp_path: Path) -> None:
    lock = tmp_path / "engine.lock"
    with held_by_another(lock) as other:
        other.kill()
        other.wait()

        with hold_engine_lock(lock):
            assert lock.read_text().startswith(f"{os.getpid()} ")


def test_a_program_started_by_the_holder_does_not_keep_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "engine.lock"
    code = "import sys; print('started', flush=True); sys.stdin.read()"
    with hold_engine_lock(lock):
        child = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=False
        )
        assert child.stdout is not None
        assert child.stdout.readline() == b"started\n"
    try:
        with hold_engine_lock(lock):
            assert child.poll() is None
    finally:
        child.communicate()


def test_an_error_inside_gives_the_lock_back(tmp_path: Path) -> None:
    lock = tmp_path / "engine.lock"
    with pytest.raises(RuntimeError), hold_engine_lock(lock):
        raise RuntimeError

    with hold_engine_lock(lock):
        assert lock.stat().st_mode & 0o077 == 0


def test_a_lock_whose_file_stays_still_guards(tmp_path: Path) -> None:
    with hold_engine_lock(tmp_path / "engine.lock") as lock:
        lock.still_guards()


@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_a_lock_whose_file_went_guards_nothing(tmp_path: Path, how: str) -> None:
    path = tmp_path / "engine.lock"
    with hold_engine_lock(path) as lock:
        path.unlink()
        if how == "replaced":
            path.touch()

        with pytest.raises(LockLostError, match=how):
            lock.still_guards()
