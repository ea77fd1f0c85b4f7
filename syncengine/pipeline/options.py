"""What one run is asked to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from syncengine.catalog import Touched
from syncengine.changes.plan import Selection

_RESYNC_MODES = {
    "all": "resync",
    "continued": "resync continued",
    "sku": "resync by ids",
    "productId": "resync by ids",
    "retries": "retry",
    "dead_letters": "retry",
    "refused": "retry",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncOptions:
    """What one run is asked to do. No feeds named: all. `no_reindex` works from the catalog as last compiled.

    `batch_items` and `connections`: other ones than the destination's settings say. `force`: deletes that a guard would
    hold back go out, and are recorded as forced. `end_at`: when the run's window ends; what is not sent by then waits.
    `touched`: what an event named, to be read again whatever the store says of its time of change.
    """

    feeds: tuple[str, ...] = ()
    selection: Selection = field(default_factory=Selection)
    no_reindex: bool = False
    full: bool = False
    dry_run: bool = False
    destination: str | None = None
    batch_items: int | None = None
    connections: int | None = None
    force: bool = False
    end_at: datetime | None = None
    touched: Touched | None = None
    trigger: str = "cli"
    requested_by: str = "command line"

    @property
    def mode(self) -> str:
        """The run's mode in one word."""
        if not self.selection.resync:
            return "changes"
        if self.selection.catalog_snapshot is not None:
            return "replay"
        return _RESYNC_MODES[self.selection.by]
