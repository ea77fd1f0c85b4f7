"""What a run that no engine made owes those who watch: the metrics file, and word of a change of state."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from syncengine.cli.common import say
from syncengine.errors import CatalogSyncError
from syncengine.inspection.view import CatalogView
from syncengine.monitoring.channels import channels_of
from syncengine.monitoring.textfile import write_metrics_textfile
from syncengine.monitoring.watcher import look_and_tell
from syncengine.settings import Settings

TextfileOption = Annotated[
    Path | None,
    typer.Option("--metrics-textfile", metavar="PATH", help="write the metrics there afterwards, for a node exporter"),
]
_log = logging.getLogger(__name__)


def tell_watchers(settings: Settings, textfile: Path | None) -> None:
    """Write the metrics and send what is to be told; what fails is told, and does not change how the run ended."""
    view = CatalogView(settings)
    try:
        if textfile is not None:
            write_metrics_textfile(view, textfile)
        channels = channels_of(settings.notify)
        if channels:
            look_and_tell(view, channels)
    except CatalogSyncError as error:
        _log.warning("%s", error.message, extra={"error_code": error.code})
        say(f"{error.code} {error.message}")
