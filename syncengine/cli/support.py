"""`catalog-sync support-bundle`: what someone who helps needs to see, without secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from syncengine.cli.common import JsonFlag, config_file, current_settings, print_json
from syncengine.cli.tables import print_lines
from syncengine.errors import SettingsError
from syncengine.monitoring.support_bundle import write_support_bundle


def support_bundle(
    out: Annotated[Path, typer.Argument(metavar="OUT.zip", help="the file to write")],
    run: Annotated[str | None, typer.Option("--run", help="this run in full, too")] = None,
    force: Annotated[bool, typer.Option("--force", help="in the place of a file that is there")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Pack versions, settings, the last runs, errors, log and disk use into a zip, secrets taken out.

    Example: catalog-sync support-bundle catalog-sync-support.zip
    """
    if out.exists() and not force:
        raise SettingsError(f"`{out}` is there already.", hint="Name another file, or add `--force`.")
    written = write_support_bundle(current_settings(), out, run, config=config_file())
    if as_json:
        print_json({"path": str(written), "bytes": written.stat().st_size})
    else:
        print_lines(f"{written} ({written.stat().st_size:,} bytes). Look it over before you pass it on.")
