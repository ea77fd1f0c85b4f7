"""A command's process does without pandas, and what would load it goes on."""

from __future__ import annotations

import tomllib
from importlib.util import find_spec
from pathlib import Path

from support import processes

PROJECT = Path(__file__).resolve().parents[2]
ENDS_WITH = """
import sys
from syncengine.cli.__main__ import main
sys.argv[1:] = ["version"]
try:
    main()
finally:
    {then}
"""
BINDS = """
    import duckdb, numpy, polars, pyarrow
    found = duckdb.connect().execute("SELECT $text || '!'", {"text": "bound"}).pl()
    print(found.item(), pyarrow.array(numpy.zeros(3)).sum(), polars.DataFrame({"a": [1, 2]})["a"].sum())
    print("pandas" in sys.modules)
"""


def _after(then: str) -> list[str]:
    done = processes.run("-c", ENDS_WITH.format(then=then))
    assert done.stderr == ""
    return done.stdout.splitlines()[1:]


def test_bound_values_and_arrays_load_no_pandas() -> None:
    told = _after(BINDS.strip())
    assert told == ["bound! 0.0 3", "False"]


def test_whoever_imports_it_is_told_that_it_is_missing_and_asking_is_no_error() -> None:
    assert find_spec("pandas") is not None, "it is installed here, with Streamlit"
    then = """import importlib.util
    print(importlib.util.find_spec("pandas") is not None)
    try:
        import pandas
    except ModuleNotFoundError as error:
        print(error.name)"""
    assert _after(then) == ["True", "pandas"]


def test_the_installed_command_is_the_one_that_does_without() -> None:
    scripts = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    assert scripts == {"catalog-sync": "syncengine.cli.__main__:main"}
