"""`catalog-sync`: the commands, put together, and the one place where an error becomes an exit code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, cast

import typer

from syncengine import __version__
from syncengine.cli import (
    changes,
    diff,
    doctor,
    dump,
    engine,
    export,
    reconcile,
    run_items,
    sql,
    status,
    sync,
    ui,
    upkeep,
    verify,
    why,
)
from syncengine.cli.common import begin_logging, remember, show_error
from syncengine.cli.config import config_app
from syncengine.cli.demo import demo_app
from syncengine.cli.export import deadletter_app
from syncengine.cli.items import items_app
from syncengine.cli.products import products_app
from syncengine.cli.runs import runs_app
from syncengine.cli.schedule import requests_app, schedule_app, touch_command
from syncengine.cli.streams import settle_streams
from syncengine.cli.support import support_bundle
from syncengine.errors import CatalogSyncError, SettingsError

app = typer.Typer(
    name="catalog-sync",
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


app.command("sync")(sync.sync)
app.command("saas:resync")(sync.resync)
app.command("resync", hidden=True)(sync.resync)
app.command("estimate")(export.estimate)
app.command("retry")(export.retry)
app.add_typer(deadletter_app, name="deadletter")
app.command("reconcile")(reconcile.reconcile_command)
app.command("status")(status.status)
app.command("feeds")(status.feeds)
runs_app.command("items")(run_items.items)
runs_app.command("timeline")(run_items.timeline_command)
app.add_typer(runs_app, name="runs")
app.add_typer(products_app, name="products")
app.add_typer(items_app, name="items")
app.command("diff")(diff.diff)
app.command("changes")(changes.changes)
app.command("why")(why.why)
app.command("sql")(sql.sql)
app.command("verify")(verify.verify)
app.command("history")(why.history)
app.command("engine")(engine.engine)
app.command("scheduler", hidden=True)(engine.engine)
app.add_typer(schedule_app, name="schedule")
app.add_typer(requests_app, name="requests")
app.command("touch")(touch_command)
app.command("ui")(ui.ui)
app.command("doctor")(doctor.doctor)
app.command("maintain")(upkeep.maintain)
app.command("check")(upkeep.check)
app.command("repair")(upkeep.repair)
app.command("export")(upkeep.export_items)
app.command("dump")(dump.dump)
app.command("support-bundle")(support_bundle)
app.add_typer(config_app, name="config")
demo_app.callback(invoke_without_command=True)(engine.everything)
app.add_typer(demo_app, name="demo")


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
