"""Looks at an installation now and then, and tells people when its state changes; never in the way of anything."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from syncengine.control.schema import utc_now
from syncengine.control.store import has_control_store
from syncengine.errors import CatalogSyncError
from syncengine.inspection.view import CatalogView
from syncengine.monitoring.channels import channels_of
from syncengine.monitoring.conditions import conditions
from syncengine.monitoring.notifications import Channel, Notification, deliver_pending, note_changes
from syncengine.settings import Settings

LOOK_EVERY_SECONDS = 30.0
_log = logging.getLogger(__name__)


def look_and_tell(view: CatalogView, channels: Sequence[Channel], *, now: datetime | None = None) -> list[Notification]:
    """Find what changed since anybody looked last, tell it on every channel, and return it.

    A channel that fails is logged, and tried again at the next look. Raises: ControlError, LakeUnavailableError.
    """
    if not has_control_store(view.settings):
        return []  # nothing was ever synced here; looking must not make a control store
    at = now or utc_now()
    names = [channel.name for channel in channels]
    changes = note_changes(view.control, conditions(view, now=at), view.settings.notify.events, names, now=at)
    for change in changes:
        _log.info("%s: %s", change.title, change.message, extra={"status": f"{change.event} {change.state}"})
    for error in deliver_pending(view.control, channels, now=lambda: at if now is not None else utc_now()):
        _log.warning("%s", error.message, extra={"error_code": error.code})
    return changes


@contextmanager
def watching(settings: Settings, *, every_seconds: float = LOOK_EVERY_SECONDS) -> Iterator[None]:
    """Look every half minute while the block lasts, on a thread of its own; nothing where nobody is to be told.

    Raises: SettingsError when a secret's file cannot be read.
    """
    channels = channels_of(settings.notify)
    if not channels:
        yield
        return
    ended = threading.Event()
    view = CatalogView(settings)

    def looks() -> None:
        while True:
            try:
                look_and_tell(view, channels)
            except CatalogSyncError as error:
                _log.warning("%s", error.message, extra={"error_code": error.code})
            except Exception:  # noqa: BLE001  (a fault in telling must not end the telling, nor the sync)
                _log.exception("the watcher met an internal error")
            if ended.wait(every_seconds):
                return

    thread = threading.Thread(target=looks, name="watcher", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(timeout=settings.notify.timeout_seconds)
