"""The checks of the doctor, in the order they are made. A later room adds its own to `CHECKS`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing

from syncengine.catalog import open_source
from syncengine.control.engine import engine_state
from syncengine.control.store import FILE_NAME, has_control_store, open_control
from syncengine.doctor import Check, Finding, Verdict
from syncengine.doctor.settings import check_log, check_notifications, check_secret_files
from syncengine.doctor.store import check_store
from syncengine.errors import EngineBusyError
from syncengine.export.destinations import open_destination
from syncengine.export.destinations.base import AskableDestination
from syncengine.feeds.registry import FEEDS
from syncengine.lake.lock import hold_engine_lock
from syncengine.lake.paths import DataDirectory
from syncengine.lake.publish import current_publication
from syncengine.settings import Settings

FREE_BYTES_WANTED = 2 * 2**30


def check_data_directory(settings: Settings) -> Iterator[Finding]:
    """The data directory can be written and has room."""
    name, place = "data directory", settings.data_dir.resolve()
    existing = next(path for path in (place, *place.parents) if path.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        yield Finding(
            check=name, verdict=Verdict.failed, sentence=f"`{existing}` cannot be written.",
            hint="Give the engine's user the right to write there, or set CATALOG_SYNC_DATA_DIR.",
        )  # fmt: skip
        return
    free = shutil.disk_usage(existing).free
    text = f"`{place}` can be written; {free / 2**30:,.1f} GiB are free."
    if free < FREE_BYTES_WANTED:
        yield Finding(check=name, verdict=Verdict.warning, sentence=text, hint="Free space: a sync spills to disk.")
    else:
        yield Finding(check=name, verdict=Verdict.ok, sentence=text)


def check_engine(settings: Settings) -> Iterator[Finding]:
    """Who holds the data directory, and what is published."""
    directory = DataDirectory(settings.data_dir.resolve())
    if not has_control_store(settings):
        yield Finding(check="engine", verdict=Verdict.ok, sentence="Nothing has been synced here yet.")
        return
    with closing(open_control(settings)) as control, control.read() as connection:
        state = engine_state(connection)
        where = f"`{directory.root / FILE_NAME}` (SQLite)" if control.kind == "sqlite" else "a PostgreSQL database"
    yield Finding(check="control store", verdict=Verdict.ok, sentence=f"Runs and requests are kept in {where}.")
    try:
        with hold_engine_lock(directory.engine_lock, announce=False):
            how = (
                f" {state.how_it_ended} at {state.heartbeat_at:%Y-%m-%d %H:%M:%S} UTC."
                if state and not state.running
                else ""
            )
            yield Finding(
                check="engine", verdict=Verdict.warning, sentence=f"No engine runs; nothing is synced by itself.{how}",
                hint="Start one with `catalog-sync engine`.",
            )  # fmt: skip
    except EngineBusyError:
        who = f"pid {state.pid} on {state.host}, since {state.started_at:%Y-%m-%d %H:%M} UTC" if state else "unknown"
        yield Finding(check="engine", verdict=Verdict.ok, sentence=f"An engine runs: {who}.")
    publication = current_publication(directory)
    if publication is not None:
        yield Finding(
            check="published copy", verdict=Verdict.ok, sentence=f"Snapshot {publication.snapshot_id} is published."
        )


def check_source(settings: Settings) -> Iterator[Finding]:
    """The store answers, and our credentials open all that is read; or the directory of records is there."""
    if settings.is_demo_source:
        yield Finding(
            check="store", verdict=Verdict.ok, sentence="No store is configured: the embedded demo store is read.",
            hint="Set CATALOG_SYNC_SOURCE__URL and CATALOG_SYNC_SOURCE__TOKEN for a real one.",
        )  # fmt: skip
        return
    if settings.source.kind == "commerce_rest":
        yield from check_store(settings.source)
        return
    sentence = open_source(settings.source).probe()
    yield Finding(check="store", verdict=Verdict.ok, sentence=sentence)


def check_destinations(settings: Settings) -> Iterator[Finding]:
    """Each destination is configured, answers, and takes our credentials."""
    for name, destination_settings in settings.all_destinations().items():
        check = f"destination {name}"
        if settings.is_demo_destination:
            yield Finding(
                check=check, verdict=Verdict.ok,
                sentence="No destination is configured: the embedded services are used.",
                hint="Set CATALOG_SYNC_DESTINATION__URL and the three keys for a real one.",
            )  # fmt: skip
            continue
        with closing(open_destination(name, destination_settings)) as destination:
            if isinstance(destination, AskableDestination):
                held = destination.count(next(iter(FEEDS)))
                sentence = f"It answers and takes our credentials; it holds {held.live:,} productAttributes items."
            else:
                sentence = "It is configured; it cannot be asked what it holds."
        yield Finding(check=check, verdict=Verdict.ok, sentence=sentence)


CHECKS: tuple[tuple[str, Check], ...] = (
    ("secret files", check_secret_files),
    ("data directory", check_data_directory),
    ("engine", check_engine),
    ("store", check_source),
    ("destinations", check_destinations),
    ("log", check_log),
    ("notifications", check_notifications),
)
