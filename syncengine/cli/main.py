"""`catalog-sync`: the root command (`commands` lists the others); the one place where an error becomes an exit code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, cast

import typer

from syncengine import __version__
from syncengine.cli.commands import CommandGroup
from syncengine.cli.common import begin_logging, remember, show_error
from syncengine.cli.streams import settle_streams
from syncengine.errors import CatalogSyncError, SettingsError

app = typer.Typer(
    name="catalog-sync",
    cls=CommandGroup,
    help="Keeps the copies of a Commerce catalog true, and shows what differs and why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def root(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option(help="the config file, instead of ./catalog-sync.toml")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="results and errors only")] = False,
    verbose: Annotated[int, typer.Option("--verbose", "-v", count=True, help="say more; twice for everything")] = 0,
    log_format: Annotated[str | None, typer.Option("--log-format", help="json, text or auto")] = None,
    log_payloads: Annotated[bool, typer.Option("--log-payloads", help="log what is sent and received, too")] = False,
) -> None:
    """Keeps the copies of a Commerce catalog true, and shows what differs and why.

    Example: catalog-sync sync
    """
    remember(config=config, quiet=quiet, verbose=verbose)
    begin_logging(context.invoked_subcommand or "", log_format=log_format, payloads=log_payloads)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


# every mistake in the words of a command is one of these; typer names only this one of the family
_UsageError = cast(type[Exception], typer.BadParameter.__bases__[0])


def run() -> None:
    """The entry point: runs a command and ends with the exit codes of the documentation."""
    try:
        code = app(standalone_mode=False)
    except CatalogSyncError as error:
        show_error(error)
        code = error.exit_code
    except _UsageError as error:
        show_error(SettingsError(str(error), code="CS1003", hint="`--help` after the command shows how it is used."))
        code = SettingsError.exit_code
    except typer.Abort:
        code = 130
    settle_streams()
    sys.exit(code or 0)
