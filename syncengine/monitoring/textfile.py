"""The metrics as a file, for Prometheus's node exporter where no process of ours listens."""

from __future__ import annotations

import os
from pathlib import Path

from syncengine.errors import storage_error
from syncengine.inspection.view import CatalogView
from syncengine.monitoring.metrics import Metrics


def write_metrics_textfile(view: CatalogView, path: Path) -> None:
    """Put the numbers of now in the place of `path` in one step: a reader sees the old file or the new one.

    Raises: StorageError, DiskFullError.
    """
    text = Metrics(lambda: view).exposition()
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(text)
        temporary.chmod(0o644)  # another user's exporter reads it; it holds numbers only
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise storage_error(error) from error
