"""What every command shares: settings, output on stdout, messages on stderr, errors with their exit code."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any, NoReturn, TextIO, cast

import orjson
import typer
from rich.console import Console
from rich.text import Text

from syncengine.cli.streams import Steady
from syncengine.errors import CatalogSyncError, EngineBusyError, SettingsError, SyncInterruptedError
from syncengine.monitoring.logs import configure_logging
from syncengine.settings import Settings, load_settings

JsonFlag = Annotated[bool, typer.Option("--json", help="print one JSON value on stdout")]

_log = logging.getLogger(__name__)
_SERVICES = ("engine", "scheduler", "ui")
_state: dict[str, Any] = {"config": None, "quiet": False, "verbose": 0}


def remember(*, config: Path | None, quiet: bool, verbose: int) -> None:
    """Keep the root command's options for the command that runs."""
    _state.update(config=config, quiet=quiet, verbose=verbose)


def begin_logging(command: str, *, log_format: str | None, payloads: bool) -> None:
    """Log as the settings say; a command that cannot use them says so itself, and logs as the defaults say."""
    if log_format not in (None, "auto", "json", "text"):
        raise SettingsError(f"`--log-format` cannot be `{log_format}`.", hint="It is auto, json or text.")
    try:
        settings = current_settings()
    except SettingsError:
        settings = Settings.model_construct()
    configure_logging(
        settings,
        is_service=command in _SERVICES,
        log_format=log_format,
        verbose=_state["verbose"],
        quiet=_state["quiet"],
        payloads=payloads,
    )


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
    stream = Steady(is_stderr=False)
    return Console(file=cast(TextIO, stream), markup=False, highlight=False, emoji=False, soft_wrap=not stream.isatty())


def messages() -> Console:
    """The console for messages and progress (stderr)."""
    stream = Steady(is_stderr=True)
    return Console(file=cast(TextIO, stream), markup=False, highlight=False, emoji=False, soft_wrap=not stream.isatty())


def say(text: str) -> None:
    """A line for people, on stderr, unless --quiet."""
    if not is_quiet():
        messages().print(Text(text))


def print_json(value: Any) -> None:
    """One JSON value on stdout, readable, with a final line break."""
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE, default=str)
    with suppress(BrokenPipeError):  # whoever read it has what it wanted
        sys.stdout.buffer.write(text)
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


@contextmanager
def logged_errors() -> Iterator[None]:
    """Logs an error of ours on its way out; that another engine is at work is no error."""
    try:
        yield
    except EngineBusyError as busy:
        _log.info("%s", busy.message, extra={"error_code": busy.code, "holder": busy.fields.get("holder")})
        raise
    except CatalogSyncError as error:
        extra = {"error_code": error.code, "run_id": error.run_id, "feed": error.feed}
        level = logging.INFO if isinstance(error, SyncInterruptedError) else logging.ERROR
        _log.log(level, "%s", error.message, extra={name: value for name, value in extra.items() if value is not None})
        raise


def requested_by() -> str:
    """Who asks, for the run's record: the user at this machine."""
    return f"{os.environ.get('USER') or os.environ.get('LOGNAME') or 'someone'} (command line)"


def exit_with(code: int) -> NoReturn:
    """End the command with `code`."""
    raise typer.Exit(code)
