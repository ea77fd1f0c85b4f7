"""What commands write as files: onto stdout, or into a file that is there whole or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from syncengine.cli.common import say
from syncengine.errors import storage_error
from syncengine.inspection.download import FORMATS, Download

FileFormatOption = Annotated[str, typer.Option("--format", help=", ".join(FORMATS))]
OutputOption = Annotated[Path | None, typer.Option("--output", help="into this file, instead of stdout")]


def write_download(download: Download, kind: str, to: Path | None) -> None:
    """Write a table as a file of a kind of FORMATS. Raises: SettingsError, StorageError, as the table's question."""
    chunks = download.chunks(kind)
    if to is None:
        for chunk in chunks:
            sys.stdout.buffer.write(chunk)
        sys.stdout.flush()
        return
    partial = to.with_name(f".{to.name}.{os.getpid()}.part")
    try:
        try:
            with partial.open("wb") as file:
                for chunk in chunks:
                    file.write(chunk)
            partial.replace(to)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise storage_error(error) from error
    say(f"Written to {to}")
