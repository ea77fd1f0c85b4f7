"""What a new publication makes the pages work out anew, worked out before somebody waits for it.

One thread of the app looks for a new publication. The report of discrepancies is the dearest: seconds for a million
products; the counts of Status, the texts and orders of the search come before it. The work gives way to pages that
somebody waits for (looking.py). What fails here is told by the page that needs it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC

from syncengine.access.roles import local_user
from syncengine.errors import CatalogSyncError
from syncengine.inspection.courtesy import giving_way
from syncengine.inspection.products import warm_search
from syncengine.inspection.status import sync_status
from syncengine.inspection.view import CatalogView
from syncengine.lake.publication import Publication
from syncengine.settings import Settings
from ui import discrepancy_data
from ui.bootstrap import Page, view_of
from ui.looking import Courtesy

LOOK_SECONDS = 5.0
_log = logging.getLogger("catalog_sync.ui")


def work_out(view: CatalogView) -> None:
    """Have the answers of the newest publication in memory. Raises: LakeUnavailableError (retriable)."""
    with giving_way(Courtesy()):
        sync_status(view)
        warm_search(view)
        discrepancy_data.report(Page(view=view, user=local_user(), zone=UTC, zone_name="UTC"), None)


class Watch:
    """Whether there is something new to work out."""

    def __init__(self, view: CatalogView, work: Callable[[CatalogView], None] = work_out) -> None:
        self._view, self._work = view, work
        self._done: Publication | None = None

    def look(self) -> bool:
        """Work out what is new, once; whether there was anything."""
        try:
            reader = self._view.reader_or_none()
            if reader is None or reader.publication == self._done:
                return False
            self._done = reader.publication
            self._work(self._view)
        except CatalogSyncError as error:
            _log.info("the pages' answers could not be worked out in advance: %s", error.message)
            return False
        return True


@contextmanager
def worked_out_in_advance(settings: Settings | None) -> Iterator[None]:
    """Look for new publications while the app is served."""
    if settings is None:
        yield
        return
    stopped = threading.Event()

    def keep_looking() -> None:
        watch = Watch(view_of(settings))
        while not stopped.is_set():
            try:
                watch.look()
            except Exception:  # noqa: BLE001  (a fault here must not end the looking; the page tells its own)
                _log.exception("the pages' answers could not be worked out in advance")
            stopped.wait(LOOK_SECONDS)

    thread = threading.Thread(target=keep_looking, name="worked out in advance", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join(timeout=1)
