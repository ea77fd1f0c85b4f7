"""`catalog-sync dump`: the catalog as the store has it now, as a directory that can be read in its place."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from syncengine.catalog import ReadProgress, open_source
from syncengine.catalog.dump import write_dump
from syncengine.cli.common import JsonFlag, current_settings, messages, print_json, say
from syncengine.cli.stopping import stop_on_signal
from syncengine.engine import connected


def dump(
    directory: Annotated[Path, typer.Argument(help="where to write; it must not exist yet, or be empty")],
    as_json: JsonFlag = False,
) -> None:
    """Write everything the source holds as files of records, to be read later with source.kind = "files".

    Example: catalog-sync dump ./catalog-dump
    """
    settings = current_settings()
    target = directory.resolve()
    with (
        connected(settings, needs_services=False) as ready,
        # beside the target: a catalog may be larger than /tmp
        tempfile.TemporaryDirectory(prefix=".catalog-sync-dump-", dir=_existing(target)) as staging,
        stop_on_signal() as stop,
    ):
        source = open_source(ready.source)
        staged = source.read(Path(staging), progress=_told_when_whole, should_stop=stop.is_set)
        written = write_dump(staged, target)
    if as_json:
        print_json({"directory": str(written.directory), "files": written.files, "records": written.records})
        return
    messages().print(f"{written.records:,} records in {written.files} files: {written.directory}")


def _existing(target: Path) -> Path:
    return next(path for path in target.parents if path.is_dir())


def _told_when_whole(step: ReadProgress) -> None:
    if step.records == step.total:
        say(f"{step.entity} {step.scope}: {step.records:,}".replace(" :", ":"))
