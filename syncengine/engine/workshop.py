"""Everything a run works with, opened under the engine lock; whoever holds it says so while it lives."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from types import TracebackType

from pydantic import SecretStr

from syncengine.control.engine import beat, release_engine, take_engine
from syncengine.control.store import ControlStore, open_control
from syncengine.demo.embedded import embedded_demo
from syncengine.engine.live_progress import ProgressInControlStore
from syncengine.engine.place import refuse_network_directory
from syncengine.errors import CatalogSyncError, ControlError, DiskFullError
from syncengine.lake.lock import hold_engine_lock
from syncengine.lake.paths import DataDirectory
from syncengine.lake.publish import mend_publication
from syncengine.lake.writer import LakeWriter
from syncengine.monitoring.log_observer import LogObserver
from syncengine.monitoring.logs import REDACTOR
from syncengine.monitoring.outcomes import outcomes_in_lake
from syncengine.monitoring.recorder import RunRecorder
from syncengine.monitoring.redaction import secrets_of
from syncengine.pipeline import Workshop
from syncengine.progress import Observer, Observers
from syncengine.settings import Settings
from syncengine.upkeep.opening import refuse_lost_lake

HEARTBEAT_SECONDS = 5.0


@contextmanager
def connected(settings: Settings, *, needs_services: bool = True) -> Iterator[Settings]:
    """The settings with every address known: what is not configured is served by the embedded demo, started here.

    Without `needs_services` only the store's is: for who reads and sends nothing.
    """
    needs_services = needs_services and settings.is_demo_destination
    if not (settings.is_demo_source or needs_services):
        yield settings
        return
    with embedded_demo(settings, needs_store=settings.is_demo_source, needs_services=needs_services) as demo:
        changes: dict[str, object] = {}
        if settings.is_demo_source:
            changes["source"] = settings.source.model_copy(
                update={"url": demo.store_url, "token": SecretStr(demo.store_token)}
            )
        if needs_services:
            (own,) = settings.all_destinations().values()
            changes["destinations"] = {
                "demo": own.model_copy(update={"url": demo.services_url, "api_key": SecretStr(demo.api_key)})
            }
        yield settings.model_copy(update=changes)


@contextmanager
def open_workshop(
    settings: Settings,
    observer: Observer,
    *,
    kind: str,
    should_stop: Callable[[], bool],
    stopped_by: Callable[[], str | None] = lambda: None,
) -> Iterator[Workshop]:
    """Everything a run works with, under the engine lock, with all addresses known.

    `stopped_by` names the signal that asked this process to end, if one did.

    Raises: EngineBusyError when another process holds the data directory; NetworkDirectoryError when locks there may
    hold nobody off.
    """
    directory = DataDirectory(settings.data_dir.resolve())
    if not settings.engine.allow_network_filesystem:
        refuse_network_directory(directory.root)
    with ExitStack() as stack:
        lock = stack.enter_context(hold_engine_lock(directory.engine_lock))
        control = open_control(settings)
        stack.callback(control.close)
        with control.write() as connection:
            before = take_engine(connection, pid=os.getpid(), host=socket.gethostname(), kind=kind)
        stack.push(_releasing(control, stopped_by))
        stack.enter_context(_heartbeat(control))
        refuse_lost_lake(directory, control)
        writer = stack.enter_context(
            LakeWriter(directory, memory_limit_mb=settings.engine.memory_limit_mb, threads=settings.engine.threads)
        )
        ready = stack.enter_context(connected(settings))
        REDACTOR.learn(*secrets_of(ready))
        mended = mend_publication(writer, [item.destination_id for item in ready.all_destinations().values()])
        if mended is not None:
            observer.note(f"{mended} It was published anew.")
        recorder = RunRecorder(control, outcomes=lambda item: outcomes_in_lake(writer, item))
        stack.callback(recorder.close)
        live = ProgressInControlStore(control)
        stack.enter_context(live.writing())
        yield Workshop(
            settings=ready,
            directory=directory,
            control=control,
            writer=writer,
            observer=Observers(observer, live, recorder, LogObserver(control, caller=kind)),
            should_stop=should_stop,
            still_alone=lock.still_guards,
            before=before,
        )


@contextmanager
def _heartbeat(control: ControlStore) -> Iterator[None]:
    """Says every few seconds that this process lives, whatever step it is in."""
    ended = threading.Event()

    def beats() -> None:
        while not ended.wait(HEARTBEAT_SECONDS):
            with suppress(ControlError, DiskFullError), control.write() as connection:
                beat(connection, pid=os.getpid())

    heart = threading.Thread(target=beats, name="heartbeat", daemon=True)
    heart.start()
    try:
        yield
    finally:
        ended.set()
        heart.join()


def _releasing(
    control: ControlStore, stopped_by: Callable[[], str | None]
) -> Callable[[type[BaseException] | None, BaseException | None, TracebackType | None], None]:
    """Says, when the workshop is left, that this process ended by itself, and what made it."""

    def release(kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None) -> None:
        ended_by = stopped_by() or (error.code if isinstance(error, CatalogSyncError) else None)
        with control.write() as connection:
            release_engine(connection, pid=os.getpid(), ended_by=ended_by)

    return release
