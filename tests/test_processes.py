"""What tests start instead of `python …` is a process as that would be: forked, but with everything of its own."""

from __future__ import annotations

import os
import subprocess

import pytest
from support import processes


def test_a_command_has_the_output_and_the_exit_code_of_the_entry_point() -> None:
    done = processes.run("-m", "syncengine.cli", "no-such-command")

    assert (done.returncode, done.stdout) == (2, "")
    assert "CS1003" in done.stderr


def test_each_has_a_pid_and_an_environment_of_its_own_and_nothing_of_the_one_before() -> None:
    code = """
import os, syncengine
print(os.getpid(), dict(os.environ), getattr(syncengine, "mark", 0))
syncengine.mark = 1
"""
    told = [processes.run("-c", code, env={"ONLY": number}).stdout.split(maxsplit=1) for number in "12"]

    assert len({pid for pid, _ in told} | {str(os.getpid())}) == 3
    assert [rest for _, rest in told] == ["{'ONLY': '1'} 0\n", "{'ONLY': '2'} 0\n"]


def test_an_error_that_nobody_caught_is_told_and_ends_with_1() -> None:
    done = processes.run("-c", "raise ValueError('on purpose')")

    assert done.returncode == 1
    assert done.stderr.endswith("ValueError: on purpose\n")


def test_a_killed_one_is_told_from_one_that_ended() -> None:
    process = processes.start("-c", "import time; time.sleep(60)")
    assert process.poll() is None

    process.kill()

    assert process.wait(timeout=30) == -9
    assert process.poll() == -9


def test_one_that_does_not_end_is_killed_and_reported() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        processes.run("-c", "import time; time.sleep(60)", timeout=0.2)
