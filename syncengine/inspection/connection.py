"""What is connected with what, and how the last test of it came out. Nothing here touches a network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from syncengine.control.connection_test import ConnectionTest, last_connection_test
from syncengine.control.engine import engine_state
from syncengine.control.live_check import LiveCheck, last_live_check
from syncengine.control.runs import list_runs
from syncengine.inspection.last_sync import engine_status
from syncengine.inspection.requests import next_window
from syncengine.inspection.view import CatalogView
from syncengine.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionFacts:
    """The two ends. `last_read_at`: when a run last began that got as far as the catalog; `test`: the last one."""

    source: str
    destinations: tuple[tuple[str, str], ...]
    last_read_at: datetime | None
    engine_runs: bool
    test: ConnectionTest | None


def connection_facts(view: CatalogView) -> ConnectionFacts:
    """The store and the destinations by their addresses, without any credential. Raises: ControlError."""
    with view.read_control() as connection:
        test = None if connection is None else last_connection_test(connection)
        runs = [] if connection is None else list_runs(connection, limit=20)
    read = next((run for run in runs if run.catalog_snapshot is not None), None)
    return ConnectionFacts(
        source=_source(view.settings),
        destinations=tuple(_destinations(view.settings)),
        last_read_at=None if read is None else read.started_at,
        engine_runs=next_window(view).engine_runs,
        test=test,
    )


def live_check(view: CatalogView) -> tuple[LiveCheck | None, bool]:
    """The live check that was asked for last, and whether an engine runs that would make one. Raises: ControlError."""
    with view.read_control() as connection:
        if connection is None:
            return None, False
        state = engine_state(connection)
        status = engine_status(state)
        return last_live_check(connection), status.running and status.kind == "engine"


def _source(settings: Settings) -> str:
    if settings.is_demo_source:
        return "the embedded demo store"
    source = settings.source
    return f"records in {source.path}" if source.kind == "files" else f"{source.url}"


def _destinations(settings: Settings) -> list[tuple[str, str]]:
    if settings.is_demo_destination:
        return [("demo", "the embedded demo services")]
    return [
        (name, f"{one.kind}: {one.path if one.kind == 'folder' else one.optimizer_url or one.url or 'no address'}")
        for name, one in settings.all_destinations().items()
    ]
