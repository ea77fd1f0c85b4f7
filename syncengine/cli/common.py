"""What every command shares: settings, output on stdout, messages on stderr, errors with their exit code."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import orjson
import typer
from rich.console import Console
from rich.text import Text

from syncengine.errors import CatalogSyncError
from syncengine.settings import Settings, load_settings

JsonFlag = Annotated[bool, typer.Option("--json", help="print one JSON value on stdout")]

_state: dict[str, Any] = {"config": None, "quiet": False, "verbose": 0}


def remember(*, config: Path | None, quiet: bool, verbose: int) -> None:
    """Keep the root command's options for the command that runs."""
    _state.update(config=config, quiet=quiet, verbose=verbose)


def current_settings(**flags: Any) -> Settings:
    """The settings in force for this command. Raises: SettingsError."""
    return load_settings(_state["config"], **flags)


def config_file() -> Path | None:
    """The file named with --config, if any."""
    named: Path | None = _state["config"]
    return named


def is_quiet() -> bool:
    """Whether --quiet was given."""
    return bool(_state["quiet"])


def output() -> Console:
    """The console for results (stdout); text is printed as it is, never as markup."""
    return Console(markup=False, highlight=False, emoji=False, soft_wrap=not sys.stdout.isatty())


def messages() -> Console:
    """The console for messages and progress (stderr)."""
    return Console(stderr=True, markup=False, highlight=False, emoji=False, soft_wrap=not sys.stderr.isatty())


def say(text: str) -> None:
    """A line for people, on stderr, unless --quiet."""
    if not is_quiet():
        messages().print(Text(text))


def print_json(value: Any) -> None:
    """One JSON value on stdout, readable, with a final line break."""
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE, default=str))
    sys.stdout.flush()


def show_error(error: CatalogSyncError) -> None:
    """What happened, why, and what to do next: on stderr, or as JSON on stdout when --json was asked for."""
    if "--json" in sys.argv:
        print_json({"error": error.as_json()})
        return
    console = messages()
    console.print(Text.assemble((f"{error.code} ", "bold red"), error.message))
    if error.hint:
        console.print(Text.assemble(("→ ", "cyan"), error.hint))
    if error.run_id:
        console.print(Text(f"  run {error.run_id}", style="dim"))


def requested_by() -> str:
    """Who asks, for the run's record: the user at this machine."""
    return f"{os.environ.get('USER') or os.environ.get('LOGNAME') or 'someone'} (command line)"


def exit_with(code: int) -> NoReturn:
    """End the command with `code`."""
    raise typer.Exit(code)
