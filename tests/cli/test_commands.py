"""The list of commands tells what the commands tell of themselves, and loads none of them for it."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer.main

from syncengine.cli.commands import LISTED
from syncengine.cli.main import app

HEAVY = {"alembic", "duckdb", "numpy", "polars", "pyarrow", "requests", "sqlalchemy", "streamlit"}
WHAT_IS_LOADED = """
import sys
from syncengine.cli.main import run
sys.argv[1:] = {words!r}
try:
    run()
finally:
    print(*sorted({heavy!r} & sys.modules.keys()), sep=",", file=sys.stderr)
"""


def _after(*words: str) -> subprocess.CompletedProcess[str]:
    """A command as a process of its own that has loaded nothing before; last on stderr what it loaded of HEAVY."""
    code = WHAT_IS_LOADED.format(words=list(words), heavy=HEAVY)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("words", "exit_code"),
    [(("--help",), 0), (("version",), 0), (("config", "path"), 0), (("config", "show", "--json"), 0),
     (("demo", "store", "--help"), 0), (("no-such-command",), 2)],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else None,
)  # fmt: skip
def test_a_light_command_loads_no_heavy_package(words: tuple[str, ...], exit_code: int) -> None:
    done = _after(*words)
    assert done.returncode == exit_code, done.stderr
    assert done.stderr.splitlines()[-1] == ""


def test_a_command_that_reads_the_lake_is_seen_to_load_what_it_needs() -> None:
    loaded = set(_after("status", "--help").stderr.splitlines()[-1].split(","))
    assert {"duckdb", "sqlalchemy"} <= loaded


@pytest.mark.parametrize("name", LISTED)
def test_the_list_says_of_a_command_what_its_own_help_says(name: str) -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    command = group.commands[name]
    first, *_ = (command.help or "").split("\n\n")
    assert (command.name, " ".join(first.split()), command.hidden) == (name, LISTED[name].summary, LISTED[name].hidden)


def test_a_mistyped_command_is_told_the_one_that_was_meant() -> None:
    done = _after("statsu")
    assert done.returncode == 2
    assert "'status'" in done.stderr
