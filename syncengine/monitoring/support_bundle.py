"""What someone who helps needs to see, in one zip without secrets."""

from __future__ import annotations

import os
import platform
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import orjson

from syncengine import __version__
from syncengine.control.audit import list_audit
from syncengine.control.engine import engine_state
from syncengine.control.feed_runs import list_feed_runs
from syncengine.control.run_steps import list_run_steps
from syncengine.control.runs import get_run, list_runs
from syncengine.control.versions import schema_versions
from syncengine.errors import CatalogSyncError, UnknownRunError, storage_error
from syncengine.inspection.runs import run_errors
from syncengine.inspection.view import CatalogView
from syncengine.monitoring.health import readiness
from syncengine.monitoring.metrics import Metrics
from syncengine.monitoring.redaction import Redactor, secrets_of
from syncengine.settings import Settings, setting_rows

LAST_RUNS = 30
RUNS_WITH_ERRORS = 5
LOG_TAIL_BYTES = 2 * 2**20
_README = """\
Catalog Sync support bundle, made {at} by version {version}.
Secrets of the settings, credentials and query strings are replaced by [redacted]. Look it over before you pass it on:
error messages may quote names and SKUs of the catalog.
"""


def write_support_bundle(
    settings: Settings, path: Path, run_id: str | None = None, *, config: Path | None = None
) -> Path:
    """Pack the bundle into `path`, which only its owner may read, and return it; with `run_id`, that run in full.

    A part that cannot be had is in the bundle as the reason why. Raises: UnknownRunError, StorageError.
    """
    redactor = Redactor(secrets_of(settings))
    view = CatalogView(settings)
    if run_id is not None:
        with view.read_control() as connection:
            if connection is None:
                raise UnknownRunError(f"There is no run `{run_id}`: nothing was synced here yet.")
            get_run(connection, run_id)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name, text in _parts(view, redactor, run_id, config):
                bundle.writestr(name, text)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise storage_error(error) from error
    return path


def _parts(
    view: CatalogView, redactor: Redactor, run_id: str | None, config: Path | None
) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file."""
    settings = view.settings
    yield "README.txt", _README.format(at=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", version=__version__).encode()
    as_json: list[tuple[str, Callable[[], Any]]] = [
        ("versions.json", _versions),
        ("settings.json", lambda: [asdict(row) for row in setting_rows(settings, config)]),
        ("state.json", lambda: _state(view)),
        ("runs.json", lambda: _runs(view)),
        ("errors.json", lambda: _errors(view, run_id)),
        ("audit.json", lambda: _audit(view)),
        ("disk.json", lambda: _disk(settings.data_dir)),
    ]
    if run_id is not None:
        as_json.append((f"run-{run_id}.json", lambda: _run(view, run_id)))
    for name, content in as_json:
        yield name, orjson.dumps(redactor.clean_value(_tried(content)), option=orjson.OPT_INDENT_2)
    yield "metrics.txt", redactor.clean(Metrics(lambda: view).exposition().decode()).encode()
    if settings.log.file is not None:
        for file in _log_files(settings.log.file.expanduser()):
            yield f"log/{file.name}", redactor.clean(_tail(file)).encode("utf-8", "backslashreplace")


def _tried(content: Callable[[], Any]) -> Any:
    try:
        # through JSON, so that times and the like are texts that can be looked through
        return orjson.loads(orjson.dumps(content(), default=str))
    except CatalogSyncError as error:
        return {"could_not_be_read": error.as_json()}
    except OSError as error:
        return {"could_not_be_read": error.strerror or type(error).__name__}


def _versions() -> dict[str, Any]:
    packages = {item.metadata["Name"]: item.version for item in distributions() if item.metadata["Name"]}
    return {
        "catalog_sync": __version__,
        "python": sys.version,
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "packages": dict(sorted(packages.items(), key=lambda item: item[0].lower())),
    }


def _state(view: CatalogView) -> dict[str, Any]:
    ready = readiness(view)
    with view.read_control() as connection:
        if connection is None:
            return {"ready": asdict(ready), "control_store": None}
        state = engine_state(connection)
        applied, newest = schema_versions(connection)
    return {
        "ready": asdict(ready),
        "engine": None if state is None else asdict(state),
        "migrations": {"applied": applied, "newest": newest},
    }


def _runs(view: CatalogView) -> list[dict[str, Any]]:
    with view.read_control() as connection:
        if connection is None:
            return []
        return [
            {**asdict(run), "feed_runs": [asdict(item) for item in list_feed_runs(connection, run.run_id)]}
            for run in list_runs(connection, limit=LAST_RUNS)
        ]


def _run(view: CatalogView, run_id: str) -> dict[str, Any]:
    with view.read_control() as connection:
        if connection is None:
            return {}
        return {
            **asdict(get_run(connection, run_id)),
            "feed_runs": [asdict(item) for item in list_feed_runs(connection, run_id)],
            "steps": [asdict(step) for step in list_run_steps(connection, run_id)],
        }


def _errors(view: CatalogView, run_id: str | None) -> dict[str, Any]:
    with view.read_control() as connection:
        runs = [] if connection is None else list_runs(connection, limit=RUNS_WITH_ERRORS)
    wanted = [run_id] if run_id is not None else [run.run_id for run in runs]
    return {name: _tried(partial(_errors_of, view, name)) for name in wanted}


def _errors_of(view: CatalogView, run_id: str) -> list[dict[str, Any]]:
    return [asdict(group) for group in run_errors(view, run_id)]


def _audit(view: CatalogView) -> list[dict[str, Any]]:
    with view.read_control() as connection:
        return [] if connection is None else [asdict(entry) for entry in list_audit(connection, limit=200)]


def _disk(root: Path) -> dict[str, Any]:
    """Files and bytes of each place of the data directory; names of places only."""
    if not root.exists():
        return {}
    usage = os.statvfs(root)
    places: dict[str, dict[str, int]] = {}
    for path in root.rglob("*"):
        if not path.is_file():
            continue
        parts = path.relative_to(root).parts
        place = places.setdefault("/".join(parts[: min(2, len(parts) - 1)]) or ".", {"files": 0, "bytes": 0})
        place["files"] += 1
        place["bytes"] += path.stat().st_size
    return {"free_bytes": usage.f_bavail * usage.f_frsize, "places": dict(sorted(places.items()))}


def _log_files(path: Path) -> list[Path]:
    return [item for item in (path, path.with_name(f"{path.name}.1")) if item.is_file()]


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LOG_TAIL_BYTES))
            return file.read().decode("utf-8", "backslashreplace")
    except OSError as error:
        return f"could not be read: {error.strerror}"
